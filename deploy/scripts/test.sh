#!/usr/bin/env bash
# Everything that must hold before a change lands, in the order in which it fails fastest. Its containers are its own
# (project groundwire-test, other ports than `make up`) and are removed however it ends. Also runs single stages:
#
#   test.sh                       all
#   test.sh format lint unit …    those, in the order given
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"
problem=$(rust_problem)
[ -z "$problem" ] || die "$problem: run 'make setup-tests'"

# Its own project beside one that may be up.
export COMPOSE_PROJECT_NAME=groundwire-test
export GROUNDWIRE_RUN_DIR=$ROOT/.run/test
export COMPOSE_OVERRIDES=deploy/compose/test.yml
export GROUNDWIRE_API_PORT=${GROUNDWIRE_TEST_API_PORT:-28443}
export GROUNDWIRE_DC_PORT=${GROUNDWIRE_TEST_DC_PORT:-26360}
export GROUNDWIRE_AUDIT_PORT=${GROUNDWIRE_TEST_AUDIT_PORT:-28444}
export GROUNDWIRE_DIRECTORY_DB_PORT=${GROUNDWIRE_TEST_DIRECTORY_DB_PORT:-25433}
export GROUNDWIRE_CONNECTOR_DB_PORT=${GROUNDWIRE_TEST_CONNECTOR_DB_PORT:-25434}
containers_directory=$ROOT/.run/test-containers

e2e_is_up=0
containers_are_up=0
summary=()

# shellcheck disable=SC2329  # called by the trap
clean_up() {
    local status=$?
    trap - EXIT INT TERM
    if [ "$e2e_is_up" = 1 ]; then
        if [ "$status" != 0 ]; then
            mkdir -p .run/failed
            compose logs --no-color --timestamps >.run/failed/compose.log 2>&1 || true
            say "logs of the failed run: .run/failed/compose.log"
        fi
        compose down --volumes --remove-orphans --timeout 5 >/dev/null 2>&1 || true
        rm -rf "$GROUNDWIRE_RUN_DIR"
    fi
    if [ "$containers_are_up" = 1 ]; then
        deploy/scripts/test-containers.sh stop groundwire-test "$containers_directory" || true
    fi
    printf '\n%s\n' "stages:" >&2
    printf '  %s\n' "${summary[@]}" >&2
    if [ "$status" != 0 ]; then
        printf '%s\n' "FAILED in stage ${stage:-?}" >&2
    fi
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

format() { cargo fmt --all --check; }

lint() {
    deploy/scripts/buf.sh
    if command -v shellcheck >/dev/null; then
        shellcheck .ci/run deploy/*/*.sh deploy/images/*/*.sh
    else
        say "the scripts are not checked: shellcheck is not here"
    fi
    cargo clippy --workspace --all-targets --locked -- -D warnings
}

unit() {
    cargo_test --workspace --locked --lib --bins
    cargo test --workspace --locked --quiet --doc
}

# Every link in the documentation leads somewhere, also between private items.
doc() {
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked
}

# The crates' own integration tests (the target `it` of each), against a real Postgres and a real domain.
integration() {
    deploy/scripts/build-images.sh dc postgres
    containers_are_up=1
    deploy/scripts/test-containers.sh start groundwire-test "$containers_directory"
    (
        # shellcheck source=/dev/null
        . "$containers_directory/env"
        cargo_test --workspace --locked --test it
    )
    deploy/scripts/test-containers.sh stop groundwire-test "$containers_directory"
    containers_are_up=0
}

# The scenarios (target `e2e` of the tests crate), through the public API of the whole system in compose.
e2e() {
    deploy/scripts/build-images.sh
    # A run that was killed leaves a project behind; its data would be taken for this one's.
    compose down --volumes --remove-orphans --timeout 5 >/dev/null 2>&1 || true
    rm -rf "$GROUNDWIRE_RUN_DIR"
    e2e_is_up=1
    deploy/scripts/up.sh
    (
        # shellcheck source=/dev/null
        . "$GROUNDWIRE_RUN_DIR/env"
        # One after another: scenarios stop and kill parts of the one system that they share.
        cargo test --package groundwire-tests --locked --test e2e -- --test-threads=1
    )
}

[ $# -gt 0 ] || set -- format lint doc unit integration e2e
for stage in "$@"; do
    say "stage $stage"
    started=$SECONDS
    "$stage"
    summary+=("$(printf '%-12s ok %5s s' "$stage" "$((SECONDS - started))")")
done
