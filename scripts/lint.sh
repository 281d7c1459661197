#!/bin/sh
# Everything `make check` says before it runs a test. Says all of it, then fails.
set -u
cd "$(dirname "$0")/.." || exit
bin=.venv/bin
failed=0

step() {
    name=$1; shift
    if output=$("$@" 2>&1); then
        echo "ok      $name"
    else
        echo "FAILED  $name"
        echo "$output"
        failed=1
    fi
}

step "format" $bin/python -m ruff format --check .
step "lint" $bin/python -m ruff check .
step "types" $bin/python -m mypy
step "import contracts" $bin/lint-imports --no-logo
[ -z "$(find templates -name '*.html' 2>/dev/null | head -n 1)" ] ||
    step "templates" $bin/djlint --lint --quiet templates
[ ! -d app/translations ] ||
    step "catalogues" scripts/translations.sh --check
exit $failed
