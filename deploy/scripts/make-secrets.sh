#!/usr/bin/env bash
# Makes the secrets of this installation, once: random, in files of .run/secrets. The directory is closed to other users of
# the machine; the files are readable because each container reads its own under a user number of its own.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

umask 077
mkdir -p "$SECRETS_DIR"
chmod 0700 "$SECRETS_DIR"

# 192 random bits; the end sees to it that three of AD's classes are there, which one draw in 270 lacks.
random() { echo "$(head -c 24 /dev/urandom | base64 | tr '+/' 'xy')Aa1"; }

# write <name>: what comes in becomes the secret, unless there is one.
write() {
    local file=$SECRETS_DIR/$1
    # What is not needed is read all the same, or its writer dies of a broken pipe.
    [ -s "$file" ] && {
        cat >/dev/null
        return 0
    }
    cat >"$file.new"
    chmod 0644 "$file.new"
    mv "$file.new" "$file"
}
value() { cat "$SECRETS_DIR/$1"; }

for name in directory_db_owner_password directory_db_service_password connector_db_owner_password \
    connector_db_service_password dc_administrator_password dc_service_password; do
    random | write "$name"
done

write directory_owner_database_url <<<"postgres://groundwire_owner:$(value directory_db_owner_password)@directory-db:5432/groundwire_directory"
write directory_database_url <<<"postgres://groundwire_directory:$(value directory_db_service_password)@directory-db:5432/groundwire_directory"
write connector_owner_database_url <<<"postgres://groundwire_owner:$(value connector_db_owner_password)@connector-db:5432/groundwire_connector"
write connector_database_url <<<"postgres://groundwire_connector:$(value connector_db_service_password)@connector-db:5432/groundwire_connector"

# Callers of the API: a token each, and the file of their hashes that the directory reads.
# shellcheck source=/dev/null
. "$ROOT/deploy/compose/tenant.env"
tokens=
# caller <name> <role> [<tenant>]
caller() {
    random | write "$1_token"
    tokens+=$(printf '[[token]]\nsubject = "%s"\nrole = "%s"\n%ssha256 = "%s"\n\n.' "$1" "$2" \
        "${3:+tenant = \"$3\"
}" "$(printf %s "$(value "$1_token")" | sha256sum | cut -d' ' -f1)")
    tokens=${tokens%.}
}
caller operator operator
caller app self_service_app "$GROUNDWIRE_TENANT"
caller helpdesk helpdesk "$GROUNDWIRE_TENANT"
caller administrator tenant_administrator "$GROUNDWIRE_TENANT"
caller stranger tenant_administrator "$GROUNDWIRE_OTHER_TENANT"
write directory_tokens <<<"$tokens"

# Who may read the connector's audit log.
random | write auditor_token
write audit_tokens <<TOKENS
[[token]]
subject = "auditor"
role = "auditor"
sha256 = "$(printf %s "$(value auditor_token)" | sha256sum | cut -d' ' -f1)"
TOKENS
