-- What every operation does in the directory's database, in one round trip each.

-- The row of an operation, and the ciphertext that waits beside it, as one call, so that both go with their event in one
-- round trip (eventlog.append_next). Runs with the caller's rights, within the caller's tenant.
--
-- p_change: {"row": {...the columns of directory.operations...}, "waiting": "keep" | "delete" | {"secret": hex or null,
-- "proof": text or null}}
CREATE FUNCTION directory.project_operation(p_change jsonb) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    r directory.operations := jsonb_populate_record(NULL::directory.operations, p_change -> 'row');
    waiting jsonb := p_change -> 'waiting';
BEGIN
    -- Named, so that a column of a later migration gets its default from processes that do not know it yet.
    INSERT INTO directory.operations (tenant_id, operation_id, anchor, group_id, kind, flags, state, sequence, attempt,
        connector_id, in_doubt_since, outcome, requested_by, role, requested_at, expires_at, fingerprint, key_ids,
        traceparent)
    VALUES (r.tenant_id, r.operation_id, r.anchor, r.group_id, r.kind, r.flags, r.state, r.sequence, r.attempt,
        r.connector_id, r.in_doubt_since, r.outcome, r.requested_by, r.role, r.requested_at, r.expires_at, r.fingerprint,
        r.key_ids, r.traceparent)
    ON CONFLICT (tenant_id, operation_id) DO UPDATE SET state = excluded.state, attempt = excluded.attempt,
        connector_id = excluded.connector_id, in_doubt_since = excluded.in_doubt_since, outcome = excluded.outcome
    WHERE operations.anchor = excluded.anchor;
    IF waiting = '"delete"' THEN
        DELETE FROM directory.sealed_secrets WHERE tenant_id = r.tenant_id AND operation_id = r.operation_id;
    ELSIF jsonb_typeof(waiting) = 'object' THEN
        INSERT INTO directory.sealed_secrets (tenant_id, operation_id, secret, proof, expires_at)
        VALUES (r.tenant_id, r.operation_id, decode(waiting ->> 'secret', 'hex'), waiting ->> 'proof', r.expires_at)
        ON CONFLICT (tenant_id, operation_id) DO NOTHING;
    END IF;
END
$$;

-- The accounts of a name: exactly one of the three is given. The tenant is set for this statement's transaction, so that
-- row-level security holds as in a transaction that begins with it.
CREATE FUNCTION directory.accounts_named(p_tenant uuid, p_upn_folded text, p_sam_folded text, p_anchor uuid, p_limit bigint)
    RETURNS SETOF directory.accounts LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM set_config('groundwire.tenant', p_tenant::text, true);
    IF p_upn_folded <> '' THEN
        RETURN QUERY SELECT * FROM directory.accounts a
                     WHERE a.tenant_id = p_tenant AND a.upn_folded = p_upn_folded LIMIT p_limit;
    ELSIF p_sam_folded <> '' THEN
        RETURN QUERY SELECT * FROM directory.accounts a
                     WHERE a.tenant_id = p_tenant AND a.sam_folded = p_sam_folded LIMIT p_limit;
    ELSIF p_anchor IS NOT NULL THEN
        RETURN QUERY SELECT * FROM directory.accounts a
                     WHERE a.tenant_id = p_tenant AND a.anchor = p_anchor LIMIT p_limit;
    END IF;
END
$$;
