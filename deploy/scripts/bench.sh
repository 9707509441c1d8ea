#!/usr/bin/env bash
# Measures the running system against the floor in the same run. Needs `make up` before, with the databases published:
# `make bench` does both.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

# shellcheck source=/dev/null
. "$GROUNDWIRE_RUN_DIR/env"
say "benches, one after another"
exec cargo bench --package groundwire-tests --locked
