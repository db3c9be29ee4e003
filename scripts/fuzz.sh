#!/usr/bin/env bash
# Runs every fuzz target of every package for FUZZTIME each: go test takes one at a time.
set -euo pipefail
: "${GO:=go}" "${FUZZTIME:=10s}"
n=0
while read -r pkg; do
    for target in $("$GO" test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
        echo "fuzz: $pkg $target"
        "$GO" test -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZTIME" "$pkg"
        n=$((n + 1))
    done
done < <("$GO" list ./...)
echo "fuzz: $n targets"
test "$n" -gt 0
