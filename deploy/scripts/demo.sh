#!/usr/bin/env bash
# Shows the main job of the running system, step by step, through its public API: what a self-service app, a helpdesk and
# an auditor would do. Every step prints the command that it is, and must end as it says or the demo fails. May be
# repeated: each run chooses new passwords. DEMO_JSON=1 (make demo JSON=1) puts a summary for programs on standard output,
# and the rest on standard error.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

# shellcheck source=/dev/null
. "$GROUNDWIRE_RUN_DIR/env"
[ "${DEMO_JSON:-}" = 1 ] && exec 3>&1 1>&2

started=$(date +%s%N)
kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT
chmod 0755 "$kept"
bold=$'\e[1m' plain=$'\e[0m'
[ -t 1 ] || bold='' plain=''

groundwire() { deploy/scripts/cli.sh "$@"; }
step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
# shown <whose token> <arguments…>: prints the command as one would type it, then runs it.
shown() {
    local who=$1
    shift
    local line="\$ groundwire $*"
    [ "${#line}" -le 80 ] || line=${line/ --/$' \\\n    --'}
    printf '%s\n' "$line"
    groundwire "$who" "$@"
}
# Exit status 2 is a refusal: the one that must come here.
must_be_refused() {
    local status=0
    "$@" || status=$?
    [ "$status" = 2 ] || die "this should have been refused, and ended with status $status"
}
new_password() { printf 'Tidal-Lantern-%s' "$(head -c 9 /dev/urandom | base64 | tr '+/' 'xy')"; }
uuid() { cat /proc/sys/kernel/random/uuid; }
# A simple bind over verified LDAPS at the domain controller; the password comes from standard input.
sign_in() { docker exec --interactive "$dc" /usr/local/lib/groundwire/sign-in.sh "$@"; }
# field <path>: of the JSON that comes in.
field() { python3 -c 'import functools, json, sys; print(functools.reduce(lambda at, key: at[key], sys.argv[1].split("."), json.load(sys.stdin)))' "$1"; }

dc=$(compose ps -q dc)
printf '%s\n' "API $GROUNDWIRE_TEST_API_URL, domain controller $GROUNDWIRE_TEST_LDAPS_URL"

step "1. Is writeback on, and would it work for alice?"
shown helpdesk status --account alice@corp.example --wait --timeout 60

step "2. The helpdesk sets a password for alice"
reset=$(uuid) first=$(new_password)
shown helpdesk password reset alice@corp.example --operation-id "$reset" <<<"$first"

step "3. alice changes it herself: the outcome, and every stage in milliseconds"
change=$(uuid) second=$(new_password)
shown app password change alice@corp.example --operation-id "$change" <<<"$first"$'\n'"$second"
printf '\n%s ' "with the new password:"
sign_in alice@corp.example <<<"$second"

step "4. bob's change is refused: every reason at once, and AD was never asked"
refusal=$(uuid)
printf '%s\n' "(the new password he asks for: bob)"
must_be_refused shown app password change bob@corp.example --operation-id "$refusal" <<<"Initial-Harbour-47"$'\n'"bob"

step "5. carol is locked out by wrong passwords, and unlocked"
unlock=$(uuid)
for _ in 1 2 3 4 5; do
    sign_in carol@corp.example <<<"certainly wrong" >/dev/null || true
done
printf '%s ' "locked, with the right password:"
sign_in carol@corp.example <<<"Initial-Harbour-47" && die "carol is not locked"
shown helpdesk account unlock carol@corp.example --operation-id "$unlock"
printf '\n%s ' "unlocked, with the same password:"
sign_in carol@corp.example <<<"Initial-Harbour-47"

step "6. The audit records of alice's change, in the connector's own Postgres"
shown auditor audit list --operation "$change"
groundwire auditor audit list --operation "$change" --json >"$kept/audit.json"
printf '\n%s\n' "the one of the outcome, as it was written:"
python3 - "$kept/audit.json" <<'PYTHON'
import json, sys, textwrap

events = json.load(open(sys.argv[1], encoding="utf-8"))["auditEvents"]
applied = next(event for event in events if event["eventType"] == "Applied")
print("trace", applied["traceId"])
print(textwrap.fill(json.dumps(json.loads(applied["bodyJson"])), 80, break_long_words=False, break_on_hyphens=False))
PYTHON

step "7. The same change as one trace, through both services"
groundwire helpdesk operation get "$change" --json >"$kept/applied.json"
trace=$(field operation.traceId <"$kept/applied.json")
# Spans are sent in batches, by each service on its own: wait until both have sent and no more come.
deadline=$((SECONDS + 10)) before=-1
while :; do
    for side in cloud onprem; do
        docker cp "$(compose ps -q "otlp-$side"):/spans/spans.jsonl" "$kept/spans-$side.jsonl" >/dev/null 2>&1 || : >"$kept/spans-$side.jsonl"
        grep -F "$trace" "$kept/spans-$side.jsonl" >"$kept/$side.jsonl" || true
    done
    now=$(cat "$kept/cloud.jsonl" "$kept/onprem.jsonl" | wc -l)
    [ -s "$kept/cloud.jsonl" ] && [ -s "$kept/onprem.jsonl" ] && [ "$now" = "$before" ] && break
    [ "$SECONDS" -lt "$deadline" ] || break
    before=$now
    sleep 1.1
done
chmod 0644 "$kept"/*.jsonl
tree() {
    docker run --rm --network none --volume "$kept:/traces:ro" "$SERVICES_IMAGE:$TAG" \
        otlp-receiver tree "$trace" /traces/cloud.jsonl /traces/onprem.jsonl "$@"
}
tree

if [ "${DEMO_JSON:-}" = 1 ]; then
    groundwire helpdesk status --account alice@corp.example --json >"$kept/status.json"
    groundwire helpdesk operation get "$reset" --json >"$kept/reset.json"
    groundwire helpdesk operation get "$refusal" --json >"$kept/refused.json" || [ $? = 2 ]
    groundwire helpdesk operation get "$unlock" --json >"$kept/unlocked.json"
    tree --json >"$kept/spans.json"
    python3 - "$kept" "$started" >&3 <<'PYTHON'
import json, pathlib, sys, time

kept = pathlib.Path(sys.argv[1])
read = lambda name: json.loads((kept / f"{name}.json").read_text())
summary = {"seconds": round((time.time_ns() - int(sys.argv[2])) / 1e9, 1), "status": read("status")}
for name in ("reset", "applied", "refused", "unlocked"):
    summary[name] = read(name)["operation"]
# The script ends before this where a sign-in did not go as it says.
summary["signed_in"] = {"alice_after_change": True, "carol_while_locked": False, "carol_after_unlock": True}
summary["audit_events"] = read("audit")["auditEvents"]
summary["spans"] = [json.loads(line) for line in (kept / "spans.json").read_text().splitlines()]
print(json.dumps(summary, indent=2, ensure_ascii=False))
PYTHON
fi

step "Done in $((($(date +%s%N) - started) / 1000000000)) s. What to try next:"
cat <<'NEXT'
deploy/scripts/cli.sh helpdesk account list           all synced accounts
deploy/scripts/cli.sh app password check bob          a dry run: what would be wrong
deploy/scripts/cli.sh helpdesk operation list         what was asked, and how it ended
deploy/scripts/cli.sh administrator connector list    connectors and their health
make foreign-client    a change from Python, by reflection alone
make ports             who can reach whom
make bench             beside bare LDAPS modifies
make down              remove everything
NEXT
