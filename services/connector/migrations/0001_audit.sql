-- The connector's own schema: which log is this audit store's, and what is known of each operation at a glance.
-- The truth is the log (schema eventlog); `operations` is a projection of it and can be rebuilt.

CREATE TABLE connector.audit_store (
    -- One row: a database holds one audit store.
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    -- The log's id, made once and kept: peers know the store by it.
    log uuid NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO connector.audit_store DEFAULT VALUES;

CREATE TABLE connector.operations (
    operation uuid PRIMARY KEY,
    -- The connector that received its latest attempt (two may share a store).
    connector uuid NOT NULL,
    -- The latest attempt received.
    attempt integer NOT NULL,
    anchor uuid NOT NULL,
    kind text NOT NULL,
    sequence bigint NOT NULL,
    -- 32 hexadecimal digits (W3C trace context); null where the event carried none.
    trace_id text,
    -- Received, and neither reported, closed nor stood down from.
    open boolean NOT NULL
);
CREATE INDEX operations_open ON connector.operations (connector) WHERE open;
CREATE INDEX operations_trace ON connector.operations (trace_id) WHERE trace_id IS NOT NULL;

-- What the service's role may do beside appending to the log. It can change the projection, nothing else.
CREATE FUNCTION connector.grant_service(p_role text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA connector TO %I', p_role);
    EXECUTE format('GRANT SELECT ON connector.audit_store TO %I', p_role);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON connector.operations TO %I', p_role);
END
$$;
REVOKE ALL ON FUNCTION connector.grant_service(text) FROM PUBLIC;
