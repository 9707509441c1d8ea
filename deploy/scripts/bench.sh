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

if [ -e services/eventlog/examples/append_bench.rs ]; then
    echo
    say "appends beside plain inserts, on a Postgres of their own"
    deploy/scripts/test-containers.sh start groundwire-bench .run/bench
    trap 'deploy/scripts/test-containers.sh stop groundwire-bench .run/bench' EXIT
    # shellcheck source=/dev/null
    . .run/bench/env
    cargo run --release --locked --quiet --package groundwire-eventlog --example append_bench
fi
