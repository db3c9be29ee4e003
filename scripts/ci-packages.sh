#!/usr/bin/env bash
# Installs from Debian's packages what some tests need and a bare machine lacks.
# Without root or apt-get it says so and leaves it at that: those tests then skip.
set -euo pipefail
declare -A packages=([strace]=strace [cc]=gcc [spin]=spin [unshare]=util-linux [mkfs.ext4]=e2fsprogs [python3]=python3 [promtool]=prometheus [setpriv]=util-linux [node]=nodejs [tmux]=tmux [chromium]=chromium)
missing=()
for tool in "${!packages[@]}"; do
    command -v "$tool" >/dev/null || missing+=("${packages[$tool]}")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "ci-packages: cannot install ${missing[*]}: root and apt-get are needed" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
