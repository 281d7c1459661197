#!/bin/sh
# Brings the catalogues of app/translations up to date with the code and the
# templates, and compiles them; with --check only says whether they are, and
# whether every letter is translated.
#
# Two catalogues: `messages` is every text, for pages; `letters` is what stands in
# mails and texts alone, so that a language can write letters before it has pages.
#
# A new language: .venv/bin/pybabel init --domain letters \
#     --input-file app/translations/letters.pot \
#     --output-dir app/translations --locale nl, then this; `messages` alike.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pybabel() { .venv/bin/python -m babel.messages.frontend "$@"; }

# Where letters and passes are worded, and the figures that they borrow.
letters="templates/emails app/letters.py app/accounts/alarms.py app/accounts/invitations.py
    app/accounts/users/forgotten.py app/modules/loyalty/enrolment/letters.py
    app/modules/loyalty/notices/letters.py app/modules/loyalty/wallet/face
    app/modules/loyalty/wallet/alarms.py
    app/modules/loyalty/ledger/explain/words.py"

cp -r app/translations "$work/now"

catalogue() { # its name, and the files and folders its texts stand in
    name=$1; shift
    # Without line numbers, or every edit of a page would touch every catalogue.
    pybabel --quiet extract --mapping-file pyproject.toml \
        --keywords "_l lazy_gettext lazy_ngettext:1,2" \
        --no-location --sort-output --omit-header --output-file "$work/now/$name.pot" "$@"
    if ls "$work/now"/*/LC_MESSAGES/"$name.po" >/dev/null 2>&1; then
        pybabel --quiet update --domain "$name" --input-file "$work/now/$name.pot" \
            --output-dir "$work/now" \
            --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
        pybabel compile --statistics --domain "$name" --directory "$work/now" \
            >"$work/$name.said" 2>&1 || { cat "$work/$name.said"; exit 1; }
    fi
}

catalogue messages app templates
# shellcheck disable=SC2086 # several paths
catalogue letters $letters

untranslated=$(grep "translated in" "$work/letters.said" | grep -v "(100%)" || true)

if [ "${1:-}" != --check ]; then
    cp -r "$work/now/." app/translations/
elif ! diff -rq app/translations "$work/now"; then
    echo "the catalogues lag behind the code: make translations"
    exit 1
fi
if [ -n "$untranslated" ]; then
    echo "letters would be half in English: $untranslated"
    [ "${1:-}" != --check ] || exit 1
fi
