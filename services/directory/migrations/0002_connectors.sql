-- Enrolment, connectors and their keys, and the accounts they sync. Projections of the logs, but for `accounts` (rebuilt
-- by a full sync), `checkpoints` and `audit_heads` (what the other side is held to).

CREATE TABLE directory.enrollment_tokens (
    tenant_id     uuid        NOT NULL,
    token_id      uuid        PRIMARY KEY,
    group_id      uuid        NOT NULL,
    -- Of a secret with 128 random bits: a plain hash cannot be searched.
    secret_sha256 bytea       NOT NULL CHECK (octet_length(secret_sha256) = 32),
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    used_at       timestamptz,
    revoked_at    timestamptz,
    connector_id  uuid,
    CHECK ((used_at IS NULL) = (connector_id IS NULL)),
    CHECK (used_at IS NULL OR revoked_at IS NULL)
);
CREATE INDEX enrollment_tokens_of_tenant ON directory.enrollment_tokens (tenant_id, token_id);
SELECT directory.isolate('directory.enrollment_tokens');
-- Who enrols has no tenant yet: the token says which.
CREATE POLICY by_token ON directory.enrollment_tokens FOR SELECT USING (directory.all_tenants());

-- What the first connector of a group sets for all that follow.
CREATE TABLE directory.group_bindings (
    tenant_id        uuid NOT NULL,
    group_id         uuid NOT NULL,
    root_key         bytea CHECK (octet_length(root_key) = 32),
    dc_host          text,
    dc_invocation_id text,
    dc_policy_hints  boolean,
    synced_at        timestamptz,
    PRIMARY KEY (tenant_id, group_id)
);
SELECT directory.isolate('directory.group_bindings');

CREATE TABLE directory.connectors (
    tenant_id               uuid        NOT NULL,
    connector_id            uuid        NOT NULL,
    group_id                uuid        NOT NULL,
    display_name            text        NOT NULL,
    version                 text        NOT NULL,
    enrolled_at             timestamptz NOT NULL,
    certificate_serial      text        NOT NULL,
    certificate_fingerprint bytea       NOT NULL,
    certificate_expires_at  timestamptz NOT NULL,
    last_seen_at            timestamptz,
    dc                      text,
    revoked_at              timestamptz,
    PRIMARY KEY (tenant_id, connector_id)
);
SELECT directory.isolate('directory.connectors');

CREATE TABLE directory.sealing_keys (
    tenant_id    uuid        NOT NULL,
    group_id     uuid        NOT NULL,
    key_id       text        NOT NULL,
    connector_id uuid        NOT NULL,
    -- The certificate as the group's root key signed it.
    certificate  bytea       NOT NULL,
    signed_by    text        NOT NULL,
    signature    bytea       NOT NULL,
    seal_from    timestamptz NOT NULL,
    seal_until   timestamptz NOT NULL,
    open_until   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, group_id, key_id)
);
SELECT directory.isolate('directory.sealing_keys');

-- The furthest that each connector's audit log was seen.
CREATE TABLE directory.audit_heads (
    tenant_id      uuid        NOT NULL,
    connector_id   uuid        NOT NULL,
    log_id         uuid        NOT NULL,
    incarnation_id uuid        NOT NULL,
    position       bigint      NOT NULL,
    hash           bytea       NOT NULL CHECK (octet_length(hash) = 32),
    seen_at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, connector_id, log_id)
);
SELECT directory.isolate('directory.audit_heads');

-- Connectors' signed statements of the tenant's log as they saw it.
CREATE TABLE directory.checkpoints (
    tenant_id    uuid        NOT NULL,
    connector_id uuid        NOT NULL,
    position     bigint      NOT NULL,
    payload      bytea       NOT NULL,
    signed_by    text        NOT NULL,
    signature    bytea       NOT NULL,
    received_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, connector_id, position)
);
SELECT directory.isolate('directory.checkpoints');

-- The only place where names of people are. The folded columns are lower case (Unicode), made by the service: Postgres'
-- lower() depends on the database's locale.
CREATE TABLE directory.accounts (
    tenant_id           uuid        NOT NULL,
    group_id            uuid        NOT NULL,
    anchor              uuid        NOT NULL,
    user_principal_name text        NOT NULL,
    sam_account_name    text        NOT NULL,
    display_name        text        NOT NULL,
    upn_folded          text COLLATE "C" NOT NULL,
    sam_folded          text COLLATE "C" NOT NULL,
    display_folded      text COLLATE "C" NOT NULL,
    enabled             boolean     NOT NULL,
    synced_at           timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, anchor, group_id)
);
CREATE INDEX accounts_by_upn ON directory.accounts (tenant_id, upn_folded);
CREATE INDEX accounts_by_sam ON directory.accounts (tenant_id, sam_folded);
CREATE INDEX accounts_by_display_name ON directory.accounts (tenant_id, display_folded);
CREATE INDEX accounts_of_group ON directory.accounts (tenant_id, group_id, anchor);
SELECT directory.isolate('directory.accounts');

-- Pages of syncs that have not ended. Not in the WAL: a crash ends the sync anyway.
CREATE UNLOGGED TABLE directory.sync_pages (
    tenant_id           uuid        NOT NULL,
    sync_id             uuid        NOT NULL,
    anchor              uuid        NOT NULL,
    user_principal_name text        NOT NULL,
    sam_account_name    text        NOT NULL,
    display_name        text        NOT NULL,
    upn_folded          text COLLATE "C" NOT NULL,
    sam_folded          text COLLATE "C" NOT NULL,
    display_folded      text COLLATE "C" NOT NULL,
    enabled             boolean     NOT NULL,
    staged_at           timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, sync_id, anchor)
);
SELECT directory.isolate('directory.sync_pages');
