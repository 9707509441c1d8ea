#!/usr/bin/env bash
# Makes the one base image of the project, Debian trixie: pulled where a registry answers, otherwise made from
# Debian's own packages. Prints nothing but progress; does nothing when the image is there.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

if docker image inspect "$BASE_IMAGE" >/dev/null 2>&1; then
    exit 0
fi

say "base image: asking for $BASE_UPSTREAM"
if timeout "${PULL_TIMEOUT:-120}" docker pull --quiet "$BASE_UPSTREAM" >/dev/null 2>&1; then
    docker tag "$BASE_UPSTREAM" "$BASE_IMAGE"
    exit 0
fi

say "base image: no registry answers; making it from Debian's packages (about a minute)"
command -v debootstrap >/dev/null || die "debootstrap is missing: run 'make setup' (or: apt-get install debootstrap)"
[ "$(id -u)" = 0 ] || die "debootstrap needs root: run 'sudo make images' once"

rootfs=$(mktemp -d)
trap 'rm -rf "$rootfs"' EXIT
debootstrap --variant=minbase --include=ca-certificates trixie "$rootfs/root" >"$rootfs/log" 2>&1 || {
    tail -n 20 "$rootfs/log" >&2
    die "debootstrap failed"
}
rm -rf "$rootfs"/root/var/cache/apt/* "$rootfs"/root/var/lib/apt/lists/* "$rootfs"/root/usr/share/doc/* \
    "$rootfs"/root/usr/share/man/* "$rootfs"/root/usr/share/locale/* "$rootfs"/root/var/log/*.log
tar --numeric-owner -C "$rootfs/root" -c . |
    docker import --change 'CMD ["bash"]' --change 'ENV LANG=C.UTF-8' - "$BASE_IMAGE" >/dev/null
