# Sourced by the scripts beside it: names, and how they speak. No side effects but the variables.
# shellcheck shell=bash disable=SC2034

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
RUN_DIR=${GROUNDWIRE_RUN_DIR:-$ROOT/.run}
SECRETS_DIR=$RUN_DIR/secrets

BASE_UPSTREAM=debian:trixie-slim
BASE_IMAGE=groundwire/base:trixie
DC_IMAGE=groundwire/dc
POSTGRES_IMAGE=groundwire/postgres
SERVICES_IMAGE=groundwire/services

say() { printf '%s\n' "-- $*" >&2; }
die() {
    printf '%s\n' "error: $*" >&2
    exit 1
}

# Compose v2 where it is, else v1.
compose_command() {
    if docker compose version >/dev/null 2>&1; then
        echo "docker compose"
    elif command -v docker-compose >/dev/null; then
        echo "docker-compose"
    else
        die "neither 'docker compose' nor 'docker-compose' is installed: run 'make setup'"
    fi
}
