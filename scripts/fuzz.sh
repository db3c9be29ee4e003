#!/usr/bin/env bash
# Runs every fuzz target of every package for FUZZTIME each: go test takes one at a time.
set -euo pipefail
: "${GO:=go}" "${FUZZTIME:=10s}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Files on a disk wait for its fsync most of the time.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then export GOTMPDIR="${GOTMPDIR:-/tmp}" TMPDIR=/dev/shm; fi
# Without a limit Go makes the first interesting input smaller for up to a minute, which is all the time there is.
fuzz() { "$GO" test -run '^$' -fuzz "^$2\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 1x "$1" 2>&1 | tee "$log"; }
# Go's fuzzer can take the end of its own time for a failure of the target.
late() { grep -q '^ *context deadline exceeded$' "$log" && ! grep -q 'Failing input written' "$log"; }
n=0
while read -r pkg; do
    for target in $("$GO" test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
        echo "fuzz: $pkg $target"
        fuzz "$pkg" "$target" || { late && echo "fuzz: once more" && fuzz "$pkg" "$target"; } || exit 1
        n=$((n + 1))
    done
done < <("$GO" list ./...)
echo "fuzz: $n targets"
test "$n" -gt 0
