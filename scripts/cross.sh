#!/usr/bin/env bash
# Vets every package and compiles every test for each OS/ARCH given.
set -euo pipefail
: "${GO:=go}"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for target in "$@"; do
    export GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0
    echo "cross: $target"
    "$GO" vet ./...
    "$GO" test -c -o "$out/" ./... >/dev/null
    rm -rf "${out:?}"/*
done
