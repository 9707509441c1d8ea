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
    INSERT INTO directory.operations SELECT r.*
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
