#!/usr/bin/env bash
# Installs what building and running needs and is missing, where it may (root on Debian or Ubuntu), and says what it does.
# Elsewhere it prints the line that does it and stops. With everything there it takes a moment and says nothing.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

is_debian() { command -v apt-get >/dev/null; }

packages=()
need() { command -v "$1" >/dev/null || packages+=("$2"); }
need docker docker.io
docker compose version >/dev/null 2>&1 || need docker-compose docker-compose
need debootstrap debootstrap
need gcc gcc
[ -e /usr/include/stdio.h ] || packages+=(libc6-dev)
need git git
need curl curl
need python3 python3
command -v buf >/dev/null || python3 -m pip --version >/dev/null 2>&1 || packages+=(python3-pip)
need iptables iptables
[ -e /etc/ssl/certs/ca-certificates.crt ] || packages+=(ca-certificates)

if [ "${#packages[@]}" -gt 0 ]; then
    line="apt-get update && apt-get install -y --no-install-recommends ${packages[*]}"
    if is_debian && [ "$(id -u)" = 0 ]; then
        say "installing ${packages[*]}"
        log=$(mktemp)
        { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"; } \
            >"$log" 2>&1 || {
            tail -n 20 "$log" >&2
            die "could not install; by hand: $line"
        }
        rm -f "$log"
    elif is_debian; then
        die "missing: ${packages[*]}; as root: $line"
    else
        die "missing: ${packages[*]} (Debian's names); install them with this system's package manager"
    fi
fi

# Docker Engine may be there and not run (a container, a machine without systemd).
if ! docker info >/dev/null 2>&1; then
    [ "$(id -u)" = 0 ] || die "the Docker daemon does not answer (is it started, and is $(id -un) in the group docker?)"
    say "starting the Docker daemon"
    if ! { [ -d /run/systemd/system ] && systemctl start docker 2>/dev/null; }; then
        setsid nohup dockerd >/var/log/dockerd.log 2>&1 </dev/null &
    fi
    deadline=$((SECONDS + 60))
    until docker info >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || die "the Docker daemon did not start: see /var/log/dockerd.log"
        sleep 0.5
    done
fi

# Without Rust the image is built from source, which needs a registry that has the Rust image.
if [ "${GROUNDWIRE_FROM_SOURCE:-0}" != 1 ] && ! command -v cargo >/dev/null; then
    line="curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal -c clippy -c rustfmt"
    if command -v rustup >/dev/null; then
        say "installing Rust with rustup"
        rustup toolchain install stable --profile minimal --component clippy --component rustfmt >/dev/null
    else
        die "Rust is missing; install it with: $line (or set GROUNDWIRE_FROM_SOURCE=1 to build in a container)"
    fi
fi
