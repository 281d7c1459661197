#!/bin/sh
# Brings the catalogues of app/translations up to date with the code and the
# templates, and compiles them; with --check only says whether they are.
#
# A new language: .venv/bin/pybabel init --input-file app/translations/messages.pot \
#     --output-dir app/translations --locale fr, then this.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pybabel() { .venv/bin/python -m babel.messages.frontend --quiet "$@"; }

# Without line numbers, or every edit of a page would touch every catalogue.
pybabel extract --mapping-file pyproject.toml --keywords "_l lazy_gettext lazy_ngettext:1,2" \
    --no-location --sort-output --omit-header --output-file "$work/messages.pot" app templates

cp -r app/translations "$work/now"
cp "$work/messages.pot" "$work/now/"
if ls "$work"/now/*/LC_MESSAGES >/dev/null 2>&1; then
    pybabel update --input-file "$work/messages.pot" --output-dir "$work/now" \
        --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
    pybabel compile --directory "$work/now" >/dev/null
fi

if [ "${1:-}" != --check ]; then
    cp -r "$work/now/." app/translations/
elif ! diff -rq app/translations "$work/now"; then
    echo "the catalogues lag behind the code: make translations"
    exit 1
fi
