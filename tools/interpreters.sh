#!/usr/bin/env bash
# Interpreters that tests/builds/test_interpreters.py and the corpus take beside pyenv's, on Debian and as root: CPython
# 3.14 and 3.15 and PyPy 3.11 of Debian sid in a folder of their own, and free-threaded CPython 3.13 to 3.15 from
# Debian's sources.
#
#     tools/interpreters.sh [FOLDER]
#
# tools/enter.sh runs a program of that sid. What cannot be had is said and left out: the status is 0 whatever is there
# afterwards. A second run takes what the first one has left.
set -u
root=${1:-${PFB_INTERPRETERS:-${XDG_CACHE_HOME:-$HOME/.cache}/pyo3-features-interpreters}}
mkdir -p "$root" && root=$(cd "$root" && pwd) || exit 2
export DEBIAN_FRONTEND=noninteractive
sid=$root/sid
mirror=$(apt-cache policy | sed -n 's/^ *[0-9]* \(http[^ ]*\) [^ ]*\/main .*/\1/p' | grep -v security | head -1)

not_had() { echo "not to be had: $1"; }

# Debian sid, with a compiler.
sid_of_debian() {
    test -e "$sid/usr/bin/cc" && return
    { command -v debootstrap || { apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap; }; } \
        >"$root/debootstrap.log" 2>&1 &&
        debootstrap --variant=minbase --include=gcc,libc6-dev,ca-certificates sid "$sid" "$mirror" >"$root/sid.log" 2>&1
}

# One interpreter or tool of sid: the program, then its packages.
packaged() {
    program=$1
    shift
    test -e "$sid/usr/bin/$program" && return
    chroot "$sid" apt-get update -qq >>"$root/sid.log" 2>&1
    chroot "$sid" apt-get install -y -qq --no-install-recommends "$@" >>"$root/sid.log" 2>&1 || not_had "$program of Debian sid"
}

# The source of a CPython from the first suite of Debian that has it, in the current folder.
source_of() {
    for suite in trixie testing sid; do
        echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >sources
        set -- "$1" -qq -o "Dir::Etc::SourceList=$PWD/sources" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$PWD/lists"
        rm -rf lists && mkdir -p lists/partial
        apt-get "${@:2}" update && apt-get "${@:2}" source --download-only "$1" && return
    done
    return 1
}

# A free-threaded CPython.
free_threaded() {
    version=$1
    test -x "$root/$version-free-threaded/bin/python$version" && return
    work=$(mktemp -d)
    (
        cd "$work" && source_of "python$version" &&
            mkdir source && tar -xf python*.orig.tar.?z -C source --strip-components 1 && cd source &&
            nice -n 19 ./configure -q --disable-gil --prefix="$root/$version-free-threaded" &&
            nice -n 19 make -s -j"${JOBS:-2}" &&
            make -s install DESTDIR="$work/made" &&
            rm -rf "$root/$version-free-threaded" &&
            mv "$work/made$root/$version-free-threaded" "$root/" # at once: a half of it could be taken for the whole
    ) >"$root/$version-free-threaded.log" 2>&1 || not_had "free-threaded CPython $version ($root/$version-free-threaded.log)"
    rm -rf "$work"
}

if [ "$(id -u)" != 0 ] || [ -z "$mirror" ]; then
    not_had "anything: this needs Debian and root"
    exit 0
fi
if sid_of_debian; then
    packaged python3.14 python3.14-dev python3.14-venv
    packaged python3.15 python3.15-dev python3.15-venv
    packaged pypy3 pypy3 pypy3-dev pypy3-venv
    packaged pkg-config pkg-config libssl-dev # cryptography, which the corpus builds there, links OpenSSL
else
    not_had "Debian sid ($root/sid.log)"
fi
for version in ${FREE_THREADED-3.13 3.14 3.15}; do free_threaded "$version"; done
echo "in $root:" "$(ls "$sid"/usr/bin/python3.1[0-9] "$sid/usr/bin/pypy3" "$root"/*-free-threaded/bin/python3.1[0-9] 2>/dev/null | tr '\n' ' ')"
