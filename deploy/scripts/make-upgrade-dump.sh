#!/usr/bin/env bash
# Makes tests/upgrade/<commit>: both databases as this commit's programs fill them, and what its API answers about them.
# The tests `upgrade` of both services restore the dumps, migrate them and read on. For a release, before it is left behind:
#
#   make-upgrade-dump.sh <commit>
#
# Builds and runs that commit with its own scripts, in a worktree, a compose project and images of its own, which are removed
# however it ends. Some fifteen minutes, most of them the build (CARGO_TARGET_DIR shares one).
set -euo pipefail

tree=$(cd "$(dirname "$0")/../.." && pwd)
commit=$(git -C "$tree" rev-parse --short=7 --verify "${1:?which commit}^{commit}")
export COMPOSE_PROJECT_NAME=groundwire-upgrade GROUNDWIRE_TAG=upgrade-$commit GROUNDWIRE_RUN_DIR=$tree/.build/upgrade/run
export GROUNDWIRE_API_PORT=38443 GROUNDWIRE_DC_PORT=36360 GROUNDWIRE_AUDIT_PORT=38444
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$tree/.build/upgrade/target}
. "$tree/deploy/scripts/lib.sh"
# From here on the commit's own tree speaks.
ROOT=$tree/.build/upgrade/$commit
out=$tree/tests/upgrade/$commit

# shellcheck disable=SC2329  # called by the trap
clean_up() {
    local status=$?
    trap - EXIT INT TERM
    if [ -d "$ROOT" ]; then
        [ "$status" = 0 ] || compose logs --no-color >"$tree/.build/upgrade/failed.log" 2>&1 || true
        compose down --volumes --remove-orphans --timeout 5 >/dev/null 2>&1 || true
        docker image rm "$DC_IMAGE:$TAG" "$POSTGRES_IMAGE:$TAG" "$SERVICES_IMAGE:$TAG" >/dev/null 2>&1 || true
        git -C "$tree" worktree remove --force "$ROOT"
    fi
    rm -rf "$GROUNDWIRE_RUN_DIR"
    [ "$status" = 0 ] || say "failed; logs, where there are any: .build/upgrade/failed.log"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

git -C "$tree" worktree add --quiet --force --detach "$ROOT" "$commit"
"$ROOT/deploy/scripts/build-images.sh"
"$ROOT/deploy/scripts/up.sh"
# shellcheck source=/dev/null
. "$GROUNDWIRE_RUN_DIR/env"
# shellcheck source=/dev/null
. "$ROOT/deploy/compose/tenant.env"
tenant=$GROUNDWIRE_TENANT other=$GROUNDWIRE_OTHER_TENANT

groundwire() { "$ROOT/deploy/scripts/cli.sh" "$@"; }
part() { compose ps -a -q "$1"; }
uuid() { cat /proc/sys/kernel/random/uuid; }
# ends <status> <whose token> <arguments…>: 0 done or applied, 1 never an operation, 2 ended otherwise, 3 not ended yet.
ends() {
    local expected=$1 status=0
    shift
    groundwire "$@" >/dev/null || status=$?
    [ "$status" = "$expected" ] || die "groundwire $* ended with $status, not with $expected"
}
# until_so <seconds> <command…>: waits until it succeeds.
until_so() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || die "it did not come to this: $*"
        sleep 0.3
    done
}
is_ready() { groundwire helpdesk status --wait --timeout 60 >/dev/null; }
is_in_state() { [[ $(groundwire administrator operation get "$1" --json 2>/dev/null) == *"\"OPERATION_STATE_$2\""* ]]; }
is_recorded() { [[ $(groundwire auditor audit list --operation "$1") == *" $2 "* ]]; }

# Passwords that nothing has used; the dumps are searched for them.
initial="Initial-Harbour-47"
new="Tidal-Lantern-2025" newer="Northern-Quarry-2026"
change() { printf '%s\n%s\n' "$1" "$2"; }

# What comes to its end ------------------------------------------------------------------------------------------------
is_ready
say "operations that end"
# A foreign client resets dave and changes his password. Then alice's is changed on somebody's behalf, which goes to the
# erasable part of its record, and which the command cannot say.
"$ROOT/deploy/foreign-client/run.sh" >/dev/null
PYTHONPATH=$ROOT/.build/foreign-client:$ROOT/deploy/foreign-client PYTHONDONTWRITEBYTECODE=1 python3 - \
    "${GROUNDWIRE_TEST_API_URL#https://}" "$GROUNDWIRE_TEST_API_CA" "$SECRETS_DIR/app_token" "$initial" "$new" <<'PYTHON'
import sys, uuid
import grpc
from google.protobuf import message_factory
from change_password import SERVICE, Reflection, call

target, ca, token, current, new = sys.argv[1:]
credentials = grpc.ssl_channel_credentials(root_certificates=open(ca, "rb").read())
metadata = [("authorization", "Bearer " + open(token, encoding="ascii").read().strip())]
with grpc.secure_channel(target, credentials) as channel:
    method = Reflection(channel, metadata, 30).service(SERVICE).methods_by_name["ChangePassword"]
    request = message_factory.GetMessageClass(method.input_type)(operation_id=str(uuid.uuid4()))
    request.account.user_principal_name = "alice@corp.example"
    request.plaintext.current_password, request.plaintext.new_password = current, new
    request.on_behalf_of.subject = "employee-4711"
    request.on_behalf_of.client_address = "192.0.2.7"
    request.on_behalf_of.authentication_methods.extend(["pwd", "otp"])
    assert call(channel, method, request, metadata, 30).operation.outcome.code == 1, "it was not applied"
PYTHON
ends 0 app password change alice --traceparent 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 < <(change "$new" "$newer")
ends 2 app password change bob@corp.example < <(change "$initial" bob)
ends 2 app password change test02 < <(change "not the password" "$new")
ends 2 app password change young01 < <(change "$initial" "$new")
ends 0 app password reset test01 --kind self <<<"$new"
ends 0 helpdesk password reset locked01 --must-change --unlock <<<"$new"
ends 0 helpdesk password reset neverexpires01 --must-change <<<"$new"
ends 2 helpdesk password reset disabled01 <<<"$new"
ends 0 helpdesk password reset disabled01 --allow-disabled <<<"$new"
ends 2 helpdesk password reset admindirect01 <<<"$new"
ends 0 helpdesk account unlock locked02
ends 0 helpdesk account require-change test01

say "what never became an operation, tokens, settings, another tenant"
ends 1 helpdesk account unlock nobody@corp.example
ends 1 app account require-change test01
head -c 24 /dev/urandom | base64 >"$SECRETS_DIR/nobody_token"
ends 1 nobody account list
# token_of <arguments…>: makes an enrolment token and answers its id.
token_of() { groundwire "$@" | cut -d. -f2; }
token=$(token_of administrator enrollment create "$GROUNDWIRE_GROUP")
ends 0 administrator enrollment revoke "$token"
group=$(uuid)
ends 0 operator --tenant "$other" group create "other.example" --id "$group"
token=$(token_of operator --tenant "$other" enrollment create "$group")
ends 0 operator --tenant "$other" enrollment revoke "$token"
ends 0 operator --tenant "$other" settings update --require-sealed true --operation-lifetime 3600
ends 0 administrator settings update --operation-lifetime 20

# A connector that stops in good order, and one that dies in the middle of a write -------------------------------------
say "a connector that stops, and one that is killed"
docker restart "$(part connector)" >/dev/null
is_ready
# stall_writes: reads of the DC go on and writes stall, until `release_writes` (as tests/tests/e2e does it).
stall_writes() {
    local said
    coproc HOLDER { docker exec --interactive "$(part dc)" python3 -c '
import sys
from samba.samdb import SamDB
from samba.param import LoadParm
from samba.auth import system_session
lp = LoadParm()
lp.load_default()
db = SamDB(lp=lp, session_info=system_session())
db.transaction_start()
print("held", flush=True)
sys.stdin.readline()
db.transaction_cancel()'; }
    read -r said <&"${HOLDER[0]}"
    [ "$said" = held ] || die "the DC cannot be held"
    # Bash forgets it when the process ends.
    holder=$HOLDER_PID
}
release_writes() {
    echo >&"${HOLDER[1]}"
    wait "$holder"
}
# asked <state> <event> <whose token> <arguments…>: an operation that is left alone once it is in that state, and the connector has
# recorded that event of it ("": none is looked for). Its id is in `asked` then. Its caller waits in the background.
asked() {
    local state=$1 event=$2
    asked=$(uuid)
    shift 2
    groundwire "$@" --operation-id "$asked" --timeout 30 >/dev/null 2>&1 < <(change "$initial" "$new") &
    until_so 20 is_in_state "$asked" "$state"
    [ -z "$event" ] || until_so 20 is_recorded "$asked" "$event"
}
stall_writes
asked DELIVERED WriteIntended app password change test03
first=$asked
# Those that wait behind it: one that another takes the place of, one that is cancelled, one whose time passes.
asked REQUESTED "" helpdesk password reset test03
asked REQUESTED "" helpdesk password reset test03
ends 0 helpdesk operation cancel "$asked"
asked REQUESTED "" helpdesk password reset test03
until_so 60 is_in_state "$asked" ENDED
docker kill "$(part connector)" >/dev/null
release_writes
docker start "$(part connector)" >/dev/null
until_so 120 is_in_state "$first" ENDED
is_ready

# What the connector sent is lost with the DC: it fences, so that it cannot land later.
stall_writes
asked DELIVERED WriteIntended app password change test05
docker kill "$(part connector)" >/dev/null
docker restart "$(part dc)" >/dev/null
wait "$holder" || true
wait_healthy 120 "$(part dc)"
docker start "$(part connector)" >/dev/null
until_so 120 is_in_state "$asked" ENDED
is_ready

say "an operation that is in doubt when the data is left"
stall_writes
asked DELIVERED WriteIntended app password change test04
docker kill "$(part connector)" >/dev/null
release_writes
until_so 60 is_in_state "$asked" IN_DOUBT
# Answers come from what is stored, not from what a process remembers.
docker restart "$(part directory)" >/dev/null
wait_healthy 60 "$(part directory)"

# What is kept ---------------------------------------------------------------------------------------------------------
say "answers and dumps: tests/upgrade/$commit"
rm -rf "$out"
mkdir -p "$out"
# answers <whose token> <tenant>: what the API says of the tenant.
answers() {
    local name
    printf '"%s": {' "$2"
    for name in "groups:group list" "tokens:enrollment list" "connectors:connector list" "settings:settings get" \
        "operations:operation list --most 500" "accounts:account list"; do
        # shellcheck disable=SC2086  # words of a command
        printf '"%s": %s,' "${name%%:*}" "$(groundwire "$1" --json ${name#*:})"
    done
    printf '"tenant": %s}' "$(groundwire "$1" --json tenant get)"
}
{ printf '{'; answers administrator "$tenant"; printf ','; answers stranger "$other"; printf '}'; } |
    python3 -c 'import json, sys; json.dump(json.load(sys.stdin), sys.stdout, indent=1, ensure_ascii=False); print()' \
        >"$out/answers.json"

# Owners, roles and rights are the server's: `migrate` gives rights anew. What waits in unlogged tables (ciphertext) stays
# out. Bytes are written as text where they are text, so that a reader sees what is kept here. \restrict is psql's.
for name in directory connector; do
    docker exec --env PGOPTIONS="-c bytea_output=escape" "$(part "$name-db")" pg_dump --username=postgres \
        --no-owner --no-privileges --no-unlogged-table-data --inserts --rows-per-insert=50 "groundwire_$name" |
        sed '/^\\\(un\)\{0,1\}restrict /d' >"$out/$name.sql"
done

python3 - "$out" "$SECRETS_DIR" "$initial" "$new" "$newer" <<'PYTHON'
import base64, pathlib, sys

out, secrets, *passwords = sys.argv[1:]
values = passwords + [file.read_text().strip() for file in pathlib.Path(secrets).iterdir() if "tokens" not in file.name]
found = 0
for file in pathlib.Path(out).iterdir():
    text = file.read_text()
    assert "PRIVATE KEY" not in text, file
    for value in values:
        for data in (value.encode(), value.encode("utf-16-le")):
            spellings = [data.hex(), base64.b64encode(data).decode().rstrip("=")] + [value]
            found += sum(spelling in text for spelling in spellings)
    print(f"{file.name}: {len(text.encode())} bytes")
assert not found, "a secret is in what was kept"
PYTHON
