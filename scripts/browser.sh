#!/bin/sh
# Prints the Chromium that the browser tests drive; installs Debian's when there
# is none. Another one is chosen with CHROMIUM=/path/to/chromium.
set -eu

chromium=${CHROMIUM:-/usr/bin/chromium}

# Playwright's driver is linked against it.
has_libatomic() {
    [ "$(uname)" = Linux ] || return 0
    for library in /usr/lib/*/libatomic.so.1 /usr/lib*/libatomic.so.1; do
        [ ! -e "$library" ] || return 0
    done
    return 1
}

missing=
if [ ! -x "$chromium" ]; then
    [ -z "${CHROMIUM:-}" ] || { echo "browser: CHROMIUM=$CHROMIUM: no such program" >&2; exit 1; }
    missing=chromium
fi
has_libatomic || missing="${missing:+$missing }libatomic1"

if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "browser: installing $missing" >&2
        apt-get update -qq >&2
        # shellcheck disable=SC2086  # one word per package
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            $missing >/dev/null
    else
        echo "browser: the browser tests need it. On Debian:" >&2
        echo "    sudo apt-get install $missing" >&2
        echo "elsewhere, name a Chromium: CHROMIUM=/path/to/chromium make test" >&2
        exit 1
    fi
fi
echo "$chromium"
