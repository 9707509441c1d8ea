#!/usr/bin/env bash
# Measures the running system against the floor in the same run. Needs `make up` before, with the databases published:
# `make bench` does both.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

# shellcheck source=/dev/null
. "$GROUNDWIRE_RUN_DIR/env"
# What is measured runs as it is released; so does what measures it.
say "bench: cargo build --release"
cargo build --release --locked --quiet --package groundwire-tests --bin groundwire-bench
bench=${CARGO_TARGET_DIR:-target}/release/groundwire-bench

printf '%s\n' "$(nproc) CPUs, load $(cut -d' ' -f1-3 /proc/loadavg), $(date -u +%Y-%m-%dT%H:%MZ)"
for kind in change reset; do
    echo
    "$bench" pairs --pairs "${PAIRS:-1000}" --kind "$kind"
done
echo
"$bench" concurrent --at-once 8

# Appends: on a Postgres of their own, on a disk (in memory a commit costs nothing, and there would be nothing to measure).
say "appends beside plain inserts: cargo build --release"
cargo build --release --locked --quiet --package groundwire-eventlog --example append_bench
postgres=groundwire-bench-postgres
docker rm --force --volumes "$postgres" >/dev/null 2>&1 || true
trap 'docker rm --force --volumes "$postgres" >/dev/null 2>&1' EXIT
docker run --detach --name "$postgres" --publish 127.0.0.1::5432 --shm-size 256m --env ALLOW_SUPERUSER=1 \
    --read-only --tmpfs /tmp:mode=1777 --cap-drop ALL --security-opt no-new-privileges "$POSTGRES_IMAGE:$TAG" >/dev/null
wait_healthy 60 "$postgres"
echo
"${CARGO_TARGET_DIR:-target}/release/examples/append_bench" \
    --url "postgres://postgres:postgres@$(docker port "$postgres" 5432/tcp | head -n 1)/postgres"
