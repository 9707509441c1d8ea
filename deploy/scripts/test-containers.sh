#!/usr/bin/env bash
# The Postgres and the domain controller that tests talk to, on free ports of loopback.
#
#   test-containers.sh start <name> <directory>   starts <name>-postgres and <name>-dc, waits until both are healthy, and
#                                                 writes <directory>/env with what the tests read (GROUNDWIRE_TEST_*)
#   test-containers.sh stop <name> <directory>    removes both with all their data, and the directory
set -euo pipefail
. "$(dirname "$0")/lib.sh"

action=${1:?start or stop} name=${2:?name} directory=${3:?directory}

stop() {
    docker rm --force --volumes "$name-postgres" "$name-dc" >/dev/null 2>&1 || true
    rm -rf "$directory"
}

start() {
    stop
    mkdir -p "$directory"
    directory=$(cd "$directory" && pwd)
    GROUNDWIRE_RUN_DIR=$directory "$(dirname "$0")/make-secrets.sh"

    # In memory: what these tests prove about durability they prove in compose.
    docker run --detach --name "$name-postgres" --publish 127.0.0.1::5432 --shm-size 256m --env ALLOW_SUPERUSER=1 \
        --read-only --tmpfs /tmp:mode=1777 --tmpfs /var/lib/postgresql:uid=10001,gid=10001,mode=0700,size=4g \
        --cap-drop ALL --security-opt no-new-privileges \
        "$POSTGRES_IMAGE:$TAG" -c max_connections=400 >/dev/null
    docker run --detach --name "$name-dc" --hostname dc1 --domainname corp.example --publish 127.0.0.1::636 \
        --read-only --tmpfs /run --tmpfs /tmp --tmpfs /var/log/samba --tmpfs /var/cache/samba \
        --cap-drop ALL --cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER --cap-add SETUID --cap-add SETGID \
        --cap-add NET_BIND_SERVICE --security-opt no-new-privileges \
        --volume "$directory/secrets:/run/secrets:ro" "$DC_IMAGE:$TAG" >/dev/null

    wait_healthy 60 "$name-postgres"
    wait_healthy 120 "$name-dc"
    docker cp --quiet "$name-dc:/ca/ca.crt" "$directory/dc-ca.crt" 2>/dev/null ||
        docker cp "$name-dc:/ca/ca.crt" "$directory/dc-ca.crt" >/dev/null

    local base="DC=corp,DC=example"
    cat >"$directory/env" <<ENV
export GROUNDWIRE_TEST_POSTGRES_URL='postgres://postgres:postgres@$(docker port "$name-postgres" 5432/tcp | head -n 1)/postgres'
export GROUNDWIRE_TEST_POSTGRES_IMAGE='$POSTGRES_IMAGE:$TAG'
export GROUNDWIRE_TEST_LDAPS_URL='ldaps://$(docker port "$name-dc" 636/tcp | head -n 1)'
export GROUNDWIRE_TEST_LDAP_CA='$directory/dc-ca.crt'
export GROUNDWIRE_TEST_SERVICE_DN='CN=svc-groundwire,OU=Service Accounts,$base'
export GROUNDWIRE_TEST_SERVICE_PASSWORD_FILE='$directory/secrets/dc_service_password'
export GROUNDWIRE_TEST_ADMIN_DN='CN=Administrator,CN=Users,$base'
export GROUNDWIRE_TEST_ADMIN_PASSWORD_FILE='$directory/secrets/dc_administrator_password'
ENV
}

case $action in
    start | stop) "$action" ;;
    *) die "unknown action $action" ;;
esac
