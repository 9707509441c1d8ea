#!/usr/bin/env bash
# Shows the main job of the running system, step by step, through its public API: what a helpdesk and a self-service app
# would do. Every step prints the command that it is. May be repeated: each run chooses new passwords.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

# shellcheck source=/dev/null
. "$GROUNDWIRE_RUN_DIR/env"

started=$SECONDS
bold=$'\e[1m' plain=$'\e[0m'
[ -t 1 ] || bold='' plain=''

# The operator's command, from the image: `cli <cloud or onprem> <whose token> <arguments…>`.
cli() {
    local side=$1 who=$2 url ca
    shift 2
    case $side in
        cloud) url=https://directory:8443 ca=api-ca.crt ;;
        onprem) url=https://connector-onprem:8444 ca=audit-ca.crt ;;
    esac
    docker run --rm --interactive --network "${COMPOSE_PROJECT_NAME}_$side" --read-only --cap-drop ALL \
        --volume "$GROUNDWIRE_RUN_DIR/$ca:/ca.crt:ro" --volume "$SECRETS_DIR/${who}_token:/token:ro" \
        --env "GROUNDWIRE_URL=$url" --env GROUNDWIRE_CA_FILE=/ca.crt --env GROUNDWIRE_TOKEN_FILE=/token \
        "$SERVICES_IMAGE:$TAG" groundwire "$@"
}

step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
shown() { printf '$ groundwire %s\n' "$*"; }
# A refusal is an answer: the command tells it by its exit status as well.
refused_is_fine() { "$@" || [ $? = 2 ]; }
new_password() { printf 'Tidal-Lantern-%s' "$(head -c 9 /dev/urandom | base64 | tr '+/' 'xy')"; }
dc() { docker exec --interactive "$(compose ps -q dc)" /usr/local/lib/groundwire/sign-in.sh "$@"; }
uuid() { cat /proc/sys/kernel/random/uuid; }

printf '%s\n' "Groundwire: $(compose ps -q | wc -l | tr -d ' ') containers; API $GROUNDWIRE_TEST_API_URL, domain $GROUNDWIRE_TEST_LDAPS_URL"

step "1. Is writeback on, and would it work for alice?"
shown "status --account alice@corp.example"
cli cloud helpdesk status --account alice@corp.example --wait --timeout 60

step "2. A helpdesk sets a first password for alice"
first=$(new_password)
shown "password reset alice@corp.example"
cli cloud helpdesk password reset alice@corp.example <<<"$first"

step "3. alice changes it herself: outcome and stages, and the proof at the domain controller"
second=$(new_password)
operation=$(uuid)
trace=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
span=$(head -c 8 /dev/urandom | od -An -tx1 | tr -d ' \n')
shown "password change alice@corp.example --operation-id $operation"
cli cloud app password change alice@corp.example --operation-id "$operation" --traceparent "00-$trace-$span-01" \
    <<<"$first"$'\n'"$second"
printf '%s ' "with the new password:"
dc alice@corp.example <<<"$second"

step "4. A change that is refused: every reason at once, and AD was never asked"
shown "password change bob@corp.example"
refused_is_fine cli cloud app password change bob@corp.example <<<"Initial-Harbour-47"$'\n'"baker1"

step "5. carol is locked out by wrong passwords, and unlocked"
for _ in 1 2 3 4 5; do
    dc carol@corp.example <<<"certainly wrong" >/dev/null || true
done
printf '%s ' "locked:"
dc carol@corp.example <<<"Initial-Harbour-47" || true
shown "account unlock carol@corp.example"
cli cloud helpdesk account unlock carol@corp.example
printf '%s ' "unlocked:"
dc carol@corp.example <<<"Initial-Harbour-47"

step "6. The audit records of alice's change, in the connector's own Postgres"
shown "audit list --operation $operation"
cli onprem auditor audit list --operation "$operation" --full

step "7. The same change as one trace, through both services"
traces=$(mktemp -d)
trap 'rm -rf "$traces"' EXIT
deadline=$((SECONDS + 10))
while :; do
    for side in cloud onprem; do
        docker cp "$(compose ps -q "otlp-$side"):/spans/spans.jsonl" "$traces/$side.jsonl" >/dev/null 2>&1 || : >"$traces/$side.jsonl"
    done
    grep -q "$operation\|$trace" "$traces/cloud.jsonl" && grep -q "$trace" "$traces/onprem.jsonl" && break
    [ "$SECONDS" -lt "$deadline" ] || break
    sleep 0.3
done
chmod 0755 "$traces"
chmod 0644 "$traces"/*.jsonl
docker run --rm --network none --volume "$traces:/traces:ro" "$SERVICES_IMAGE:$TAG" \
    otlp-receiver tree "$trace" /traces/cloud.jsonl /traces/onprem.jsonl

step "Done in $((SECONDS - started)) s."
printf '%s\n' "make ports: who can reach whom.  make stop: stop and keep the data.  make down: remove everything."
