-- The wrong current passwords that Active Directory counted against an account, as far as operations from here had them:
-- what stands in for its count where that may not be read. A projection of the log, as `operations` is.
CREATE TABLE connector.wrong_tries (
    operation uuid PRIMARY KEY,
    anchor uuid NOT NULL,
    -- When the operation ended, in Unix milliseconds.
    at_ms bigint NOT NULL
);
CREATE INDEX wrong_tries_anchor ON connector.wrong_tries (anchor, at_ms);

-- As before (0002), and the wrong tries: one is added, or those of an account are taken back. A try of 70 days ago counts
-- under no policy: Active Directory's longest window is 99999 minutes.
CREATE OR REPLACE FUNCTION connector.project_operation(p_change jsonb) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    v_anchor uuid;
    v_at_ms bigint;
BEGIN
    IF p_change ->> 'change' = 'done' THEN
        UPDATE connector.operations SET open = false WHERE operation = (p_change ->> 'operation')::uuid;
        RETURN;
    END IF;
    IF p_change ->> 'change' = 'tries_cleared' THEN
        DELETE FROM connector.wrong_tries WHERE anchor = (p_change ->> 'anchor')::uuid;
        RETURN;
    END IF;
    IF p_change ->> 'change' = 'wrong_try' THEN
        v_anchor := (p_change ->> 'anchor')::uuid;
        v_at_ms := (p_change ->> 'at_ms')::bigint;
        DELETE FROM connector.wrong_tries WHERE anchor = v_anchor AND at_ms < v_at_ms - 70::bigint * 86400000;
        INSERT INTO connector.wrong_tries (operation, anchor, at_ms)
        VALUES ((p_change ->> 'operation')::uuid, v_anchor, v_at_ms)
        ON CONFLICT (operation) DO NOTHING;
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

-- As before (0002), and the table of wrong tries.
CREATE OR REPLACE FUNCTION connector.grant_service(p_role text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA connector TO %I', p_role);
    EXECUTE format('GRANT SELECT ON connector.audit_store TO %I', p_role);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON connector.operations TO %I', p_role);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON connector.wrong_tries TO %I', p_role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION connector.project_operation(jsonb) TO %I', p_role);
END
$$;
