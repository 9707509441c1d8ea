#!/usr/bin/env bash
# Makes the one base image of the project, Debian trixie: pulled where a registry answers, otherwise made from
# Debian's own packages. Prints nothing but progress; does nothing when the image is there.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

if docker image inspect "$BASE_IMAGE" >/dev/null 2>&1; then
    exit 0
fi

say "base image: asking for $BASE_UPSTREAM"
if pull "$BASE_UPSTREAM" "$BASE_IMAGE"; then
    exit 0
fi

say "base image: no registry answers; making it from Debian's packages (about a minute)"
command -v debootstrap >/dev/null || die "debootstrap is missing: run 'make setup' (or: apt-get install debootstrap)"
[ "$(id -u)" = 0 ] || die "debootstrap needs root; as root, once: $ROOT/deploy/scripts/build-base.sh"

# Not in /tmp, which is often mounted without device nodes, or in memory.
rootfs=$(mktemp -d -p "${TMPDIR:-/var/lib}" groundwire-base.XXXXXX)
trap 'rm -rf "$rootfs"' EXIT
debootstrap --variant=minbase --include=ca-certificates trixie "$rootfs/root" >"$rootfs/log" 2>&1 || {
    tail -n 20 "$rootfs/log" >&2
    die "debootstrap failed"
}
rm -rf "$rootfs"/root/var/cache/apt/* "$rootfs"/root/var/lib/apt/lists/* "$rootfs"/root/usr/share/doc/* \
    "$rootfs"/root/usr/share/man/* "$rootfs"/root/usr/share/locale/* "$rootfs"/root/var/log/*.log
tar --numeric-owner -C "$rootfs/root" -c . |
    docker import --change 'CMD ["bash"]' --change 'ENV LANG=C.UTF-8' - "$BASE_IMAGE" >/dev/null
