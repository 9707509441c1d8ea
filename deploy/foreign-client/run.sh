#!/usr/bin/env bash
# Changes dave's password through the running system with Python's grpcio and the server's reflection: no generated code,
# nothing of ours. Its packages come from PyPI into .build.
set -euo pipefail
. "$(dirname "$0")/../scripts/lib.sh"
cd "$ROOT"

[ -s "$GROUNDWIRE_RUN_DIR/env" ] || die "the system is not up: make up"
# shellcheck source=/dev/null
. "$GROUNDWIRE_RUN_DIR/env"
packages=$ROOT/.build/foreign-client
key=$(sha256sum deploy/foreign-client/requirements.txt | cut -c1-16)
if [ ! -e "$packages/$key" ]; then
    say "installing grpcio from PyPI into .build"
    rm -rf "$packages"
    python3 -m pip install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action=ignore \
        --target "$packages" --requirement deploy/foreign-client/requirements.txt
    touch "$packages/$key"
fi

new_password() { printf 'Tidal-Lantern-%s' "$(head -c 9 /dev/urandom | base64 | tr '+/' 'xy')"; }
first=$(new_password)
second=$(new_password)
# A password that is known, so that this can be repeated.
deploy/scripts/cli.sh helpdesk password reset dave@corp.example >/dev/null <<<"$first" || die "dave cannot be reset"

command=(python3 deploy/foreign-client/change_password.py dave@corp.example --target "${GROUNDWIRE_TEST_API_URL#https://}"
    --ca "$GROUNDWIRE_TEST_API_CA" --token-file "$SECRETS_DIR/app_token")
printf '%s\n' "\$ ${command[*]//$ROOT\//}" >&2
PYTHONPATH=$packages PYTHONDONTWRITEBYTECODE=1 "${command[@]}" <<<"$first"$'\n'"$second"
printf '%s ' "with the new password:" >&2
docker exec --interactive "$(compose ps -q dc)" /usr/local/lib/groundwire/sign-in.sh dave@corp.example <<<"$second" >&2
