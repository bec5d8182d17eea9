#!/usr/bin/env bash
# What tests/builds/test_aarch64.py needs, on Debian bookworm for x86_64 and as root: a Rust with the aarch64 standard
# library, a cross linker, qemu-user, and an arm64 Python unpacked in the folder that is given.
#
#     tools/aarch64.sh FOLDER
set -eu
root=$(mkdir -p "$1" && cd "$1" && pwd)
export DEBIAN_FRONTEND=noninteractive
dpkg --add-architecture arm64
apt-get update -qq
apt-get install -y -qq --no-install-recommends \
    rustc-web cargo-web libstd-rust-web-dev:arm64 gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
cd "$(mktemp -d)"
apt-get download -qq python3.11-minimal:arm64 libpython3.11-minimal:arm64 libpython3.11-stdlib:arm64 \
    libpython3.11:arm64 libpython3.11-dev:arm64 libc6:arm64 libexpat1:arm64 zlib1g:arm64 libgcc-s1:arm64
for package in *.deb; do dpkg -x "$package" "$root"; done
