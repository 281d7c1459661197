#!/bin/sh
# Writes both lock files from the .in files: every version pinned, every file
# hashed, for every platform, with no registry's address inside.
#
#   scripts/lock.sh [--upgrade | --upgrade-package NAME]
set -eu
cd "$(dirname "$0")/.."

tools=
trap 'rm -rf "$tools"' EXIT
uv=$(command -v uv) || {
    tools=$(mktemp -d)
    .venv/bin/python -m pip install -qq --disable-pip-version-check --target "$tools" uv
    uv=$tools/bin/uv
}

compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" "$@"
}

compile "$@" requirements.in --output-file requirements.lock
compile "$@" --constraint requirements.lock requirements-test.in --output-file requirements-test.lock
