#!/usr/bin/env bash
# Makes the project's images where their content has changed: each carries the hash of what it was made from, so that a
# second run takes a moment. `build-images.sh dc postgres services` makes those; without arguments all.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

hash_of() { find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16; }

# build <image> <hash> <docker build arguments…>
build() {
    local image=$1:$TAG key=$2 started=$SECONDS
    shift 2
    if [ "$(docker image inspect --format '{{ index .Config.Labels "groundwire.key" }}' "$image" 2>/dev/null)" = "$key" ]; then
        return 0
    fi
    say "image $image: building"
    local log
    log=$(mktemp)
    if ! DOCKER_BUILDKIT=0 docker build --build-arg "BASE=$BASE_IMAGE" --label "groundwire.key=$key" --tag "$image" "$@" \
        >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        rm -f "$log"
        die "image $image could not be built"
    fi
    rm -f "$log"
    say "image $image: built in $((SECONDS - started)) s"
}

# Whether the binaries are built on this machine, and not in a container.
builds_here() { [ "${GROUNDWIRE_FROM_SOURCE:-0}" != 1 ] && [ -z "$(rust_problem)" ]; }

binaries() {
    say "release binaries: cargo build"
    # --quiet hides warnings too, which the lints of `make lint` show.
    cargo build --release --locked --quiet --bin groundwire-directory --bin groundwire-connector --bin groundwire \
        --bin otlp-receiver
    local target=${CARGO_TARGET_DIR:-target}/release binary
    mkdir -p .build/bin
    for binary in groundwire-directory groundwire-connector groundwire otlp-receiver; do
        cmp --silent "$target/$binary" ".build/bin/$binary" || install -m 0755 "$target/$binary" ".build/bin/$binary"
    done
}

"$(dirname "$0")/build-base.sh"
base=$(docker image inspect --format '{{ .Id }}' "$BASE_IMAGE")

[ $# -gt 0 ] || set -- dc postgres services
for name in "$@"; do
    case $name in
        dc | postgres)
            build "groundwire/$name" "$(hash_of "deploy/images/$name")-${base:7:12}" "deploy/images/$name"
            ;;
        services)
            if builds_here; then
                # Not in a condition: there a build that fails would be passed over.
                binaries
                build "$SERVICES_IMAGE" "$(hash_of .build/bin deploy/images/services)-${base:7:12}" \
                    --target from-host --file deploy/images/services/Dockerfile .
            else
                pull "$RUST_UPSTREAM" "$RUST_IMAGE" || die "$(rust_problem), and there is no image of it: run 'make setup'"
                # The classic builder runs the stage from-host too, which copies this directory.
                mkdir -p .build/bin
                build "$SERVICES_IMAGE" "$(hash_of proto services tests Cargo.toml Cargo.lock deploy/images/services)-${base:7:12}" \
                    --build-arg "RUST_IMAGE=$RUST_IMAGE" --target from-source --file deploy/images/services/Dockerfile .
                docker image prune --force --filter label=groundwire.key >/dev/null
            fi
            ;;
        *) die "no image is called $name" ;;
    esac
done
