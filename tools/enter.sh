#!/bin/sh
# A program of the Debian sid of tools/interpreters.sh, in the current folder:
#
#     tools/enter.sh FOLDER PROGRAM [ARGUMENTS]
#
# It runs as root in a mount namespace of its own, so that nothing stays mounted whatever happens to it. All folders of
# the outside are there under the same names, but for those that a Debian fills itself.
set -eu
sid=$1/sid
shift
exec unshare --mount --propagation private sh -eu -c '
sid=$1
shift
for folder in /*/ "${HOME:-/root}/" "$PWD/"; do
    folder=${folder%/}
    case $folder in
        "" | /bin | /boot | /etc | /lib | /lib[0-9x]* | /sbin | /usr | /var | /sys | /usr/* | "$sid"/*) continue ;;
    esac
    test -d "$folder" || continue
    mkdir -p "$sid$folder"
    mount --rbind "$folder" "$sid$folder"
done
for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs; do
    if test -e "$file"; then mount --bind "$file" "$sid$file"; fi
done
exec chroot "$sid" sh -c "cd \"\$0\" && exec \"\$@\"" "$PWD" "$@"' sh "$sid" "$@"
