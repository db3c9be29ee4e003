#!/usr/bin/env bash
# Vets every package and compiles and links every test for each OS/ARCH given.
set -euo pipefail
: "${GO:=go}"
export CGO_ENABLED=0
for target in "$@"; do
    export GOOS=${target%/*} GOARCH=${target#*/}
    leave_out=
    case $GOOS in
    # The terminal library of `shmctl top` knows no such system.
    js | wasip1) leave_out=/cmd/shmctl$ ;;
    plan9)
        if "$GO" build github.com/absfs/absfs 2>/dev/null; then
            echo "cross: absfs builds for plan9 now: take plan9 in" >&2
            exit 1
        fi
        echo "cross: $target left out, absfs itself does not build there"
        continue
        ;;
    esac
    start=$SECONDS
    mapfile -t packages < <("$GO" list ./... | grep -v -e "${leave_out:-^$}")
    "$GO" vet "${packages[@]}"
    # Linked, not run: two packages of one name cannot share a folder of binaries.
    "$GO" test -vet=off -count=1 -exec true "${packages[@]}" >/dev/null
    echo "cross: $target ${leave_out:+without shmctl }vetted, tests linked, $((SECONDS - start)) s"
done
