#!/usr/bin/env bash
# Runs the tests, cross-built for windows/amd64, under Wine. Installs wine64 and
# a C cross compiler from Debian's packages when it is root and they are missing.
# usage: scripts/test-windows.sh [packages and go test flags]
set -euo pipefail
cd "$(dirname "$0")/.."
: "${GO:=go}"
here=$PWD/scripts/platforms
export WINEPREFIX=${WINEPREFIX:-$PWD/.wine} WINEARCH=win64 WINEDEBUG=-all
export WINEDLLOVERRIDES="mscoree,mshtml,winemenubuilder.exe="
wine=/usr/lib/wine/wine64 server=/usr/lib/wine/wineserver64 cross=x86_64-w64-mingw32-gcc

if ! [ -x "$wine" ] || ! command -v "$cross" >/dev/null; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "test-windows: install wine64 and gcc-mingw-w64-x86-64-win32 (Debian's names) first" >&2
        exit 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends wine64 gcc-mingw-w64-x86-64-win32 >/dev/null
fi

system=$WINEPREFIX/drive_c/windows/system32
if ! [ -f "$system/bcryptprimitives.dll" ]; then
    mkdir -p "$WINEPREFIX"
    "$wine" wineboot -i </dev/null >/dev/null 2>&1
    "$wine" winecfg -v win10 </dev/null >/dev/null 2>&1
    "$server" -w
    "$cross" -O2 -s -shared -nostdlib -Wl,-e,DllMain -o "$system/bcryptprimitives.dll" \
        "$here/bcryptprimitives.c" -ladvapi32 -lkernel32
fi

# The server and wine's services must belong to nobody's output: started by a
# test they would keep go test's pipe open.
"$server" -p60 2>/dev/null || true
"$wine" wineboot </dev/null >/dev/null 2>&1
trap '"$server" -k 2>/dev/null || true' EXIT

[ $# -gt 0 ] || set -- ./...
export CGO_ENABLED=0
programs=$WINEPREFIX/programs
GOOS=windows GOARCH=amd64 "$GO" build -o "$programs/" ./examples/...
export SHMKIT_TEST_PROGRAMS="Z:$programs"
GOOS=windows GOARCH=amd64 "$GO" test -json -exec="$here/wine-exec.sh" "$@" |
    "$GO" run ./internal/testreport ${CI:+-strict}
