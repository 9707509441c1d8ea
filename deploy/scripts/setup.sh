#!/usr/bin/env bash
# Installs what building and running needs and is missing, where it may (root on Debian or Ubuntu), and says what it does.
# Elsewhere it prints the line that does it and stops. With everything there it takes a moment and says nothing.
#
#   setup.sh          for the demo: where no Rust can be had, the services are built in a container
#   setup.sh tests    for the tests too, which run on this machine and need Rust here
set -euo pipefail
. "$(dirname "$0")/lib.sh"
purpose=${1:-demo}

is_debian() { command -v apt-get >/dev/null; }
is_root() { [ "$(id -u)" = 0 ]; }
in_archive() { [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]; }
# first_of <package>…: the first that this release has, or the last.
first_of() {
    while [ $# -gt 1 ] && ! in_archive "$1"; do shift; done
    echo "$1"
}
# need <command> <package>…
need() { command -v "$1" >/dev/null || packages+=("${@:2}"); }

# A container may be asked for instead.
wants_rust() { [ "$purpose" = tests ] || [ "${GROUNDWIRE_FROM_SOURCE:-0}" != 1 ]; }

# Fills `packages` with what is missing.
find_missing() {
    packages=()
    # Docker's own packages, where they are, bring all of these commands, and are left alone.
    command -v dockerd >/dev/null || docker ps >/dev/null 2>&1 || packages+=(docker.io)
    # The client is a package of its own from Debian trixie on.
    command -v docker >/dev/null || ! in_archive docker-cli || packages+=(docker-cli)
    # By their releases: Docker's, Ubuntu's, Debian's.
    docker compose version >/dev/null 2>&1 ||
        need docker-compose "$(first_of docker-compose-plugin docker-compose-v2 docker-compose)"
    need debootstrap debootstrap
    need gcc gcc
    [ -e /usr/include/stdio.h ] || packages+=(libc6-dev)
    need git git
    need python3 python3
    command -v buf >/dev/null || python3 -m pip --version >/dev/null 2>&1 || packages+=(python3-pip)
    [ -e /etc/ssl/certs/ca-certificates.crt ] || packages+=(ca-certificates)
    # rustup's package takes the place of a Rust of the system's own, so that one is left alone.
    if wants_rust && [ -n "$(rust_problem)" ] && in_archive rustup && ! command -v rustc >/dev/null; then
        need cargo rustup
    fi
    # For the line that is printed where Rust can be had in no other way.
    need curl curl
    [ "$purpose" != tests ] || need shellcheck shellcheck
}

# quietly <command…>: what it prints is shown when it fails.
quietly() {
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    [ "$status" = 0 ] || tail -n 10 "$log" >&2
    rm -f "$log"
    return "$status"
}

install_packages() {
    find_missing
    [ "${#packages[@]}" -gt 0 ] || return 0
    is_debian || die "missing: ${packages[*]} (Debian's names); install them with this system's package manager"
    if is_root; then
        # Names differ from release to release, and a new machine may have no lists yet.
        quietly apt-get update || die "the package lists could not be updated"
        find_missing
        say "installing ${packages[*]}"
    fi
    local line="apt-get install --yes --no-install-recommends --no-remove ${packages[*]}"
    is_root || die "missing: ${packages[*]}; as root: apt-get update && $line"
    # shellcheck disable=SC2086  # a line of words
    DEBIAN_FRONTEND=noninteractive quietly $line || die "could not install; by hand: $line"
}

# Docker Engine may be there and not run (a container, a machine without systemd), or not for everybody.
start_docker() {
    local answer join
    answer=$(docker ps 2>&1) && return 0
    if ! is_root && [[ $answer == *"permission denied"* ]]; then
        join="usermod --append --groups docker $(id -un)"
        getent group docker >/dev/null || join="groupadd docker && $join && systemctl restart docker"
        die "$(id -un) may not use Docker; as root: $join (then log in again)"
    fi
    is_root || die "the Docker daemon does not answer; as root: systemctl start docker"
    say "starting the Docker daemon"
    if ! { [ -d /run/systemd/system ] && systemctl start docker 2>/dev/null; }; then
        setsid nohup dockerd >/var/log/dockerd.log 2>&1 </dev/null &
    fi
    local deadline=$((SECONDS + 60))
    until docker info >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || die "the Docker daemon did not start: see /var/log/dockerd.log"
        sleep 0.5
    done
}

rust_lacks() {
    local problem
    problem=$(rust_problem)
    if [ -z "$problem" ] && [ "$purpose" = tests ] && ! { cargo clippy --version && cargo fmt --version; } >/dev/null 2>&1; then
        problem="Rust's clippy or rustfmt is missing"
    fi
    echo "$problem"
}

# With rustup where that is. Else, for the demo, the image in which build-images.sh then builds.
provide_rust() {
    local problem="a build in a container was asked for" install
    install="rustup toolchain install $RUST_TOOLCHAIN --profile minimal --component clippy --component rustfmt"
    if wants_rust; then
        problem=$(rust_lacks)
        [ -n "$problem" ] || return 0
    fi
    ! { [ "$purpose" = demo ] && docker image inspect "$RUST_IMAGE" >/dev/null 2>&1; } || return 0
    if wants_rust && command -v rustup >/dev/null; then
        say "$problem; installing it: $install"
        # shellcheck disable=SC2086  # a line of words
        if quietly $install; then
            problem=$(rust_lacks)
            [ -n "$problem" ] || return 0
        fi
    fi
    if [ "$purpose" = demo ]; then
        say "$problem; the services will be built in a container: asking for $RUST_UPSTREAM"
        pull "$RUST_UPSTREAM" "$RUST_IMAGE" && return 0
        problem+=", and no registry answers with $RUST_UPSTREAM"
    fi
    command -v rustup >/dev/null ||
        install="curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal --default-toolchain $RUST_TOOLCHAIN -c clippy -c rustfmt"
    die "$problem; to install it: $install"
}

install_packages
start_docker
provide_rust
