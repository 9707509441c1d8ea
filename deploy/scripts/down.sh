#!/usr/bin/env bash
# Removes everything of the project from this machine: containers, networks, volumes, secrets, and, unless KEEP=1, images.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

# Compose reads the secrets' paths even to remove.
mkdir -p "$SECRETS_DIR"
compose down --volumes --remove-orphans --timeout 10 >/dev/null 2>&1 || compose down --volumes --remove-orphans
for name in dev test; do
    "$ROOT/deploy/scripts/test-containers.sh" stop "groundwire-$name" "$GROUNDWIRE_RUN_DIR/$name"
done
rm -rf "$GROUNDWIRE_RUN_DIR"

if [ "${KEEP:-0}" != 1 ]; then
    for image in "$SERVICES_IMAGE:$TAG" "$POSTGRES_IMAGE:$TAG" "$DC_IMAGE:$TAG" "$BASE_IMAGE" "$RUST_IMAGE"; do
        docker image rm "$image" >/dev/null 2>&1 || true
    done
    docker image prune --force --filter label=groundwire.key >/dev/null
    rm -rf "$ROOT/.build"
fi
say "gone: containers, networks, volumes, secrets$([ "${KEEP:-0}" = 1 ] || echo ', images')"
