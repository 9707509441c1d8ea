#!/usr/bin/env bash
# The loop while working on one crate.
#
#   CRATE=connector one.sh check    clippy and the unit tests of services/connector (or proto, tests)
#   T=some_words one.sh test        every test whose name holds the words, in all crates; those of integration need the
#                                   database and the domain controller that `make dev-up` starts
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

# package <folder>: the package of a crate's folder; the command's is called like the command.
package() {
    case $1 in
        cli) echo groundwire ;;
        *) echo "groundwire-$1" ;;
    esac
}

check() {
    local crates
    crates="proto tests $(cd services && echo *)"
    [ -n "${CRATE:-}" ] || die "which crate? make check CRATE=… ($crates)"
    cargo clippy --package "$(package "$CRATE")" --all-targets --locked -- -D warnings
    cargo_test --package "$(package "$CRATE")" --locked --lib --bins
}

test_one() {
    [ -n "${T:-}" ] || die "which test? make test-one T=words_of_its_name"
    if [ -e .run/dev/env ]; then
        # shellcheck source=/dev/null
        . .run/dev/env
    fi
    cargo_test --workspace --locked --lib --bins --test it -- "$T"
}

case ${1:?check or test} in
    check) check ;;
    test) test_one ;;
    *) die "unknown: $1" ;;
esac
