#!/usr/bin/env bash
# Runs the tests for another Linux architecture: 386 natively, the others under
# QEMU's user emulation. QEMU on x86 keeps x86's order of stores: it finds
# mistakes of size, alignment and byte order, not missing barriers.
# usage: scripts/test-qemu.sh GOARCH [packages and go test flags]
set -euo pipefail
cd "$(dirname "$0")/.."
: "${GO:=go}"
arch=$1
shift
case $arch in
386) emulator= ;;
arm64) emulator=qemu-aarch64-static magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00' mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff' ;;
s390x) emulator=qemu-s390x-static magic='\x7fELF\x02\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x16' mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff' ;;
*) echo "test-qemu: no recipe for $arch" >&2; exit 2 ;;
esac

if [ -n "$emulator" ]; then
    if ! command -v "$emulator" >/dev/null; then
        if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
            echo "test-qemu: install qemu-user-static (Debian's name) first" >&2
            exit 1
        fi
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends qemu-user-static >/dev/null
    fi
    # Tests start copies of themselves: the kernel must know the format.
    formats=/proc/sys/fs/binfmt_misc
    [ -e $formats/register ] || mount -t binfmt_misc binfmt_misc $formats 2>/dev/null || true
    if [ -w $formats/register ] && ! [ -e "$formats/shmkit-$arch" ] && ! [ -e "$formats/${emulator%-static}" ]; then
        printf '%s' ":shmkit-$arch:M::$magic:$mask:$(command -v "$emulator"):F" >$formats/register
        trap 'echo -1 >"/proc/sys/fs/binfmt_misc/shmkit-$arch"' EXIT
    fi
fi

[ $# -gt 0 ] || set -- ./...
skip=
[ -z "$emulator" ] || skip=-skip=^\($(grep -v '^#' scripts/platforms/qemu-skip.txt | paste -sd'|')\)\$
GOARCH=$arch CGO_ENABLED=0 "$GO" test -json ${emulator:+-exec="$emulator"} ${skip:+"$skip"} "$@" |
    "$GO" run ./internal/testreport ${CI:+-strict}
