#!/usr/bin/env bash
# What tests/builds/test_glibc.py needs, on Debian and as root: a Debian with another C library in the folder that is
# given, with Python and a C compiler in it. RELEASE is "sid" unless set.
#
#     tools/chroot.sh FOLDER
set -eu
mkdir -p "$1"
root=$(cd "$1" && pwd)
test -e "$root/usr/bin/cc" && exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends debootstrap
mirror=$(apt-cache policy | sed -n 's/^ *[0-9]* \(http[^ ]*\) [^ ]*\/main .*/\1/p' | grep -v security | head -1)
debootstrap --variant=minbase --include=python3,gcc,libc6-dev "${RELEASE:-sid}" "$root" "$mirror"
