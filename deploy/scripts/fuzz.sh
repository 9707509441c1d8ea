#!/usr/bin/env bash
# Fuzzes the parsers: each target of tests/fuzz for SECONDS_EACH (20), from its committed seeds and from what earlier runs
# found (.build/fuzz/corpus). Needs no nightly compiler and no cargo-fuzz, only a C++ compiler for libFuzzer's source, which
# comes with the crate libfuzzer-sys.
#
#   fuzz.sh                        all targets
#   fuzz.sh 'connector_*' …        those
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

seconds=${SECONDS_EACH:-20}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "SECONDS_EACH is a number of seconds, not '$seconds'"
corpus=.build/fuzz/corpus
crashes=.build/fuzz/crashes

command -v cargo >/dev/null || die "Rust is missing: run 'make setup'"
command -v c++ >/dev/null || die "a C++ compiler is missing, for libFuzzer (Debian: apt-get install g++)"

# What cargo-fuzz sets, as far as a stable compiler has it: counters for each edge, and what is compared with what.
# `--target` keeps it away from build scripts and macros.
host=$(rustc --version --verbose | sed -n 's/^host: //p')
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/fuzz
manifest=tests/fuzz/Cargo.toml
# What is fuzzed is what is shipped: after a change of dependencies the crate's lock file is made anew from the main one.
if ! cargo metadata --manifest-path "$manifest" --locked --format-version 1 >/dev/null 2>&1; then
    say "tests/fuzz/Cargo.lock is brought up to date; commit it"
    cp Cargo.lock tests/fuzz/Cargo.lock
    cargo metadata --manifest-path "$manifest" --format-version 1 >/dev/null
fi
say "fuzz: cargo build (libfuzzer-sys from crates.io where it is not here yet; the first build takes minutes)"
cargo build --manifest-path "$manifest" --locked --quiet --bins --target "$host"

targets=()
for source in tests/fuzz/src/bin/*.rs; do
    name=$(basename "$source" .rs)
    for pattern in "${@:-*}"; do
        # shellcheck disable=SC2053  # a pattern
        if [[ $name == $pattern ]]; then
            targets+=("$name")
            break
        fi
    done
done
[ ${#targets[@]} -gt 0 ] || die "no target is called ${*}; they are in tests/fuzz/src/bin"

# fuzz <target>: one line of figures, or what to do about a crash.
fuzz() {
    local target=$1 log=.build/fuzz/$1.log program=$CARGO_TARGET_DIR/$host/debug/$1 started=$SECONDS
    mkdir -p "$corpus/$target" "$crashes/$target"
    if ! "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$crashes/$target/" "$corpus/$target" "tests/fuzz/seeds/$target" >"$log" 2>&1; then
        grep -m 1 -A 2 'panicked at' "$log" >&2 || tail -n 5 "$log" >&2
        say "$target FAILED. The input: $(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)"
        say "again: $program <input>; when it is mended, keep it in tests/fuzz/seeds/$target. The log: $log"
        return 1
    fi
    printf '%-34s %12s executions %6s s %8s inputs kept\n' "$target" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$((SECONDS - started))" \
        "$(find "$corpus/$target" -type f | wc -l)"
}

failed=0
for target in "${targets[@]}"; do
    fuzz "$target" || failed=$((failed + 1))
done
[ "$failed" = 0 ] || die "$failed of ${#targets[@]} targets failed"
say "${#targets[@]} targets, no property broken"
