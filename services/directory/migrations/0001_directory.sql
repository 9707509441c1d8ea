-- The directory's own schema. Everything here but `sealed_secrets` is a projection of the tenants' logs.

-- Who a transaction speaks for; NULL where nobody said, and then no policy lets a row through.
CREATE FUNCTION directory.current_tenant() RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT NULLIF(current_setting('groundwire.tenant', true), '')::uuid $$;
CREATE FUNCTION directory.all_tenants() RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT COALESCE(current_setting('groundwire.all_tenants', true), '') = 'on' $$;

-- Row-level security for a table with a tenant_id, also for the table's owner.
CREATE FUNCTION directory.isolate(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY of_tenant ON %s USING (tenant_id = directory.current_tenant())
                    WITH CHECK (tenant_id = directory.current_tenant())', target);
END $$;

CREATE TABLE directory.tenants (
    tenant_id    uuid PRIMARY KEY,
    display_name text NOT NULL,
    created_at   timestamptz NOT NULL
);
SELECT directory.isolate('directory.tenants');
-- Operators list tenants, and start-up goes through them: reading only.
CREATE POLICY of_all ON directory.tenants FOR SELECT USING (directory.all_tenants());

CREATE TABLE directory.connector_groups (
    tenant_id    uuid NOT NULL,
    group_id     uuid NOT NULL,
    display_name text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, group_id)
);
SELECT directory.isolate('directory.connector_groups');

CREATE TABLE directory.writeback_settings (
    tenant_id uuid PRIMARY KEY,
    settings  jsonb NOT NULL
);
SELECT directory.isolate('directory.writeback_settings');

CREATE TABLE directory.operations (
    tenant_id     uuid NOT NULL,
    operation_id  uuid NOT NULL,
    anchor        uuid NOT NULL,
    group_id      uuid NOT NULL,
    kind          text NOT NULL,
    flags         jsonb NOT NULL,
    state         text NOT NULL CHECK (state IN ('REQUESTED', 'DELIVERED', 'IN_DOUBT', 'ENDED')),
    sequence      bigint NOT NULL,
    attempt       integer NOT NULL,
    connector_id  uuid,
    in_doubt_since timestamptz,
    outcome       jsonb,
    requested_by  text NOT NULL,
    role          text NOT NULL,
    requested_at  timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    -- SHA-256 over principal, account, kind and flags: what makes the same id the same operation.
    fingerprint   text NOT NULL,
    key_ids       text[] NOT NULL,
    traceparent   text,
    PRIMARY KEY (tenant_id, operation_id),
    UNIQUE (tenant_id, anchor, sequence),
    CHECK ((state = 'ENDED') = (outcome IS NOT NULL))
);
SELECT directory.isolate('directory.operations');
CREATE INDEX operations_newest ON directory.operations (tenant_id, requested_at DESC, operation_id DESC);
CREATE INDEX operations_open ON directory.operations (tenant_id, anchor) WHERE state <> 'ENDED';
CREATE INDEX operations_applied ON directory.operations (tenant_id, group_id, requested_at DESC)
    WHERE outcome ->> 'code' = 'APPLIED';

-- Ciphertext that waits: not in the WAL, on no replica, gone after a crash. Leave it out of pg_dump.
CREATE UNLOGGED TABLE directory.sealed_secrets (
    tenant_id    uuid NOT NULL,
    operation_id uuid NOT NULL,
    -- groundwire.envelope.v1.SealedSecret
    secret       bytea,
    -- The person's proof (a token), where one was given.
    proof        text,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, operation_id)
);
SELECT directory.isolate('directory.sealed_secrets');
