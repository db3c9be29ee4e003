#!/bin/sh
# For go test -exec: runs a windows/amd64 program under Debian's wine64.
export WINEPREFIX="${WINEPREFIX:?set by test-windows.sh}" WINEARCH=win64 WINEDEBUG="${WINEDEBUG:--all}"
export WINEDLLOVERRIDES="mscoree,mshtml,winemenubuilder.exe="
exec /usr/lib/wine/wine64 "$@"
