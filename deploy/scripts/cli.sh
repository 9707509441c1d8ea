#!/usr/bin/env bash
# The operator's command against the running system, from its image, so that it needs nothing installed:
#
#   cli.sh <whose token> <arguments of groundwire…>     cli.sh helpdesk account list
#
# Tokens: app, helpdesk, administrator, operator (asked of the directory); auditor (asked of the connector, on premises).
set -euo pipefail
. "$(dirname "$0")/lib.sh"

who=${1:?whose token: app, helpdesk, administrator, operator or auditor}
shift
case $who in
    auditor) side=onprem url=https://connector-onprem:8444 ca=audit-ca.crt ;;
    *) side=cloud url=https://directory:8443 ca=api-ca.crt ;;
esac
[ -s "$SECRETS_DIR/${who}_token" ] || die "no token of $who: is the system up (make up)?"

terminal=()
[ -t 0 ] && [ -t 1 ] && terminal=(--tty)
exec docker run --rm --interactive "${terminal[@]}" --network "${COMPOSE_PROJECT_NAME}_$side" --read-only --cap-drop ALL \
    --volume "$GROUNDWIRE_RUN_DIR/$ca:/ca.crt:ro" --volume "$SECRETS_DIR/${who}_token:/token:ro" \
    --env "GROUNDWIRE_URL=$url" --env GROUNDWIRE_CA_FILE=/ca.crt --env GROUNDWIRE_TOKEN_FILE=/token \
    "$SERVICES_IMAGE:$TAG" groundwire "$@"
