-- A change to the projection of operations as one call, so that it goes with its record in one round trip
-- (eventlog.append_next). Runs with the caller's rights.
CREATE FUNCTION connector.project_operation(p_change jsonb) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
    IF p_change ->> 'change' = 'done' THEN
        UPDATE connector.operations SET open = false WHERE operation = (p_change ->> 'operation')::uuid;
        RETURN;
    END IF;
    INSERT INTO connector.operations (operation, connector, attempt, anchor, kind, sequence, trace_id, open)
    SELECT r.operation, r.connector, r.attempt, r.anchor, r.kind, r.sequence, r.trace_id, r.open
    FROM jsonb_to_record(p_change) AS r (operation uuid, connector uuid, attempt integer, anchor uuid, kind text,
                                         sequence bigint, trace_id text, open boolean)
    ON CONFLICT (operation) DO UPDATE SET connector = excluded.connector, attempt = excluded.attempt,
        trace_id = coalesce(excluded.trace_id, connector.operations.trace_id), open = excluded.open;
END
$$;
REVOKE ALL ON FUNCTION connector.project_operation(jsonb) FROM PUBLIC;

-- As before (0001), and the projection's function.
CREATE OR REPLACE FUNCTION connector.grant_service(p_role text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA connector TO %I', p_role);
    EXECUTE format('GRANT SELECT ON connector.audit_store TO %I', p_role);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON connector.operations TO %I', p_role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION connector.project_operation(jsonb) TO %I', p_role);
END
$$;
