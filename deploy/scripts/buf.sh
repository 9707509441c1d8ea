#!/usr/bin/env bash
# Lints the contract, and compares it with the last released tag where there is one. Takes buf from PATH, else from PyPI
# into .build (a binary in a wheel).
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

buf_version=1.75.0
buf=$(command -v buf || true)
if [ -z "$buf" ]; then
    tools=$ROOT/.build/buf
    buf=$tools/bin/buf
    [ -x "$buf" ] || {
        say "installing buf $buf_version from PyPI into .build"
        command -v python3 >/dev/null || die "python3 is missing: run 'make setup'"
        python3 -m pip install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action=ignore \
            --target "$tools" "buf-bin==$buf_version"
    }
fi

"$buf" lint
tag=$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null || true)
if [ -n "$tag" ] && git cat-file -e "$tag:buf.yaml" 2>/dev/null; then
    say "contract: compared with $tag"
    "$buf" breaking --against ".git#tag=$tag"
fi
