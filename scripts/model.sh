#!/usr/bin/env bash
# Checks docs/model/ring.pml with spin: the protocol holds, each seeded bug is found.
set -euo pipefail
model=$(cd "$(dirname "$0")/.." && pwd)/docs/model/ring.pml
if ! command -v spin >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends spin gcc; } >/dev/null
fi
for tool in spin cc; do
    command -v "$tool" >/dev/null || { echo "model: $tool is missing; on Debian: apt-get install spin gcc" >&2; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# check EXPECTED NAME COMPILE RUN DEFINES...: one run of spin's verifier.
check() {
    local expected=$1 name=$2 compile=$3 run=$4 out states errors
    shift 4
    rm -f pan*
    spin -a "$@" "$model" >spin.out || { cat spin.out; exit 1; }
    # shellcheck disable=SC2086
    cc -O2 -w $compile -o pan pan.c
    # shellcheck disable=SC2086
    out=$(./pan -m1000000 $run)
    errors=$(grep -o 'errors: [0-9]*' <<<"$out" | cut -d' ' -f2)
    states=$(grep 'states, stored' <<<"$out" | awk '{print $1}')
    printf '| %-42s | %9s states | %-11s |\n' "$name" "$states" "$([ "$errors" = 0 ] && echo holds || echo "bug found")"
    if grep -q 'max search depth too small' <<<"$out" || [ "$((errors > 0))" != "$expected" ]; then
        echo "$out"
        echo "model: $name: not what was expected" >&2
        exit 1
    fi
}

safe="-DSAFETY -DNOCLAIM"
check 0 "ring of 2, 3 records, one death" "$safe -DCOLLAPSE" ""
check 0 "ring of 1, 2 records, one death" "$safe" "" -DCAP=1 -DN=2
check 0 "ring of 1, 2 records, one hand-over" "$safe" "" -DCAP=1 -DN=2 -DKILLS=0 -DHANDOVERS=1
check 0 "ring of 1, 2 records, one death: it ends" "" "-a -f" -DCAP=1 -DN=2
check 1 "seeded: publication before the bytes" "$safe" "" -DPUBLISH_FIRST
check 1 "seeded: no second look before sleeping" "$safe" "" -DNO_RECHECK
check 1 "seeded: no fence by the sleeper" "$safe" "" -DCAP=1 -DNO_FENCE
check 1 "seeded: a successor that wakes nobody" "$safe" "" -DCAP=1 -DNO_BUMP
check 1 "seeded: the state read after the tail" "$safe" "" -DSTATE_AFTER
