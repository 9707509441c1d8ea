# Sourced by the scripts beside it: names, and how they speak. Changes nothing.
# shellcheck shell=bash disable=SC2034

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export COMPOSE_PROJECT_NAME=${COMPOSE_PROJECT_NAME:-groundwire}
export GROUNDWIRE_RUN_DIR=${GROUNDWIRE_RUN_DIR:-$ROOT/.run}
SECRETS_DIR=$GROUNDWIRE_RUN_DIR/secrets

# Tools of the system that are not on every user's path, and what rustup installs, also before the next login.
PATH=$PATH:/usr/sbin:/sbin
cargo_bin=${CARGO_HOME:-${HOME:-/root}/.cargo}/bin
[[ :$PATH: == *:"$cargo_bin":* ]] || PATH=$cargo_bin:$PATH

BASE_UPSTREAM=debian:trixie-slim
BASE_IMAGE=groundwire/base:trixie
# The oldest Rust that builds this: the workspace's.
RUST_VERSION=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$ROOT/Cargo.toml")
RUST_UPSTREAM=rust:$RUST_VERSION-slim-trixie
RUST_IMAGE=groundwire/rust:$RUST_VERSION
# The one that rustup takes here.
RUST_TOOLCHAIN=$(sed -n 's/^channel = "\(.*\)"$/\1/p' "$ROOT/rust-toolchain.toml")
DC_IMAGE=groundwire/dc
POSTGRES_IMAGE=groundwire/postgres
SERVICES_IMAGE=groundwire/services
export GROUNDWIRE_TAG=${GROUNDWIRE_TAG:-dev}
TAG=$GROUNDWIRE_TAG

say() { printf '%s\n' "-- $*" >&2; }
die() {
    printf '%s\n' "error: $*" >&2
    exit 1
}

# rust_problem: why the Rust of this machine does not build this; nothing where it does.
rust_problem() {
    local tool version
    for tool in rustc cargo; do
        version=$(cd "$ROOT" && "$tool" --version 2>/dev/null | cut -d' ' -f2) || version=
        if [ -z "$version" ]; then
            echo "Rust is missing"
            return
        elif ! printf '%s\n' "$RUST_VERSION" "$version" | sort --version-sort --check=quiet; then
            echo "Rust is too old ($tool $version, needed: $RUST_VERSION)"
            return
        fi
    done
}

# cargo_test <arguments…>: runs tests with cargo-nextest where it is, which runs them of all crates side by side.
cargo_test() {
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run "$@"
    else
        cargo test "$@"
    fi
}

# pull <upstream> <ours>: takes an image under a name of ours, by which `make down` removes it; once. Fails where no
# registry answers.
pull() {
    docker image inspect "$2" >/dev/null 2>&1 && return 0
    if docker image inspect "$1" >/dev/null 2>&1; then
        docker tag "$1" "$2"
    else
        timeout "${PULL_TIMEOUT:-300}" docker pull --quiet "$1" >/dev/null 2>&1 || return 1
        docker tag "$1" "$2"
        docker image rm "$1" >/dev/null
    fi
}

# compose <arguments…>: Compose v2 where it is, else v1; on docker-compose.yml and what COMPOSE_OVERRIDES names beside it.
compose() {
    local files=(--file "$ROOT/docker-compose.yml") override
    for override in ${COMPOSE_OVERRIDES:-}; do
        files+=(--file "$ROOT/$override")
    done
    if docker compose version >/dev/null 2>&1; then
        docker compose --project-directory "$ROOT" "${files[@]}" "$@"
    elif command -v docker-compose >/dev/null; then
        docker-compose --project-directory "$ROOT" "${files[@]}" "$@"
    else
        die "neither 'docker compose' nor 'docker-compose' is here: run 'make setup'"
    fi
}

# wait_healthy <seconds> <container>: returns when it is; shows its last words when it is not in time.
wait_healthy() {
    local deadline=$((SECONDS + $1)) container=$2 state
    while state=$(docker inspect --format '{{ .State.Status }}/{{ if .State.Health }}{{ .State.Health.Status }}{{ end }}' "$container"); do
        case $state in
            running/healthy) return 0 ;;
            running/* | created/*) ;;
            *) break ;;
        esac
        [ "$SECONDS" -lt "$deadline" ] || break
        sleep 0.5
    done
    docker logs --tail 30 "$container" >&2 || true
    die "$container is not healthy: $state"
}
