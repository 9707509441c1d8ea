#!/bin/bash
# Makes the cluster at the first start, then runs Postgres. A first start that was cut short is begun again from nothing.
#
#   DATABASE, OWNER_ROLE, SERVICE_ROLE   the database, who owns it and migrates it, and who works in it
#   secrets owner_password and service_password (files in SECRETS_DIR)
#   ALLOW_SUPERUSER=1                    for tests only: anybody, the superuser too, may come over the network
#
# Further arguments go to the server ("-c fsync=off" of the tests).
set -euo pipefail

secrets=${SECRETS_DIR:-/run/secrets}
done_file=/var/lib/postgresql/initialised

say() { echo "postgres: $*"; }

initialise() {
    say "making the cluster"
    rm -rf "$PGDATA"
    initdb --username=postgres --auth-local=peer --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 \
        --data-checksums --pgdata="$PGDATA" >/dev/null

    {
        echo "local all postgres peer"
        if [ "${ALLOW_SUPERUSER:-0}" = 1 ]; then
            # Tests come and go at any moment, also in the middle of a password exchange, and each half-done exchange would
            # hold up whoever drops a database until authentication_timeout (60 s).
            echo "host all all all trust"
        else
            echo "host all postgres all reject"
        fi
        echo "host all all all scram-sha-256"
    } >"$PGDATA/pg_hba.conf"

    cat >>"$PGDATA/postgresql.conf" <<CONF
listen_addresses = '*'
unix_socket_directories = '/tmp'
password_encryption = 'scram-sha-256'
# Answers are given only for what is on disk: never off, and roles cannot turn it off for good (services force it on).
synchronous_commit = on
full_page_writes = on
wal_compression = lz4
max_wal_size = 1GB
checkpoint_timeout = 15min
max_connections = 200
shared_buffers = 128MB
jit = off
# Nothing that waits waits for ever.
idle_in_transaction_session_timeout = 60s
tcp_keepalives_idle = 15
tcp_keepalives_interval = 5
tcp_keepalives_count = 3
# Statements may hold what is personal: parameters are never logged, neither with errors.
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_min_error_statement = panic
CONF

    pg_ctl start --pgdata="$PGDATA" --silent --wait --options="-c listen_addresses=''" >/dev/null
    if [ -n "${DATABASE:-}" ]; then
        say "making database $DATABASE, owner $OWNER_ROLE, service role $SERVICE_ROLE"
        # psql reads the passwords itself, so that they are in no process list.
        psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --set=database="$DATABASE" --set=owner="$OWNER_ROLE" \
            --set=service="$SERVICE_ROLE" --set=owner_file="$secrets/owner_password" \
            --set=service_file="$secrets/service_password" --dbname=postgres <<'SQL'
\set owner_password `cat :'owner_file'`
\set service_password `cat :'service_file'`
SET log_statement = 'none';
CREATE ROLE :"owner" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE :"service" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'service_password';
ALTER ROLE :"service" SET synchronous_commit = on;
CREATE DATABASE :"database" OWNER :"owner";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO :"owner";
GRANT CONNECT ON DATABASE :"database" TO :"service";
\connect :"database"
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO :"owner";
SQL
    fi
    if [ "${ALLOW_SUPERUSER:-0}" = 1 ]; then
        psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --dbname=postgres \
            --command="ALTER ROLE postgres PASSWORD 'postgres'"
    fi
    pg_ctl stop --pgdata="$PGDATA" --silent --wait --mode=fast >/dev/null
    touch "$done_file"
}

[ -f "$done_file" ] || initialise

exec postgres -D "$PGDATA" "$@"
