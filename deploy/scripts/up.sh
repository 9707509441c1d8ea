#!/usr/bin/env bash
# Starts the whole system, waits until every part is healthy, and leaves in .run what a caller on this machine needs
# (the CAs, and the addresses in `env`).
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

started=$SECONDS
"$ROOT/deploy/scripts/make-secrets.sh"

say "starting ($COMPOSE_PROJECT_NAME)"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Compose itself waits for health and for the one-shot services, in the order of `depends_on`.
if ! compose up --detach --no-build --remove-orphans >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    compose ps >&2 || true
    for service in directory-migrate directory-keys directory setup connector-migrate connector; do
        compose logs --tail=15 "$service" >&2 2>/dev/null || true
    done
    die "the system did not start"
fi
for service in directory connector; do
    wait_healthy 60 "$(compose ps -q "$service")"
done

docker cp "$(compose ps -q dc):/ca/ca.crt" "$GROUNDWIRE_RUN_DIR/dc-ca.crt" >/dev/null
docker cp "$(compose ps -a -q directory-keys):/ca/api-ca.crt" "$GROUNDWIRE_RUN_DIR/api-ca.crt" >/dev/null
docker cp "$(compose ps -q connector):/var/lib/groundwire/audit-ca.crt" "$GROUNDWIRE_RUN_DIR/audit-ca.crt" >/dev/null
base="DC=corp,DC=example"
cat >"$GROUNDWIRE_RUN_DIR/env" <<ENV
export GROUNDWIRE_TEST_COMPOSE_PROJECT='$COMPOSE_PROJECT_NAME'
export GROUNDWIRE_TEST_SECRETS_DIR='$SECRETS_DIR'
export GROUNDWIRE_TEST_API_URL='https://localhost:${GROUNDWIRE_API_PORT:-18443}'
export GROUNDWIRE_TEST_API_CA='$GROUNDWIRE_RUN_DIR/api-ca.crt'
export GROUNDWIRE_TEST_AUDIT_URL='https://localhost:${GROUNDWIRE_AUDIT_PORT:-18444}'
export GROUNDWIRE_TEST_AUDIT_CA='$GROUNDWIRE_RUN_DIR/audit-ca.crt'
export GROUNDWIRE_TEST_LDAPS_URL='ldaps://localhost:${GROUNDWIRE_DC_PORT:-16360}'
export GROUNDWIRE_TEST_LDAP_CA='$GROUNDWIRE_RUN_DIR/dc-ca.crt'
export GROUNDWIRE_TEST_SERVICE_DN='CN=svc-groundwire,OU=Service Accounts,$base'
export GROUNDWIRE_TEST_SERVICE_PASSWORD_FILE='$SECRETS_DIR/dc_service_password'
export GROUNDWIRE_TEST_ADMIN_DN='CN=Administrator,CN=Users,$base'
export GROUNDWIRE_TEST_ADMIN_PASSWORD_FILE='$SECRETS_DIR/dc_administrator_password'
ENV
case " ${COMPOSE_OVERRIDES:-} " in
    *" deploy/compose/test.yml "*)
        cat >>"$GROUNDWIRE_RUN_DIR/env" <<ENV
export GROUNDWIRE_TEST_DIRECTORY_DB_URL='postgres://groundwire_owner:$(cat "$SECRETS_DIR/directory_db_owner_password")@localhost:${GROUNDWIRE_DIRECTORY_DB_PORT:-15433}/groundwire_directory'
export GROUNDWIRE_TEST_CONNECTOR_DB_URL='postgres://groundwire_owner:$(cat "$SECRETS_DIR/connector_db_owner_password")@localhost:${GROUNDWIRE_CONNECTOR_DB_PORT:-15434}/groundwire_connector'
ENV
        ;;
esac
say "up in $((SECONDS - started)) s"
