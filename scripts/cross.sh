#!/usr/bin/env bash
# Vets every package and compiles every test for each OS/ARCH given.
set -euo pipefail
: "${GO:=go}"
for target in "$@"; do
    export GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0
    echo "cross: $target"
    "$GO" vet ./...
    # Linked, not run: two packages of one name cannot share a folder of binaries.
    "$GO" test -vet=off -count=1 -exec true ./... >/dev/null
done
