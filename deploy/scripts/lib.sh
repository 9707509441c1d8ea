# Sourced by the scripts beside it: names, and how they speak. Changes nothing.
# shellcheck shell=bash disable=SC2034

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export COMPOSE_PROJECT_NAME=${COMPOSE_PROJECT_NAME:-groundwire}
export GROUNDWIRE_RUN_DIR=${GROUNDWIRE_RUN_DIR:-$ROOT/.run}
SECRETS_DIR=$GROUNDWIRE_RUN_DIR/secrets

BASE_UPSTREAM=debian:trixie-slim
BASE_IMAGE=groundwire/base:trixie
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
