#!/usr/bin/env bash
# Lints the contract, and compares it with the one that callers hold, which is kept in proto/baseline so that a clone without
# history can compare too. Takes buf from PATH, else from PyPI into .build (a binary in a wheel).
#
# A baseline is the contract of the commit in its name. A release replaces it by its own:
#
#   buf build '.git#ref=<commit>' --exclude-source-info --output proto/baseline/<commit>.binpb
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
for baseline in proto/baseline/*.binpb; do
    # The well-known types come with buf, and are not ours to hold.
    "$buf" breaking --against "$baseline" --exclude-imports ||
        die "the contract would break callers of $(basename "$baseline" .binpb)"
done
