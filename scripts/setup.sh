#!/bin/sh
# Makes .venv hold exactly what a lock file says; does nothing when it already does.
#
#   scripts/setup.sh [runtime|test]
#
# The test lock contains every pin of the runtime lock, so both share one .venv.
# A copy of each installed lock is kept there: comparing it is the whole check.
set -eu
cd "$(dirname "$0")/.."

case ${1:-runtime} in
    runtime) lock=requirements.lock ;;
    test) lock=requirements-test.lock ;;
    *) echo "usage: $0 [runtime|test]" >&2; exit 2 ;;
esac

say() { echo "setup: $*" >&2; }

find_python() {
    for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
    done
    say "needs Python 3.11 or newer; found: $(${PYTHON:-python3} --version 2>&1 || true)"
    say "install one, or name it: make ... PYTHON=/path/to/python3.11"
    exit 1
}

# Debian ships Python without what a virtual environment needs.
ensure_venv_module() {
    "$python" -c 'import ensurepip' 2>/dev/null && return
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "installing $package"
        apt-get update -qq >&2
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            "$package" ca-certificates >/dev/null
    else
        say "Python cannot make virtual environments here. On Debian or Ubuntu:"
        say "    sudo apt-get install $package"
        exit 1
    fi
}

# False for an environment half made, or left behind by an older Python.
if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    find_python
    ensure_venv_module
    say "creating .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi

cmp -s "$lock" ".venv/$lock" && cmp -s requirements.lock .venv/requirements.lock && exit 0

say "installing $lock"
rm -f .venv/requirements*.lock
# The lock is complete and hashed: nothing to resolve, nothing to trust.
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-input \
    --require-hashes --no-deps -r "$lock" >&2
for installed in requirements.lock "$lock"; do cp "$installed" .venv/; done
