--
-- PostgreSQL database dump
--


-- Dumped from database version 17.12 (Debian 17.12-0+deb13u1)
-- Dumped by pg_dump version 17.12 (Debian 17.12-0+deb13u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: directory; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA directory;


--
-- Name: eventlog; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA eventlog;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: accounts; Type: TABLE; Schema: directory; Owner: -
--

CREATE TABLE directory.accounts (
    tenant_id uuid NOT NULL,
    group_id uuid NOT NULL,
    anchor uuid NOT NULL,
    user_principal_name text NOT NULL,
    sam_account_name text NOT NULL,
    display_name text NOT NULL,
    upn_folded text NOT NULL COLLATE pg_catalog."C",
    sam_folded text NOT NULL COLLATE pg_catalog."C",
    display_folded text NOT NULL COLLATE pg_catalog."C",
    enabled boolean NOT NULL,
    synced_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY directory.accounts FORCE ROW LEVEL SECURITY;


--
-- Name: accounts_named(uuid, text, text, uuid, bigint); Type: FUNCTION; Schema: directory; Owner: -
--

CREATE FUNCTION directory.accounts_named(p_tenant uuid, p_upn_folded text, p_sam_folded text, p_anchor uuid, p_limit bigint) RETURNS SETOF directory.accounts
    LANGUAGE plpgsql
    AS $$
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


--
-- Name: all_tenants(); Type: FUNCTION; Schema: directory; Owner: -
--

CREATE FUNCTION directory.all_tenants() RETURNS boolean
    LANGUAGE sql STABLE
    AS $$ SELECT COALESCE(current_setting('groundwire.all_tenants', true), '') = 'on' $$;


--
-- Name: current_tenant(); Type: FUNCTION; Schema: directory; Owner: -
--

CREATE FUNCTION directory.current_tenant() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$ SELECT NULLIF(current_setting('groundwire.tenant', true), '')::uuid $$;


--
-- Name: isolate(regclass); Type: FUNCTION; Schema: directory; Owner: -
--

CREATE FUNCTION directory.isolate(target regclass) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY of_tenant ON %s USING (tenant_id = directory.current_tenant())
                    WITH CHECK (tenant_id = directory.current_tenant())', target);
END $$;


--
-- Name: project_operation(jsonb); Type: FUNCTION; Schema: directory; Owner: -
--

CREATE FUNCTION directory.project_operation(p_change jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $$
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


--
-- Name: advance_heads(); Type: FUNCTION; Schema: eventlog; Owner: -
--

CREATE FUNCTION eventlog.advance_heads() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    AS $$
DECLARE
    one      eventlog.records;
    batch    record;
    expected bigint;
    moved    bigint;
BEGIN
    IF (SELECT count(*) <= 4 FROM inserted) THEN
        FOR one IN SELECT i.* FROM inserted i ORDER BY i.log, i.position LOOP
            UPDATE eventlog.log_heads h SET position = one.position, hash = one.hash
            WHERE h.log = one.log AND h.position = one.position - 1 AND h.hash = one.previous_hash;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'records do not continue the head of their log' USING ERRCODE = 'serialization_failure';
            END IF;
            IF one.stream_version = 1 THEN
                INSERT INTO eventlog.stream_heads (log, stream, version) VALUES (one.log, one.stream, 1)
                ON CONFLICT DO NOTHING;
            ELSE
                UPDATE eventlog.stream_heads h SET version = one.stream_version
                WHERE h.log = one.log AND h.stream = one.stream AND h.version = one.stream_version - 1;
            END IF;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'records do not continue the version of their stream'
                    USING ERRCODE = 'serialization_failure';
            END IF;
        END LOOP;
        RETURN NULL;
    END IF;

    -- The new rows of each log continue its head and each other, by position and by hash.
    FOR batch IN
        SELECT i.log, min(i.position) AS first, max(i.position) AS last, count(*) AS rows,
               array_agg(i.previous_hash ORDER BY i.position) AS before, array_agg(i.hash ORDER BY i.position) AS hashes,
               min(i.recorded_at_us) = max(i.recorded_at_us) AS at_once
        FROM inserted i GROUP BY i.log
    LOOP
        UPDATE eventlog.log_heads h SET position = batch.last, hash = batch.hashes[batch.rows]
        WHERE h.log = batch.log AND h.position = batch.first - 1 AND h.hash = batch.before[1]
          AND batch.last - batch.first + 1 = batch.rows AND batch.before[2:] = batch.hashes[:batch.rows - 1]
          AND batch.at_once; -- then the tables' keys see to it that no position and no version is there twice
        IF NOT FOUND THEN
            RAISE EXCEPTION 'records do not continue the head of their log' USING ERRCODE = 'serialization_failure';
        END IF;
    END LOOP;

    -- The new rows of each stream continue its version.
    WITH checked AS MATERIALIZED (
        SELECT i.log, i.stream, min(i.stream_version) AS first, max(i.stream_version) AS last,
               max(i.stream_version) - min(i.stream_version) + 1 = count(*) AS gapless
        FROM inserted i GROUP BY i.log, i.stream
    ), continued AS (
        UPDATE eventlog.stream_heads h SET version = c.last
        FROM checked c
        WHERE h.log = c.log AND h.stream = c.stream AND h.version = c.first - 1 AND c.gapless AND c.first > 1
        RETURNING 1
    ), begun AS (
        INSERT INTO eventlog.stream_heads (log, stream, version)
        SELECT c.log, c.stream, c.last FROM checked c WHERE c.first = 1 AND c.gapless
        ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM checked), (SELECT count(*) FROM continued) + (SELECT count(*) FROM begun)
    INTO expected, moved;
    IF expected <> moved THEN
        RAISE EXCEPTION 'records do not continue the version of their stream' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NULL;
END
$$;


--
-- Name: append_next(uuid, bigint, bytea, bigint, text, text[], text[], text[], jsonb[], bigint, bigint[], text[], bigint[], uuid[], text[], integer[], bytea[], bytea[], bytea[], bytea[], bytea[], bigint[], bytea[], bytea[], text[], text[], bigint[]); Type: FUNCTION; Schema: eventlog; Owner: -
--

CREATE FUNCTION eventlog.append_next(p_log uuid, p_position bigint, p_hash bytea, p_fence bigint, p_lock_timeout text, p_setting_names text[], p_setting_values text[], p_calls text[], p_call_arguments jsonb[], p_recorded_at_us bigint, p_positions bigint[], p_streams text[], p_stream_versions bigint[], p_event_ids uuid[], p_event_types text[], p_schema_versions integer[], p_bodies bytea[], p_metadata bytea[], p_erasable_digests bytea[], p_previous_hashes bytea[], p_hashes bytea[], p_erasable_positions bigint[], p_salts bytea[], p_erasable_bodies bytea[], p_claim_kinds text[], p_claim_keys text[], p_claim_positions bigint[]) RETURNS boolean
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    AS $_$
DECLARE
    claimed bigint;
BEGIN
    PERFORM set_config('synchronous_commit', 'on', true), set_config('lock_timeout', p_lock_timeout, true);
    -- The transaction ends with a message of its own (Sync). If that never comes, no other limit ends it: it is neither a
    -- statement any more nor idle. Postgres 17 and later have this one.
    IF current_setting('transaction_timeout', true) IS NOT NULL THEN
        PERFORM set_config('transaction_timeout', p_lock_timeout, true);
    END IF;
    FOR n IN 1 .. cardinality(p_setting_names) LOOP
        PERFORM set_config(p_setting_names[n], p_setting_values[n], true);
    END LOOP;
    PERFORM pg_advisory_xact_lock(eventlog.lock_key(p_log));
    PERFORM 1 FROM eventlog.log_heads h
    WHERE h.log = p_log AND h.position = p_position AND h.hash = p_hash AND h.fence = p_fence;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- What may be called is what the caller's role may call.
    FOR n IN 1 .. cardinality(p_calls) LOOP
        EXECUTE format('SELECT %s($1)', p_calls[n]) USING p_call_arguments[n];
    END LOOP;
    INSERT INTO eventlog.records (log, recorded_at_us, position, stream, stream_version, event_id, event_type,
        schema_version, body, metadata, erasable_digest, previous_hash, hash)
    SELECT p_log, p_recorded_at_us, u.* FROM unnest(p_positions, p_streams, p_stream_versions, p_event_ids,
        p_event_types, p_schema_versions, p_bodies, p_metadata, p_erasable_digests, p_previous_hashes, p_hashes) AS u;
    IF cardinality(p_erasable_positions) > 0 THEN
        INSERT INTO eventlog.erasable_parts (log, recorded_at_us, position, salt, body)
        SELECT p_log, p_recorded_at_us, u.* FROM unnest(p_erasable_positions, p_salts, p_erasable_bodies) AS u;
    END IF;
    IF cardinality(p_claim_kinds) > 0 THEN
        INSERT INTO eventlog.claims (log, kind, key, position)
        SELECT p_log, u.* FROM unnest(p_claim_kinds, p_claim_keys, p_claim_positions) AS u ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS claimed = ROW_COUNT;
        IF claimed <> cardinality(p_claim_kinds) THEN
            RAISE EXCEPTION 'a claim is taken' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;
    RETURN true;
END
$_$;


--
-- Name: ensure_partitions(bigint, integer); Type: FUNCTION; Schema: eventlog; Owner: -
--

CREATE FUNCTION eventlog.ensure_partitions(p_time_us bigint, p_months_ahead integer, OUT from_us bigint, OUT until_us bigint) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    month     timestamp := date_trunc('month', timestamp '1970-01-01' + p_time_us * interval '1 microsecond');
    starts    bigint;
    ends      bigint;
    parent    text;
    partition text;
BEGIN
    IF p_months_ahead NOT BETWEEN 0 AND 12 THEN
        RAISE EXCEPTION 'months ahead must be 0 to 12' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR n IN 0 .. p_months_ahead LOOP
        starts := (extract(epoch FROM month + n * interval '1 month') * 1000000)::bigint;
        ends := (extract(epoch FROM month + (n + 1) * interval '1 month') * 1000000)::bigint;
        from_us := coalesce(from_us, starts);
        until_us := ends;
        FOREACH parent IN ARRAY ARRAY['records', 'erasable_parts'] LOOP
            partition := parent || to_char(month + n * interval '1 month', '"_"YYYY"_"MM');
            -- Looked up by query, not by to_regclass: that may answer from a cache filled before the lock was ours.
            CONTINUE WHEN EXISTS (SELECT FROM pg_class c
                                  WHERE c.relnamespace = 'eventlog'::regnamespace AND c.relname = partition);
            PERFORM pg_advisory_xact_lock(hashtextextended('eventlog:partitions', 0));
            CONTINUE WHEN EXISTS (SELECT FROM pg_class c
                                  WHERE c.relnamespace = 'eventlog'::regnamespace AND c.relname = partition);
            EXECUTE format('CREATE TABLE eventlog.%I (LIKE eventlog.%I INCLUDING ALL)', partition, parent);
            EXECUTE format('ALTER TABLE eventlog.%I ATTACH PARTITION eventlog.%I FOR VALUES FROM (%s) TO (%s)',
                           parent, partition, starts, ends);
            EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.%I
                            FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change()', partition);
        END LOOP;
    END LOOP;
END
$$;


--
-- Name: erase_parts(uuid, bigint[]); Type: FUNCTION; Schema: eventlog; Owner: -
--

CREATE FUNCTION eventlog.erase_parts(p_log uuid, p_positions bigint[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    erased bigint;
BEGIN
    DELETE FROM eventlog.erasable_parts e WHERE e.log = p_log AND e.position = ANY (p_positions);
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END
$$;


--
-- Name: grant_eraser(text); Type: FUNCTION; Schema: eventlog; Owner: -
--

CREATE FUNCTION eventlog.grant_eraser(p_role text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA eventlog TO %I', p_role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION eventlog.erase_parts(uuid, bigint[]) TO %I', p_role);
END
$$;


--
-- Name: grant_reader(text); Type: FUNCTION; Schema: eventlog; Owner: -
--

CREATE FUNCTION eventlog.grant_reader(p_role text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA eventlog TO %I', p_role);
    EXECUTE format('GRANT SELECT ON eventlog.records, eventlog.erasable_parts, eventlog.claims,
                    eventlog.log_heads, eventlog.stream_heads TO %I', p_role);
END
$$;


--
-- Name: grant_writer(text); Type: FUNCTION; Schema: eventlog; Owner: -
--

CREATE FUNCTION eventlog.grant_writer(p_role text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA eventlog TO %I', p_role);
    EXECUTE format('GRANT SELECT, INSERT ON eventlog.records, eventlog.erasable_parts, eventlog.claims TO %I', p_role);
    EXECUTE format('GRANT SELECT ON eventlog.log_heads, eventlog.stream_heads TO %I', p_role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION eventlog.lock_key(uuid), eventlog.open_log(uuid),
                    eventlog.lock_log(uuid, text[], text[], text[]), eventlog.append_next,
                    eventlog.look_and_fence(uuid, bigint, bigint, bytea),
                    eventlog.ensure_partitions(bigint, integer) TO %I', p_role);
END
$$;


--
-- Name: isolate_by_setting(text); Type: FUNCTION; Schema: eventlog; Owner: -
--

CREATE FUNCTION eventlog.isolate_by_setting(p_setting text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    tab text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['records', 'erasable_parts', 'claims', 'log_heads', 'stream_heads'] LOOP
        EXECUTE format('ALTER TABLE eventlog.%I ENABLE ROW LEVEL SECURITY', tab);
        EXECUTE format('DROP POLICY IF EXISTS one_log ON eventlog.%I', tab);
        EXECUTE format('CREATE POLICY one_log ON eventlog.%I USING (log::text = current_setting(%L, true))
                        WITH CHECK (log::text = current_setting(%L, true))', tab, p_setting, p_setting);
    END LOOP;
END
$$;


--
-- Name: lock_heads(uuid, text[], text[], text[]); Type: FUNCTION; Schema: eventlog; Owner: -
--

CREATE FUNCTION eventlog.lock_heads(p_log uuid, p_streams text[], p_kinds text[], p_keys text[], OUT "position" bigint, OUT hash bytea, OUT versions bigint[], OUT taken boolean[]) RETURNS record
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(eventlog.lock_key(p_log));
    SELECT h.position, h.hash INTO STRICT "position", hash FROM eventlog.log_heads h WHERE h.log = p_log;
    versions := ARRAY(
        SELECT coalesce((SELECT h.version FROM eventlog.stream_heads h WHERE h.log = p_log AND h.stream = s.stream), 0)
        FROM unnest(p_streams) WITH ORDINALITY AS s (stream, n) ORDER BY s.n);
    IF cardinality(p_kinds) > 0 THEN
        taken := ARRAY(
            SELECT (SELECT c.position FROM eventlog.claims c WHERE c.log = p_log AND c.kind = k.kind AND c.key = k.key) IS NOT NULL
            FROM unnest(p_kinds, p_keys) WITH ORDINALITY AS k (kind, key, n) ORDER BY k.n);
    ELSE
        taken := '{}';
    END IF;
END
$$;


--
-- Name: lock_key(uuid); Type: FUNCTION; Schema: eventlog; Owner: -
--

CREATE FUNCTION eventlog.lock_key(p_log uuid) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT hashtextextended('eventlog:' || p_log::text, 0) $$;


--
-- Name: lock_log(uuid, text[], text[], text[]); Type: FUNCTION; Schema: eventlog; Owner: -
--

CREATE FUNCTION eventlog.lock_log(p_log uuid, p_streams text[], p_kinds text[], p_keys text[], OUT "position" bigint, OUT hash bytea, OUT fence bigint, OUT versions bigint[], OUT taken boolean[]) RETURNS record
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(eventlog.lock_key(p_log));
    SELECT h.position, h.hash, h.fence INTO STRICT "position", hash, fence FROM eventlog.log_heads h WHERE h.log = p_log;
    versions := ARRAY(
        SELECT coalesce((SELECT h.version FROM eventlog.stream_heads h WHERE h.log = p_log AND h.stream = s.stream), 0)
        FROM unnest(p_streams) WITH ORDINALITY AS s (stream, n) ORDER BY s.n);
    IF cardinality(p_kinds) > 0 THEN
        taken := ARRAY(
            SELECT (SELECT c.position FROM eventlog.claims c WHERE c.log = p_log AND c.kind = k.kind AND c.key = k.key) IS NOT NULL
            FROM unnest(p_kinds, p_keys) WITH ORDINALITY AS k (kind, key, n) ORDER BY k.n);
    ELSE
        taken := '{}';
    END IF;
END
$$;


--
-- Name: look_and_fence(uuid, bigint, bigint, bytea); Type: FUNCTION; Schema: eventlog; Owner: -
--

CREATE FUNCTION eventlog.look_and_fence(p_log uuid, p_position bigint, p_recorded_at_us bigint, p_hash bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'on', true);
    PERFORM pg_advisory_xact_lock(eventlog.lock_key(p_log));
    PERFORM 1 FROM eventlog.records r WHERE r.log = p_log AND r.position = p_position
        AND r.recorded_at_us = p_recorded_at_us AND r.hash = p_hash;
    IF FOUND THEN
        RETURN true;
    END IF;
    UPDATE eventlog.log_heads h SET fence = h.fence + 1 WHERE h.log = p_log;
    RETURN false;
END
$$;


--
-- Name: open_log(uuid); Type: FUNCTION; Schema: eventlog; Owner: -
--

CREATE FUNCTION eventlog.open_log(p_log uuid, OUT incarnation uuid, OUT "position" bigint, OUT hash bytea) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    fresh uuid := gen_random_uuid();
BEGIN
    INSERT INTO eventlog.log_heads (log, incarnation, position, hash)
    VALUES (p_log, fresh, 0, sha256(convert_to('groundwire.eventlog.genesis.v1', 'UTF8') || uuid_send(p_log) || uuid_send(fresh)))
    ON CONFLICT DO NOTHING;
    SELECT h.incarnation, h.position, h.hash INTO STRICT incarnation, "position", hash
    FROM eventlog.log_heads h WHERE h.log = p_log;
END
$$;


--
-- Name: refuse_change(); Type: FUNCTION; Schema: eventlog; Owner: -
--

CREATE FUNCTION eventlog.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION '% on %.% is refused: the log is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;


--
-- Name: _migrations; Type: TABLE; Schema: directory; Owner: -
--

CREATE TABLE directory._migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);


--
-- Name: audit_heads; Type: TABLE; Schema: directory; Owner: -
--

CREATE TABLE directory.audit_heads (
    tenant_id uuid NOT NULL,
    connector_id uuid NOT NULL,
    log_id uuid NOT NULL,
    incarnation_id uuid NOT NULL,
    "position" bigint NOT NULL,
    hash bytea NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT audit_heads_hash_check CHECK ((octet_length(hash) = 32))
);

ALTER TABLE ONLY directory.audit_heads FORCE ROW LEVEL SECURITY;


--
-- Name: checkpoints; Type: TABLE; Schema: directory; Owner: -
--

CREATE TABLE directory.checkpoints (
    tenant_id uuid NOT NULL,
    connector_id uuid NOT NULL,
    "position" bigint NOT NULL,
    payload bytea NOT NULL,
    signed_by text NOT NULL,
    signature bytea NOT NULL,
    received_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY directory.checkpoints FORCE ROW LEVEL SECURITY;


--
-- Name: connector_groups; Type: TABLE; Schema: directory; Owner: -
--

CREATE TABLE directory.connector_groups (
    tenant_id uuid NOT NULL,
    group_id uuid NOT NULL,
    display_name text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY directory.connector_groups FORCE ROW LEVEL SECURITY;


--
-- Name: connectors; Type: TABLE; Schema: directory; Owner: -
--

CREATE TABLE directory.connectors (
    tenant_id uuid NOT NULL,
    connector_id uuid NOT NULL,
    group_id uuid NOT NULL,
    display_name text NOT NULL,
    version text NOT NULL,
    enrolled_at timestamp with time zone NOT NULL,
    certificate_serial text NOT NULL,
    certificate_fingerprint bytea NOT NULL,
    certificate_expires_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone,
    dc text,
    revoked_at timestamp with time zone
);

ALTER TABLE ONLY directory.connectors FORCE ROW LEVEL SECURITY;


--
-- Name: enrollment_tokens; Type: TABLE; Schema: directory; Owner: -
--

CREATE TABLE directory.enrollment_tokens (
    tenant_id uuid NOT NULL,
    token_id uuid NOT NULL,
    group_id uuid NOT NULL,
    secret_sha256 bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    connector_id uuid,
    CONSTRAINT enrollment_tokens_check CHECK (((used_at IS NULL) = (connector_id IS NULL))),
    CONSTRAINT enrollment_tokens_check1 CHECK (((used_at IS NULL) OR (revoked_at IS NULL))),
    CONSTRAINT enrollment_tokens_secret_sha256_check CHECK ((octet_length(secret_sha256) = 32))
);

ALTER TABLE ONLY directory.enrollment_tokens FORCE ROW LEVEL SECURITY;


--
-- Name: group_bindings; Type: TABLE; Schema: directory; Owner: -
--

CREATE TABLE directory.group_bindings (
    tenant_id uuid NOT NULL,
    group_id uuid NOT NULL,
    root_key bytea,
    dc_host text,
    dc_invocation_id text,
    dc_policy_hints boolean,
    synced_at timestamp with time zone,
    CONSTRAINT group_bindings_root_key_check CHECK ((octet_length(root_key) = 32))
);

ALTER TABLE ONLY directory.group_bindings FORCE ROW LEVEL SECURITY;


--
-- Name: operations; Type: TABLE; Schema: directory; Owner: -
--

CREATE TABLE directory.operations (
    tenant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    anchor uuid NOT NULL,
    group_id uuid NOT NULL,
    kind text NOT NULL,
    flags jsonb NOT NULL,
    state text NOT NULL,
    sequence bigint NOT NULL,
    attempt integer NOT NULL,
    connector_id uuid,
    in_doubt_since timestamp with time zone,
    outcome jsonb,
    requested_by text NOT NULL,
    role text NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    fingerprint text NOT NULL,
    key_ids text[] NOT NULL,
    traceparent text,
    CONSTRAINT operations_check CHECK (((state = 'ENDED'::text) = (outcome IS NOT NULL))),
    CONSTRAINT operations_state_check CHECK ((state = ANY (ARRAY['REQUESTED'::text, 'DELIVERED'::text, 'IN_DOUBT'::text, 'ENDED'::text])))
);

ALTER TABLE ONLY directory.operations FORCE ROW LEVEL SECURITY;


--
-- Name: sealed_secrets; Type: TABLE; Schema: directory; Owner: -
--

CREATE UNLOGGED TABLE directory.sealed_secrets (
    tenant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    secret bytea,
    proof text,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY directory.sealed_secrets FORCE ROW LEVEL SECURITY;


--
-- Name: sealing_keys; Type: TABLE; Schema: directory; Owner: -
--

CREATE TABLE directory.sealing_keys (
    tenant_id uuid NOT NULL,
    group_id uuid NOT NULL,
    key_id text NOT NULL,
    connector_id uuid NOT NULL,
    certificate bytea NOT NULL,
    signed_by text NOT NULL,
    signature bytea NOT NULL,
    seal_from timestamp with time zone NOT NULL,
    seal_until timestamp with time zone NOT NULL,
    open_until timestamp with time zone NOT NULL
);

ALTER TABLE ONLY directory.sealing_keys FORCE ROW LEVEL SECURITY;


--
-- Name: sync_pages; Type: TABLE; Schema: directory; Owner: -
--

CREATE UNLOGGED TABLE directory.sync_pages (
    tenant_id uuid NOT NULL,
    sync_id uuid NOT NULL,
    anchor uuid NOT NULL,
    user_principal_name text NOT NULL,
    sam_account_name text NOT NULL,
    display_name text NOT NULL,
    upn_folded text NOT NULL COLLATE pg_catalog."C",
    sam_folded text NOT NULL COLLATE pg_catalog."C",
    display_folded text NOT NULL COLLATE pg_catalog."C",
    enabled boolean NOT NULL,
    staged_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY directory.sync_pages FORCE ROW LEVEL SECURITY;


--
-- Name: tenants; Type: TABLE; Schema: directory; Owner: -
--

CREATE TABLE directory.tenants (
    tenant_id uuid NOT NULL,
    display_name text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY directory.tenants FORCE ROW LEVEL SECURITY;


--
-- Name: writeback_settings; Type: TABLE; Schema: directory; Owner: -
--

CREATE TABLE directory.writeback_settings (
    tenant_id uuid NOT NULL,
    settings jsonb NOT NULL
);

ALTER TABLE ONLY directory.writeback_settings FORCE ROW LEVEL SECURITY;


--
-- Name: _migrations; Type: TABLE; Schema: eventlog; Owner: -
--

CREATE TABLE eventlog._migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);


--
-- Name: claims; Type: TABLE; Schema: eventlog; Owner: -
--

CREATE TABLE eventlog.claims (
    log uuid NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    CONSTRAINT claims_position_check CHECK (("position" >= 1))
);


--
-- Name: erasable_parts; Type: TABLE; Schema: eventlog; Owner: -
--

CREATE TABLE eventlog.erasable_parts (
    log uuid NOT NULL,
    "position" bigint NOT NULL,
    recorded_at_us bigint NOT NULL,
    salt bytea NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT erasable_parts_position_check CHECK (("position" >= 1)),
    CONSTRAINT erasable_parts_salt_check CHECK ((octet_length(salt) = 32))
)
PARTITION BY RANGE (recorded_at_us);


--
-- Name: erasable_parts_2026_11; Type: TABLE; Schema: eventlog; Owner: -
--

CREATE TABLE eventlog.erasable_parts_2026_11 (
    log uuid NOT NULL,
    "position" bigint NOT NULL,
    recorded_at_us bigint NOT NULL,
    salt bytea NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT erasable_parts_position_check CHECK (("position" >= 1)),
    CONSTRAINT erasable_parts_salt_check CHECK ((octet_length(salt) = 32))
);


--
-- Name: erasable_parts_2026_12; Type: TABLE; Schema: eventlog; Owner: -
--

CREATE TABLE eventlog.erasable_parts_2026_12 (
    log uuid NOT NULL,
    "position" bigint NOT NULL,
    recorded_at_us bigint NOT NULL,
    salt bytea NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT erasable_parts_position_check CHECK (("position" >= 1)),
    CONSTRAINT erasable_parts_salt_check CHECK ((octet_length(salt) = 32))
);


--
-- Name: erasable_parts_2027_01; Type: TABLE; Schema: eventlog; Owner: -
--

CREATE TABLE eventlog.erasable_parts_2027_01 (
    log uuid NOT NULL,
    "position" bigint NOT NULL,
    recorded_at_us bigint NOT NULL,
    salt bytea NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT erasable_parts_position_check CHECK (("position" >= 1)),
    CONSTRAINT erasable_parts_salt_check CHECK ((octet_length(salt) = 32))
);


--
-- Name: log_heads; Type: TABLE; Schema: eventlog; Owner: -
--

CREATE TABLE eventlog.log_heads (
    log uuid NOT NULL,
    incarnation uuid NOT NULL,
    "position" bigint NOT NULL,
    hash bytea NOT NULL,
    fence bigint DEFAULT 0 NOT NULL,
    CONSTRAINT log_heads_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT log_heads_position_check CHECK (("position" >= 0))
)
WITH (fillfactor='10');


--
-- Name: records; Type: TABLE; Schema: eventlog; Owner: -
--

CREATE TABLE eventlog.records (
    log uuid NOT NULL,
    "position" bigint NOT NULL,
    recorded_at_us bigint NOT NULL,
    stream text NOT NULL COLLATE pg_catalog."C",
    stream_version bigint NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL COLLATE pg_catalog."C",
    schema_version integer NOT NULL,
    body bytea NOT NULL,
    metadata bytea NOT NULL,
    erasable_digest bytea,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT records_erasable_digest_check CHECK ((octet_length(erasable_digest) = 32)),
    CONSTRAINT records_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT records_position_check CHECK (("position" >= 1)),
    CONSTRAINT records_previous_hash_check CHECK ((octet_length(previous_hash) = 32)),
    CONSTRAINT records_schema_version_check CHECK (((schema_version >= 0) AND (schema_version <= 65535))),
    CONSTRAINT records_stream_version_check CHECK ((stream_version >= 1))
)
PARTITION BY RANGE (recorded_at_us);


--
-- Name: COLUMN records.recorded_at_us; Type: COMMENT; Schema: eventlog; Owner: -
--

COMMENT ON COLUMN eventlog.records.recorded_at_us IS 'unix time in microseconds, by the clock of the appending process';


--
-- Name: COLUMN records.body; Type: COMMENT; Schema: eventlog; Owner: -
--

COMMENT ON COLUMN eventlog.records.body IS 'JSON bytes as written; hashed as they are, never re-serialised';


--
-- Name: records_2026_11; Type: TABLE; Schema: eventlog; Owner: -
--

CREATE TABLE eventlog.records_2026_11 (
    log uuid NOT NULL,
    "position" bigint NOT NULL,
    recorded_at_us bigint NOT NULL,
    stream text NOT NULL COLLATE pg_catalog."C",
    stream_version bigint NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL COLLATE pg_catalog."C",
    schema_version integer NOT NULL,
    body bytea NOT NULL,
    metadata bytea NOT NULL,
    erasable_digest bytea,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT records_erasable_digest_check CHECK ((octet_length(erasable_digest) = 32)),
    CONSTRAINT records_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT records_position_check CHECK (("position" >= 1)),
    CONSTRAINT records_previous_hash_check CHECK ((octet_length(previous_hash) = 32)),
    CONSTRAINT records_schema_version_check CHECK (((schema_version >= 0) AND (schema_version <= 65535))),
    CONSTRAINT records_stream_version_check CHECK ((stream_version >= 1))
);


--
-- Name: COLUMN records_2026_11.recorded_at_us; Type: COMMENT; Schema: eventlog; Owner: -
--

COMMENT ON COLUMN eventlog.records_2026_11.recorded_at_us IS 'unix time in microseconds, by the clock of the appending process';


--
-- Name: COLUMN records_2026_11.body; Type: COMMENT; Schema: eventlog; Owner: -
--

COMMENT ON COLUMN eventlog.records_2026_11.body IS 'JSON bytes as written; hashed as they are, never re-serialised';


--
-- Name: records_2026_12; Type: TABLE; Schema: eventlog; Owner: -
--

CREATE TABLE eventlog.records_2026_12 (
    log uuid NOT NULL,
    "position" bigint NOT NULL,
    recorded_at_us bigint NOT NULL,
    stream text NOT NULL COLLATE pg_catalog."C",
    stream_version bigint NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL COLLATE pg_catalog."C",
    schema_version integer NOT NULL,
    body bytea NOT NULL,
    metadata bytea NOT NULL,
    erasable_digest bytea,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT records_erasable_digest_check CHECK ((octet_length(erasable_digest) = 32)),
    CONSTRAINT records_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT records_position_check CHECK (("position" >= 1)),
    CONSTRAINT records_previous_hash_check CHECK ((octet_length(previous_hash) = 32)),
    CONSTRAINT records_schema_version_check CHECK (((schema_version >= 0) AND (schema_version <= 65535))),
    CONSTRAINT records_stream_version_check CHECK ((stream_version >= 1))
);


--
-- Name: COLUMN records_2026_12.recorded_at_us; Type: COMMENT; Schema: eventlog; Owner: -
--

COMMENT ON COLUMN eventlog.records_2026_12.recorded_at_us IS 'unix time in microseconds, by the clock of the appending process';


--
-- Name: COLUMN records_2026_12.body; Type: COMMENT; Schema: eventlog; Owner: -
--

COMMENT ON COLUMN eventlog.records_2026_12.body IS 'JSON bytes as written; hashed as they are, never re-serialised';


--
-- Name: records_2027_01; Type: TABLE; Schema: eventlog; Owner: -
--

CREATE TABLE eventlog.records_2027_01 (
    log uuid NOT NULL,
    "position" bigint NOT NULL,
    recorded_at_us bigint NOT NULL,
    stream text NOT NULL COLLATE pg_catalog."C",
    stream_version bigint NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL COLLATE pg_catalog."C",
    schema_version integer NOT NULL,
    body bytea NOT NULL,
    metadata bytea NOT NULL,
    erasable_digest bytea,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT records_erasable_digest_check CHECK ((octet_length(erasable_digest) = 32)),
    CONSTRAINT records_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT records_position_check CHECK (("position" >= 1)),
    CONSTRAINT records_previous_hash_check CHECK ((octet_length(previous_hash) = 32)),
    CONSTRAINT records_schema_version_check CHECK (((schema_version >= 0) AND (schema_version <= 65535))),
    CONSTRAINT records_stream_version_check CHECK ((stream_version >= 1))
);


--
-- Name: COLUMN records_2027_01.recorded_at_us; Type: COMMENT; Schema: eventlog; Owner: -
--

COMMENT ON COLUMN eventlog.records_2027_01.recorded_at_us IS 'unix time in microseconds, by the clock of the appending process';


--
-- Name: COLUMN records_2027_01.body; Type: COMMENT; Schema: eventlog; Owner: -
--

COMMENT ON COLUMN eventlog.records_2027_01.body IS 'JSON bytes as written; hashed as they are, never re-serialised';


--
-- Name: stream_heads; Type: TABLE; Schema: eventlog; Owner: -
--

CREATE TABLE eventlog.stream_heads (
    log uuid NOT NULL,
    stream text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    CONSTRAINT stream_heads_version_check CHECK ((version >= 1))
)
WITH (fillfactor='70');


--
-- Name: erasable_parts_2026_11; Type: TABLE ATTACH; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.erasable_parts ATTACH PARTITION eventlog.erasable_parts_2026_11 FOR VALUES FROM ('1793491200000000') TO ('1796083200000000');


--
-- Name: erasable_parts_2026_12; Type: TABLE ATTACH; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.erasable_parts ATTACH PARTITION eventlog.erasable_parts_2026_12 FOR VALUES FROM ('1796083200000000') TO ('1798761600000000');


--
-- Name: erasable_parts_2027_01; Type: TABLE ATTACH; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.erasable_parts ATTACH PARTITION eventlog.erasable_parts_2027_01 FOR VALUES FROM ('1798761600000000') TO ('1801440000000000');


--
-- Name: records_2026_11; Type: TABLE ATTACH; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.records ATTACH PARTITION eventlog.records_2026_11 FOR VALUES FROM ('1793491200000000') TO ('1796083200000000');


--
-- Name: records_2026_12; Type: TABLE ATTACH; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.records ATTACH PARTITION eventlog.records_2026_12 FOR VALUES FROM ('1796083200000000') TO ('1798761600000000');


--
-- Name: records_2027_01; Type: TABLE ATTACH; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.records ATTACH PARTITION eventlog.records_2027_01 FOR VALUES FROM ('1798761600000000') TO ('1801440000000000');


--
-- Data for Name: _migrations; Type: TABLE DATA; Schema: directory; Owner: -
--

INSERT INTO directory._migrations VALUES
	(1, 'directory', '2026-11-29 08:08:54.105044+00', true, '_w\370\204\242\332\025\004UB\362\241\215#5\232\012\367t\221\256h\312.\024\177\304\3408\315\352\214\245\315g\276!x\212\374\313@\243\013#\243\337?', 15716006),
	(2, 'connectors', '2026-11-29 08:08:54.124246+00', true, '\315g\317\012\310\352{\363\271\237\347\000''c\022bi\213,\225\207\243\221\007L\245<\342\016K\035\237E\225=\320\344:\000\011y\220\226\253\031\221:\225', 18191599),
	(3, 'one round trip', '2026-11-29 08:08:54.147636+00', true, '\232\252{o7''\021f\005\340\330V\253=\274;Y\267\377\343<\037\332\264^\351\324\031\206\314\235V*\347\032\036\012,\3039\233i\336\033\347\344\367y', 986027);


--
-- Data for Name: accounts; Type: TABLE DATA; Schema: directory; Owner: -
--

INSERT INTO directory.accounts VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'e6e13924-e4c8-4eec-ae49-f2931f0a30d4', 'test10@corp.example', 'test10', 'test10', 'test10@corp.example', 'test10', 'test10', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '31488b24-7ca5-4a1b-894d-a77ffc5256cc', 'test23@corp.example', 'test23', 'test23', 'test23@corp.example', 'test23', 'test23', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'f4bac729-bdf3-4115-bcbe-4b0642672d00', 'odd11@corp.example', 'odd11', ' Leading Space', 'odd11@corp.example', 'odd11', ' leading space', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'f883cb2b-1bbd-4219-b223-7ee1ffe02b43', 'psodirect01@corp.example', 'psodirect01', 'psodirect01', 'psodirect01@corp.example', 'psodirect01', 'psodirect01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'bbd2ed2b-d684-4904-a055-a5a3698de734', 'mustchange01@corp.example', 'mustchange01', 'mustchange01', 'mustchange01@corp.example', 'mustchange01', 'mustchange01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '26d25131-66e6-436d-aac8-cf9ea38ec754', 'cannotchange01@corp.example', 'cannotchange01', 'cannotchange01', 'cannotchange01@corp.example', 'cannotchange01', 'cannotchange01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '67b31135-aa0d-47f0-913e-e3d5e3066bc7', 'odd02@corp.example', 'odd02', 'Plus + Sign', 'odd02@corp.example', 'odd02', 'plus + sign', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '74c42d37-e1e5-4fe8-87a5-5d4101459814', 'odd06@corp.example', 'odd06', 'Greater > Than', 'odd06@corp.example', 'odd06', 'greater > than', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'd064d03d-e5da-4661-b8dc-6aef04c4ddb0', 'young02@corp.example', 'young02', 'young02', 'young02@corp.example', 'young02', 'young02', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '0e56db3f-b561-4ecd-9c37-bfc77d14e4a3', 'mustchange03@corp.example', 'mustchange03', 'mustchange03', 'mustchange03@corp.example', 'mustchange03', 'mustchange03', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'efb08b40-8ee8-4e62-874f-877068aed6eb', 'test08@corp.example', 'test08', 'test08', 'test08@corp.example', 'test08', 'test08', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '2e1e1842-bc10-46ac-9855-1b5e2b54e094', 'tokens02@corp.example', 'tokens02', 'Xy #Ab.Cd-Ef', 'tokens02@corp.example', 'tokens02', 'xy #ab.cd-ef', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '6aa9f044-81d7-4373-83dd-ab42398f680c', 'young01@corp.example', 'young01', 'young01', 'young01@corp.example', 'young01', 'young01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'a3e2c949-ea9e-47d7-834a-5d963a16a347', 'simple01@corp.example', 'simple01', 'simple01', 'simple01@corp.example', 'simple01', 'simple01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'fdd04651-8902-4d09-9831-78c6caaad777', 'odd12@corp.example', 'odd12', 'Trailing Space ', 'odd12@corp.example', 'odd12', 'trailing space ', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'c885dd51-9b29-4fef-9bb5-0ee0825f57d9', 'o''brien@corp.example', 'o''brien', 'Miles O''Brien', 'o''brien@corp.example', 'o''brien', 'miles o''brien', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '79bbb453-d175-4bf0-8a96-156ef02ef280', 'иванова@corp.example', 'иванова', 'Юлия Иванова', 'иванова@corp.example', 'иванова', 'юлия иванова', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'fa45f85f-e786-4490-8add-5ef220e5ec5b', 'bench01@corp.example', 'bench01', 'bench01', 'bench01@corp.example', 'bench01', 'bench01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '666d4861-2b8f-47a9-8c02-c09617d89a7f', 'expired02@corp.example', 'expired02', 'expired02', 'expired02@corp.example', 'expired02', 'expired02', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '1635c862-a42d-483a-9fc1-7bc994ae75eb', 'mustchange02@corp.example', 'mustchange02', 'mustchange02', 'mustchange02@corp.example', 'mustchange02', 'mustchange02', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '48842965-f0c0-4f5a-925f-d8d40dd22afb', 'disabled01@corp.example', 'disabled01', 'disabled01', 'disabled01@corp.example', 'disabled01', 'disabled01', false, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '78058469-9535-4339-a293-cc2e8f697c4e', 'test29@corp.example', 'test29', 'test29', 'test29@corp.example', 'test29', 'test29', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'ce21736a-59e7-4208-8f7a-b01d7c3c6228', 'ab@corp.example', 'ab', '', 'ab@corp.example', 'ab', '', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '0beee56a-895f-495c-9f66-101762bfd279', 'emoji@corp.example', 'emoji', 'Smile 😀 Wave 👋🏽', 'emoji@corp.example', 'emoji', 'smile 😀 wave 👋🏽', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'a4053a6c-bef3-4829-9007-641c3bb86d28', 'pso01@corp.example', 'pso01', 'pso01', 'pso01@corp.example', 'pso01', 'pso01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '043a496d-95b7-4173-8d01-d4724449b6db', 'backupop01@corp.example', 'backupop01', 'backupop01', 'backupop01@corp.example', 'backupop01', 'backupop01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'd2d56b6f-ada8-4991-b6ba-768a04aca390', 'odd05@corp.example', 'odd05', 'Less < Than', 'odd05@corp.example', 'odd05', 'less < than', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '5848b970-377f-46ef-8a38-c178b3175a8a', 'bench02@corp.example', 'bench02', 'bench02', 'bench02@corp.example', 'bench02', 'bench02', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'ab2e7072-8b98-4cee-a555-c1928cab4adf', 'locked02@corp.example', 'locked02', 'locked02', 'locked02@corp.example', 'locked02', 'locked02', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '641e0373-d1ba-4375-8dc2-d7ec0cd29c04', 'odd08@corp.example', 'odd08', 'Equals = Sign', 'odd08@corp.example', 'odd08', 'equals = sign', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '251a9973-ebcc-4ad2-9899-8e1935fcf8f2', 'admindirect01@corp.example', 'admindirect01', 'admindirect01', 'admindirect01@corp.example', 'admindirect01', 'admindirect01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '1eda8674-a006-425d-b139-47a3d0147acb', 'dave@corp.example', 'dave', 'Dave Dyer', 'dave@corp.example', 'dave', 'dave dyer', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '9a8f4a75-d401-4f48-a20a-8b598f1a5d9b', 'test04@corp.example', 'test04', 'test04', 'test04@corp.example', 'test04', 'test04', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'ccfaaa75-8a3e-4049-a404-7f1a883cdd2f', 'test01@corp.example', 'test01', 'test01', 'test01@corp.example', 'test01', 'test01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '963ca076-f7f0-4dbc-ac46-1707611bc18f', 'test25@corp.example', 'test25', 'test25', 'test25@corp.example', 'test25', 'test25', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '68909a77-6b31-4960-86fc-f70e435d8922', 'test05@corp.example', 'test05', 'test05', 'test05@corp.example', 'test05', 'test05', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'dc881c78-ee06-460b-9bf9-7af8b0b80397', 'adminstale01@corp.example', 'adminstale01', 'adminstale01', 'adminstale01@corp.example', 'adminstale01', 'adminstale01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'e0181c79-56cd-4156-aaaa-680f2d0594a2', 'groesse@corp.example', 'groesse', 'Ünal Größe', 'groesse@corp.example', 'groesse', 'ünal größe', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'cf55717a-4cc6-484b-be64-ca14b1d2e07e', 'twin01@other.example', 'twin02', 'twin02', 'twin01@other.example', 'twin02', 'twin02', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'e6007e81-13e7-4dd4-82ca-f312f9edd337', 'neverexpires02@corp.example', 'neverexpires02', 'neverexpires02', 'neverexpires02@corp.example', 'neverexpires02', 'neverexpires02', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '7ff28984-a63c-43f7-b56e-235356d634a4', 'test06@corp.example', 'test06', 'test06', 'test06@corp.example', 'test06', 'test06', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'fe1baf86-2e23-4cb5-9f66-665282849258', 'test28@corp.example', 'test28', 'test28', 'test28@corp.example', 'test28', 'test28', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '5abc7c8b-c006-4049-b639-16d0b17bf853', 'test16@corp.example', 'test16', 'test16', 'test16@corp.example', 'test16', 'test16', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'b46e088c-7c30-4353-9cdf-15cce868d7fe', 'expired01@corp.example', 'expired01', 'expired01', 'expired01@corp.example', 'expired01', 'expired01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '971b3b8f-b6a1-4814-b198-0e6ffdad7173', 'bench05@corp.example', 'bench05', 'bench05', 'bench05@corp.example', 'bench05', 'bench05', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '7e02fa96-c397-49c8-b614-4aa88b89ef0e', 'odd04@corp.example', 'odd04', 'Back \ Slash', 'odd04@corp.example', 'odd04', 'back \ slash', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'df697098-fe2d-4d36-a853-44d171706467', '', 'noupn01', 'noupn01', '', 'noupn01', 'noupn01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'c0a90299-7b11-4911-a928-cb3e37513455', 'bench06@corp.example', 'bench06', 'bench06', 'bench06@corp.example', 'bench06', 'bench06', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'fb8e769a-9e64-4776-95c1-3e055150d34d', 'bench08@corp.example', 'bench08', 'bench08', 'bench08@corp.example', 'bench08', 'bench08', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '6a2d4f9b-76c2-4b18-9a7e-ba351453a414', 'pso04@corp.example', 'pso04', 'pso04', 'pso04@corp.example', 'pso04', 'pso04', true, '2026-11-29 08:10:11.681509+00');
INSERT INTO directory.accounts VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '5eac049d-6907-4e0f-8838-fa7b30c0730d', 'tokens01@corp.example', 'tokens01', 'Anna-Maria van Houten, Dr.#Prof', 'tokens01@corp.example', 'tokens01', 'anna-maria van houten, dr.#prof', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'aaabe6a0-819f-44a2-bdcb-f1385aa7260b', 'pwexpired02@corp.example', 'pwexpired02', 'pwexpired02', 'pwexpired02@corp.example', 'pwexpired02', 'pwexpired02', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '789a91a1-a5b4-4fcd-98e1-b9295b71257e', 'pso02@corp.example', 'pso02', 'pso02', 'pso02@corp.example', 'pso02', 'pso02', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '97cab4a1-e5d2-44eb-9a93-b530cd4c5996', 'locked04@corp.example', 'locked04', 'locked04', 'locked04@corp.example', 'locked04', 'locked04', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'db7781a3-d696-4543-9897-e813fca3e9cb', 'test14@corp.example', 'test14', 'test14', 'test14@corp.example', 'test14', 'test14', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '5df9c1ab-a2df-402d-9ba7-333c1c9c74bc', 'pso03@corp.example', 'pso03', 'pso03', 'pso03@corp.example', 'pso03', 'pso03', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '46465aad-1f37-4119-ad23-dd3dff44f44e', 'test24@corp.example', 'test24', 'test24', 'test24@corp.example', 'test24', 'test24', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'eddbfbae-a6a9-49f6-94f9-7e7cea68ef87', 'alice@corp.example', 'alice', 'Alice Archer', 'alice@corp.example', 'alice', 'alice archer', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '99508bb2-f97e-4cd9-a1e0-eacc13c3f196', 'with.space@corp.example', 'with space', 'With Space', 'with.space@corp.example', 'with space', 'with space', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '53b30cb4-31b6-4922-a235-078d5340259b', 'neverexpires01@corp.example', 'neverexpires01', 'neverexpires01', 'neverexpires01@corp.example', 'neverexpires01', 'neverexpires01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '8e05a9b5-60b3-4281-8f12-caabe4c48d30', 'odd13@corp.example', 'odd13', 'All , + " \ < > ; = / # ü', 'odd13@corp.example', 'odd13', 'all , + " \ < > ; = / # ü', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'a004e7b6-9ce4-4eee-8816-0770d6472e81', 'test30@corp.example', 'test30', 'test30', 'test30@corp.example', 'test30', 'test30', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '36b25dbc-52f1-4ce7-828a-030d4105c301', 'notrequired01@corp.example', 'notrequired01', 'notrequired01', 'notrequired01@corp.example', 'notrequired01', 'notrequired01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'e45573c3-755e-40cb-b352-18067eb2da9f', 'test26@corp.example', 'test26', 'test26', 'test26@corp.example', 'test26', 'test26', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'f25611c5-cfc4-4680-9128-6d95de1e65f8', 'simple02@corp.example', 'simple02', 'simple02', 'simple02@corp.example', 'simple02', 'simple02', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'f2b8f0ca-67db-4bf1-8dfa-2179c1b2ebda', 'bob@corp.example', 'bob', 'Bob Baker', 'bob@corp.example', 'bob', 'bob baker', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'd4cef3cb-8739-430f-bf0c-c506c0bbabfd', 'test21@corp.example', 'test21', 'test21', 'test21@corp.example', 'test21', 'test21', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '0b497acc-9ef0-4aa9-b560-55dff7b51945', 'cannotchange02@corp.example', 'cannotchange02', 'cannotchange02', 'cannotchange02@corp.example', 'cannotchange02', 'cannotchange02', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'ec62d8cc-127f-48b6-af2d-09f6186a393b', 'pwexpired01@corp.example', 'pwexpired01', 'pwexpired01', 'pwexpired01@corp.example', 'pwexpired01', 'pwexpired01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'b56514cf-eddb-42f2-ae41-b98a6401e16d', 'test03@corp.example', 'test03', 'test03', 'test03@corp.example', 'test03', 'test03', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '683a2fd7-ea2e-487a-b825-544fad8085f7', 'disabled02@corp.example', 'disabled02', 'disabled02', 'disabled02@corp.example', 'disabled02', 'disabled02', false, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'c9f60ed9-a6a4-4846-9224-92e37e0ca726', 'test11@corp.example', 'test11', 'test11', 'test11@corp.example', 'test11', 'test11', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'a9f8a9da-3732-46df-b8d6-a3bc8e923209', 'yamada@corp.example', 'yamada', '山田太郎', 'yamada@corp.example', 'yamada', '山田太郎', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '59dd89e3-0c5d-42ce-8448-58791ee49ff2', 'adminprimary01@corp.example', 'adminprimary01', 'adminprimary01', 'adminprimary01@corp.example', 'adminprimary01', 'adminprimary01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'bc785be6-2915-4a46-99ae-e4c3ffa1016d', 'test27@corp.example', 'test27', 'test27', 'test27@corp.example', 'test27', 'test27', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'f08f21eb-08ec-49a8-a6d9-a425bca5546d', 'test02@corp.example', 'test02', 'test02', 'test02@corp.example', 'test02', 'test02', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'c5369005-006d-4cf0-9344-12817d06a32c', 'locked01@corp.example', 'locked01', 'locked01', 'locked01@corp.example', 'locked01', 'locked01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '6afb2806-2b96-40ce-a4f8-15c7db9693c7', 'test22@corp.example', 'test22', 'test22', 'test22@corp.example', 'test22', 'test22', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '9d7e4308-f1f7-41f0-96a5-e567da85d5a2', 'test20@corp.example', 'test20', 'test20', 'test20@corp.example', 'test20', 'test20', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '725cbc08-15ff-46a3-8ee7-49f7e32b7ae9', 'test19@corp.example', 'test19', 'test19', 'test19@corp.example', 'test19', 'test19', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '2d6bcb08-e429-4d4f-b196-50bfe9b5a033', 'twin@corp.example', 'twin01', 'twin01', 'twin@corp.example', 'twin01', 'twin01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'd194720e-375b-4cc0-96ab-3f92745f25bb', 'bench03@corp.example', 'bench03', 'bench03', 'bench03@corp.example', 'bench03', 'bench03', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '9ecd080f-d798-4a4c-bc5a-a1e820bfe586', 'test17@corp.example', 'test17', 'test17', 'test17@corp.example', 'test17', 'test17', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'f95ead13-a474-4e44-bb0a-1064a727db58', 'odd14@corp.example', 'odd14', 'Filter *)(cn=*', 'odd14@corp.example', 'odd14', 'filter *)(cn=*', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'a8c9f813-2fd5-4881-aa85-c7bf1187227d', 'test09@corp.example', 'test09', 'test09', 'test09@corp.example', 'test09', 'test09', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '73829b14-c9ab-4803-9e78-fe4b2bae19c0', 'bench04@corp.example', 'bench04', 'bench04', 'bench04@corp.example', 'bench04', 'bench04', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'b6c5ae14-6515-4f1d-9734-bd1c45c182c8', 'locked03@corp.example', 'locked03', 'locked03', 'locked03@corp.example', 'locked03', 'locked03', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'ed49b919-1b45-42e7-852c-553fd22862c5', 'test07@corp.example', 'test07', 'test07', 'test07@corp.example', 'test07', 'test07', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '1179f11c-6a25-4c45-ab27-289f8832acf7', 'odd03@corp.example', 'odd03', 'Quote " Mark', 'odd03@corp.example', 'odd03', 'quote " mark', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '3afe671e-6729-44f1-9d12-c9888742d4a5', 'odd07@corp.example', 'odd07', 'Semi ; Colon', 'odd07@corp.example', 'odd07', 'semi ; colon', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'afbb9021-354d-403e-bdc2-2c1c5a2adfbc', 'bench07@corp.example', 'bench07', 'bench07', 'bench07@corp.example', 'bench07', 'bench07', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '26cb88eb-88c7-4ab5-b17d-cdcaffa68ba1', 'test12@corp.example', 'test12', 'test12', 'test12@corp.example', 'test12', 'test12', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '130796ec-502a-458e-b3ac-3bee4d7e4d96', 'adminnested01@corp.example', 'adminnested01', 'adminnested01', 'adminnested01@corp.example', 'adminnested01', 'adminnested01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '5f1835ed-aef0-47fc-8f67-7c754993a83a', 'test13@corp.example', 'test13', 'test13', 'test13@corp.example', 'test13', 'test13', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '0da350ed-9ff7-42cd-b34f-4497906e3d4e', 'test15@corp.example', 'test15', 'test15', 'test15@corp.example', 'test15', 'test15', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '62f43aee-d123-46a2-a6a4-f8a913bf2a49', 'odd10@corp.example', 'odd10', '#Hash First', 'odd10@corp.example', 'odd10', '#hash first', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'de8e04f0-d73f-46a8-bc1c-80f9fb2c2596', 'odd01@corp.example', 'odd01', 'Comma, Inc', 'odd01@corp.example', 'odd01', 'comma, inc', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '5c0413f2-9350-463f-a4ba-c29035361094', 'smartcard01@corp.example', 'smartcard01', 'smartcard01', 'smartcard01@corp.example', 'smartcard01', 'smartcard01', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '8d8848f2-cbcd-4550-8123-3ac04c565dc9', 'odd09@corp.example', 'odd09', 'Slash / Slash', 'odd09@corp.example', 'odd09', 'slash / slash', true, '2026-11-29 08:10:11.681509+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'e70f77f2-22aa-4432-83cb-af86eb54e2f1', 'test18@corp.example', 'test18', 'test18', 'test18@corp.example', 'test18', 'test18', true, '2026-11-29 08:10:11.681509+00');
INSERT INTO directory.accounts VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'c55246f4-5008-4ed3-87fb-4940da011bc9', 'carol@corp.example', 'carol', 'Carol Cooper', 'carol@corp.example', 'carol', 'carol cooper', true, '2026-11-29 08:10:11.681509+00');


--
-- Data for Name: audit_heads; Type: TABLE DATA; Schema: directory; Owner: -
--

INSERT INTO directory.audit_heads VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'c7938aea-eeb7-4bab-aece-83e7718b429b', '4cb2c837-ab7d-401d-a151-c94d648999b5', 'fcad3e03-64d6-43e1-bd3e-f4359172f330', 87, '\206xh\216D,\2020\3043~k@\247)x%z\366\373\372\314T\376y\000 \374\025\246\214\245', '2026-11-29 08:10:15.504902+00');


--
-- Data for Name: checkpoints; Type: TABLE DATA; Schema: directory; Owner: -
--



--
-- Data for Name: connector_groups; Type: TABLE DATA; Schema: directory; Owner: -
--

INSERT INTO directory.connector_groups VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'corp.example', '2026-11-29 08:08:58.736668+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', '7f465aae-d4df-4028-83a0-ba6d33f70663', 'other.example', '2026-11-29 08:09:25.031245+00');


--
-- Data for Name: connectors; Type: TABLE DATA; Schema: directory; Owner: -
--

INSERT INTO directory.connectors VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'c7938aea-eeb7-4bab-aece-83e7718b429b', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'compose', '0.1.0', '2026-11-29 08:09:02.971745+00', '766e77ee5f123f1987c16c6c265391a2', '\012\306G=J\333.P\373"u\027#x\031\322\373\234\011\213\254\313)2\334\307`\350\354\274\261\201', '2026-12-29 08:09:02+00', '2026-11-29 08:10:15.504902+00', 'dc1.corp.example', NULL);


--
-- Data for Name: enrollment_tokens; Type: TABLE DATA; Schema: directory; Owner: -
--

INSERT INTO directory.enrollment_tokens VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '09d69f29-6f79-499e-bbce-9d92381d8db3', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '\210\007q\320-+bb\251\304\203\016\362\215\255|\213\177\347\327"\336R`\340\001\323\377\023\234\310X', '2026-11-29 08:08:58.800571+00', '2026-11-29 08:38:58.800571+00', '2026-11-29 08:09:02.971745+00', NULL, 'c7938aea-eeb7-4bab-aece-83e7718b429b'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'b4083413-f1ef-4333-a977-1fb797024897', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '\253Zt/\213\354uD\330\024\370\344"\343_g\206a\302e\177\216\354o\371\015)\262\003&%z', '2026-11-29 08:09:23.910493+00', '2026-11-29 08:39:23.910493+00', NULL, '2026-11-29 08:09:24.446834+00', NULL),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', '67d76a31-7347-42c6-9f82-d66959598310', '7f465aae-d4df-4028-83a0-ba6d33f70663', '\207\250\314G\030\325\234k-\325P\361''\265r\310\363\367{\213N\252\354\224\3135~\377\360\266\301\220', '2026-11-29 08:09:25.464025+00', '2026-11-29 08:39:25.464025+00', NULL, '2026-11-29 08:09:25.903105+00', NULL);


--
-- Data for Name: group_bindings; Type: TABLE DATA; Schema: directory; Owner: -
--

INSERT INTO directory.group_bindings VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '\216\177\362\242\0336\335\177\210"''*\307\366\016\021^\221\323)\000l\0069\347_\032\332ZF\254\300', 'dc1.corp.example', 'e04ed350-773f-4ae1-8e6e-b4661cb83e5a', true, '2026-11-29 08:10:11.681509+00');


--
-- Data for Name: operations; Type: TABLE DATA; Schema: directory; Owner: -
--

INSERT INTO directory.operations VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '49e22223-0658-40b8-92e9-1cfcc7a67301', '1eda8674-a006-425d-b139-47a3d0147acb', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'ADMIN_RESET', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 1, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "APPLIED", "attempt": 1, "evidence": {"dc": "dc1.corp.example", "ldap_result": 0, "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a", "unicode_pwd_version": 2}, "recovered": false, "ended_at_us": 1795939752209000, "durations_us": {"open": 8584, "seal": 219, "admit": 24563, "queue": 51, "write": 38424, "intent": 4025, "policy": 43, "record": 2300, "deliver": 1162, "resolve": 2362}}', 'helpdesk', 'helpdesk', '2026-11-29 08:09:12.150972+00', '2026-11-29 08:10:12.138+00', 'bea1dcfe66c8fc07e64c5f7db890ef2ad8339153260f9fd71129080fcad96508', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-a3ba92f8587b1c6d77018c110e67a344-f81f2d1c47c7d29b-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '3adeda0e-d312-45dd-9e1b-b3439eb90b24', '1eda8674-a006-425d-b139-47a3d0147acb', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'CHANGE', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 2, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "APPLIED", "attempt": 1, "evidence": {"dc": "dc1.corp.example", "ldap_result": 0, "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a", "unicode_pwd_version": 3}, "recovered": false, "ended_at_us": 1795939752677000, "durations_us": {"open": 8129, "seal": 153, "admit": 20678, "queue": 46, "write": 42298, "intent": 2050, "policy": 40, "record": 2210, "deliver": 1343, "resolve": 2553}}', 'app', 'self_service_app', '2026-11-29 08:09:12.616651+00', '2026-11-29 08:10:12.616+00', '07d04e7754e5190efb308572f870c51bb58ba9e3ec07a31dc1c74ce5a89932f7', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-d3ca2d443fb944bdd149026b06c0b6fb-b41576aa31a1da6c-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '587904e6-f9ba-436f-a3b9-2ca2a455d98c', 'eddbfbae-a6a9-49f6-94f9-7e7cea68ef87', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'CHANGE', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 1, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "APPLIED", "attempt": 1, "evidence": {"dc": "dc1.corp.example", "ldap_result": 0, "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a", "unicode_pwd_version": 2}, "recovered": false, "ended_at_us": 1795939753922000, "durations_us": {"open": 3419, "seal": 144, "admit": 13046, "queue": 49, "write": 90997, "intent": 2307, "policy": 37, "record": 3610, "deliver": 1095, "resolve": 5470}}', 'app', 'self_service_app', '2026-11-29 08:09:13.815806+00', '2026-11-29 08:10:13.809+00', '4d520a60b9f3be753141686e3cbc10760c92ed0fb1c6f9c8b0b074a6fa744afc', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-720b954d40b0dfcba3cdffc0404c0c5d-aab97079e87709cc-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a', 'eddbfbae-a6a9-49f6-94f9-7e7cea68ef87', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'CHANGE', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 2, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "APPLIED", "attempt": 1, "evidence": {"dc": "dc1.corp.example", "ldap_result": 0, "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a", "unicode_pwd_version": 3}, "recovered": false, "ended_at_us": 1795939754368000, "durations_us": {"open": 2413, "seal": 145, "admit": 6598, "queue": 37, "write": 43756, "intent": 1946, "policy": 33, "record": 1682, "deliver": 1026, "resolve": 2948}}', 'app', 'self_service_app', '2026-11-29 08:09:14.313047+00', '2026-11-29 08:10:14.311+00', '4d520a60b9f3be753141686e3cbc10760c92ed0fb1c6f9c8b0b074a6fa744afc', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-0af7651916cd43dd8448eb211c80319c-d078cf651ee357e3-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'ff89689d-e26a-45e4-824d-f91ed8671edf', 'f2b8f0ca-67db-4bf1-8dfa-2179c1b2ebda', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'CHANGE', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 1, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "REJECTED", "attempt": 1, "reasons": [{"code": "PASSWORD_TOO_SHORT", "fields": {"policy": "domain", "minimum": "8"}}, {"code": "PASSWORD_NOT_COMPLEX", "fields": {"policy": "domain", "classes": "upper_case,lower_case,digits,symbols,other_letters", "required": "3"}}, {"code": "PASSWORD_CONTAINS_ACCOUNT_NAME", "fields": {"policy": "domain"}}, {"code": "PASSWORD_CONTAINS_DISPLAY_NAME", "fields": {"policy": "domain"}}], "evidence": {"dc": "dc1.corp.example", "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}, "recovered": false, "ended_at_us": 1795939754817000, "durations_us": {"open": 3113, "seal": 145, "admit": 7253, "queue": 44, "policy": 40, "record": 2212, "deliver": 884, "resolve": 6314}}', 'app', 'self_service_app', '2026-11-29 08:09:14.802717+00', '2026-11-29 08:10:14.8+00', 'fbb5c2eae2befe06a7027dc0f718d29aef2db111919b24067c88430a6e1ce109', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-4a709583abc3e890e5f4166c76f6b66b-ce7237da61df4766-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '9709e660-b905-471e-847d-17b70d1aed86', 'f08f21eb-08ec-49a8-a6d9-a425bca5546d', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'CHANGE', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 1, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "REJECTED", "attempt": 1, "reasons": [{"code": "CURRENT_PASSWORD_INCORRECT", "fields": {"tries_left": "4"}}], "evidence": {"dc": "dc1.corp.example", "ad_code": "00000056", "ldap_result": 19, "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}, "recovered": false, "ended_at_us": 1795939755542000, "durations_us": {"open": 3462, "seal": 153, "admit": 8322, "queue": 44, "write": 62452, "intent": 1839, "policy": 35, "record": 2648, "deliver": 1085, "resolve": 5117}}', 'app', 'self_service_app', '2026-11-29 08:09:15.463958+00', '2026-11-29 08:10:15.461+00', 'd64695938d512c4466836403220676151a9f5b03cc6369afbe0e292e673206cc', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-dcb9b1b9f299df423cf02e5b5c72de36-60a902f134835e61-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'f195bb51-0f9d-4c64-88d8-163dec7aa29e', '6aa9f044-81d7-4373-83dd-ab42398f680c', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'CHANGE', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 1, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "REJECTED", "attempt": 1, "reasons": [{"code": "PASSWORD_TOO_YOUNG", "fields": {"policy": "Slow", "may_change_after": "2026-11-30T08:08:57Z", "minimum_age_seconds": "86400"}}], "evidence": {"dc": "dc1.corp.example", "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}, "recovered": false, "ended_at_us": 1795939756131000, "durations_us": {"open": 9698, "seal": 146, "admit": 4749, "queue": 43, "policy": 48, "record": 1841, "deliver": 841, "resolve": 3942}}', 'app', 'self_service_app', '2026-11-29 08:09:16.114785+00', '2026-11-29 08:10:16.113+00', '3c25ec95c4ff5aa901dd449f1ebf92f3d20a94f1b2f696f23730fe274fa52e46', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-aa8b931c430f2c3fed26853c75699b81-c2bae8fac0823b11-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'c9c5b975-0d4a-4c57-9146-1980236c8f6d', 'ccfaaa75-8a3e-4049-a404-7f1a883cdd2f', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'SELF_RESET', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 1, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "APPLIED", "attempt": 1, "evidence": {"dc": "dc1.corp.example", "ldap_result": 0, "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a", "unicode_pwd_version": 2}, "recovered": false, "ended_at_us": 1795939756828000, "durations_us": {"open": 6390, "seal": 148, "admit": 18931, "queue": 47, "write": 90447, "intent": 2208, "policy": 37, "record": 10963, "deliver": 3527, "resolve": 2478}}', 'app', 'self_service_app', '2026-11-29 08:09:16.715297+00', '2026-11-29 08:10:16.708+00', 'fdc318f5f087579fee3bf81f19db19a179ea890d48baf1c339544e0861c67831', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-cfbd034e6861a7d7138d316fd1bef556-fb1489564dd64e2f-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'effb892b-ef3b-4db6-b6e1-8328ec33741a', '251a9973-ebcc-4ad2-9899-8e1935fcf8f2', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'ADMIN_RESET', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 1, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "REJECTED", "attempt": 1, "reasons": [{"code": "ACCOUNT_PROTECTED", "fields": {"group": "Administrators, Domain Admins"}}], "evidence": {"dc": "dc1.corp.example", "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}, "recovered": false, "ended_at_us": 1795939760326000, "durations_us": {"open": 833, "seal": 141, "admit": 8923, "queue": 40, "policy": 42, "record": 2164, "deliver": 769, "resolve": 6237}}', 'helpdesk', 'helpdesk', '2026-11-29 08:09:20.312591+00', '2026-11-29 08:10:20.311+00', '8bc4b3d269b0c8c5314b37f52adea80a6310cd3d36e5879e09e4e7fd696791c4', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-acb7632a78945c34b802f4522876f8c6-de1459a82fc436ea-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'fd01a553-b4fa-40ba-8c6e-94565fa2483d', 'b56514cf-eddb-42f2-ae41-b98a6401e16d', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'CHANGE', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 1, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "APPLIED", "attempt": 1, "evidence": {"dc": "dc1.corp.example", "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a", "unicode_pwd_version": 2}, "recovered": true, "ended_at_us": 1795939798292000, "durations_us": {"seal": 145, "admit": 9147, "queue": 126, "record": 5323, "deliver": 26325072, "resolve": 6908}}', 'app', 'self_service_app', '2026-11-29 08:09:31.978683+00', '2026-11-29 08:09:51.976+00', 'a0c1a902393ed84372a101d0c143f688cf0bd8c8c3d1ca002a89ea92ce3eeb7b', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-348747dabec4c2dd9b1fa03a0e43cd4b-d86a5259c0bc2c81-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '43fc0106-6cd4-47d2-a739-fd4a9f1da541', 'c5369005-006d-4cf0-9344-12817d06a32c', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'ADMIN_RESET', '{"unlock": true, "allow_disabled": false, "must_change_at_next_logon": true}', 'ENDED', 1, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "APPLIED", "attempt": 1, "evidence": {"dc": "dc1.corp.example", "ldap_result": 0, "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a", "unicode_pwd_version": 2}, "recovered": false, "ended_at_us": 1795939757581000, "durations_us": {"open": 1833, "seal": 209, "admit": 6493, "queue": 47, "write": 92898, "intent": 10414, "policy": 44, "record": 1593, "deliver": 4382, "resolve": 4093}}', 'helpdesk', 'helpdesk', '2026-11-29 08:09:17.467106+00', '2026-11-29 08:10:17.464+00', '9f9b0b1c760a866f7dbb1e4c3a7c36590adc37fafc076033bc660337b2a69e98', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-4c19ebf3e9e6a7ff189c14e161fc5c98-af29302f3fc09767-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'fb629bb0-82b3-455c-a983-6a596ae5a7ba', 'ab2e7072-8b98-4cee-a555-c1928cab4adf', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'UNLOCK', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 1, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "APPLIED", "attempt": 1, "evidence": {"dc": "dc1.corp.example", "ldap_result": 0, "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a", "unicode_pwd_version": 1}, "recovered": false, "ended_at_us": 1795939761021000, "durations_us": {"open": 3054, "admit": 9372, "queue": 41, "write": 15213, "intent": 2055, "policy": 34, "record": 12725, "deliver": 1252, "resolve": 3201}}', 'helpdesk', 'helpdesk', '2026-11-29 08:09:20.990232+00', '2026-11-29 08:10:20.989+00', 'd81a4dc48de068b2a04016850a6794304afeef20d8e65d915a359e168f45e1e6', '{}', '00-97f36ff1fefa2031ebfbba4298a641ba-8d7ff3593adb0e50-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'e239397f-6f68-467a-a9c4-e4d9c5bf9eb8', 'b56514cf-eddb-42f2-ae41-b98a6401e16d', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'ADMIN_RESET', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 3, 0, NULL, NULL, '{"code": "CANCELLED", "attempt": 0, "reasons": [{"code": "CANCELLED_BY_CALLER"}], "recovered": false, "ended_at_us": 1795939775427293}', 'helpdesk', 'helpdesk', '2026-11-29 08:09:34.779664+00', '2026-11-29 08:09:54.779+00', '2e56b57906e32e05fbe7f94a5c4a5dce2696af783d037aa75f8d265298bc5972', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-5bc238cda31f7c5dc8cbddb05ca8c4ea-ba4ec16222264580-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '4f5388d9-54d3-4f5c-8c28-ec1eaabc860f', '53b30cb4-31b6-4922-a235-078d5340259b', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'ADMIN_RESET', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": true}', 'ENDED', 1, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "APPLIED", "attempt": 1, "evidence": {"dc": "dc1.corp.example", "ldap_result": 0, "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a", "unicode_pwd_version": 2}, "warnings": [{"code": "MUST_CHANGE_FLAG_NOT_SET", "fields": {"why": "never_expires"}}], "recovered": false, "ended_at_us": 1795939758555000, "durations_us": {"open": 838, "seal": 150, "admit": 13747, "queue": 54, "write": 201093, "intent": 2053, "policy": 35, "record": 1768, "deliver": 1835, "resolve": 4845}}', 'helpdesk', 'helpdesk', '2026-11-29 08:09:18.335663+00', '2026-11-29 08:10:18.332+00', 'f6abb444134caf638abb1f364ab907b4846b3a02ca2666fa74c9b1597e69d1f1', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-ed3d5a334dd2588a258addb857ecea60-a1b3a0d8352b929e-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'b33815f4-902c-4615-b65c-eade5bcec4c2', '48842965-f0c0-4f5a-925f-d8d40dd22afb', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'ADMIN_RESET', '{"unlock": false, "allow_disabled": true, "must_change_at_next_logon": false}', 'ENDED', 2, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "APPLIED", "attempt": 1, "evidence": {"dc": "dc1.corp.example", "ldap_result": 0, "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a", "unicode_pwd_version": 2}, "recovered": false, "ended_at_us": 1795939759839000, "durations_us": {"open": 3994, "seal": 150, "admit": 3317, "queue": 44, "write": 83240, "intent": 15347, "policy": 36, "record": 9279, "deliver": 1095, "resolve": 2929}}', 'helpdesk', 'helpdesk', '2026-11-29 08:09:19.731403+00', '2026-11-29 08:10:19.731+00', 'ced5ac6907a3df9b7f647eb4ae6afb60a384573edf1d7ecde32756db77f16da7', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-7cb3855c4707d22882cba1bcef5ce426-1a4a4db1a1c0db7d-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'd849015b-e259-4258-9581-55b289f2e1e1', 'ccfaaa75-8a3e-4049-a404-7f1a883cdd2f', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'REQUIRE_CHANGE', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 2, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "APPLIED", "attempt": 1, "evidence": {"dc": "dc1.corp.example", "ldap_result": 0, "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a", "unicode_pwd_version": 2}, "recovered": false, "ended_at_us": 1795939761630000, "durations_us": {"open": 7517, "admit": 3314, "queue": 39, "write": 20087, "intent": 6089, "policy": 31, "record": 11693, "deliver": 1205, "resolve": 3150}}', 'helpdesk', 'helpdesk', '2026-11-29 08:09:21.591131+00', '2026-11-29 08:10:21.591+00', '7ec512759b4a0c790f46306615b512b1dbab41983418840be80f706b86cc494b', '{}', '00-053ac9dde2f6ba3b5e694babb1747343-80d0b923a9a2a119-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '5b00470d-19c3-4591-b881-e737196ec2d3', 'b56514cf-eddb-42f2-ae41-b98a6401e16d', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'ADMIN_RESET', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 2, 0, NULL, NULL, '{"code": "SUPERSEDED", "attempt": 0, "reasons": [{"code": "SUPERSEDED", "fields": {"by": "e239397f-6f68-467a-a9c4-e4d9c5bf9eb8"}}], "recovered": false, "ended_at_us": 1795939774779664}', 'helpdesk', 'helpdesk', '2026-11-29 08:09:33.989644+00', '2026-11-29 08:09:53.985+00', '2e56b57906e32e05fbe7f94a5c4a5dce2696af783d037aa75f8d265298bc5972', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-d507fd6e1b4f4d3b780835fbb3b78826-df45d3011e18811e-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b', '48842965-f0c0-4f5a-925f-d8d40dd22afb', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'ADMIN_RESET', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 1, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "REJECTED", "attempt": 1, "reasons": [{"code": "ACCOUNT_DISABLED"}], "evidence": {"dc": "dc1.corp.example", "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}, "recovered": false, "ended_at_us": 1795939759174000, "durations_us": {"open": 333, "seal": 145, "admit": 6933, "queue": 45, "policy": 33, "record": 1569, "deliver": 832, "resolve": 5999}}', 'helpdesk', 'helpdesk', '2026-11-29 08:09:19.165345+00', '2026-11-29 08:10:19.162+00', '473ecec7908e1c8293bea9bb92d6ba2a86b601730790f459f38d1a9b14c17815', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-94c6de84bb06b9fd07edca7b17ced3b3-2ba45d76cb02fc72-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '609c24a6-b832-443d-b826-d9c240f670d0', 'b56514cf-eddb-42f2-ae41-b98a6401e16d', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'ADMIN_RESET', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 4, 0, NULL, NULL, '{"code": "EXPIRED", "attempt": 0, "reasons": [{"code": "REQUEST_EXPIRED", "fields": {"stage": "queue"}}], "recovered": false, "ended_at_us": 1795939796218955}', 'helpdesk', 'helpdesk', '2026-11-29 08:09:36.218545+00', '2026-11-29 08:09:56.215+00', '2e56b57906e32e05fbe7f94a5c4a5dce2696af783d037aa75f8d265298bc5972', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-e446214939d990afe6c3f02cd1ec6ab8-b8028b25d9771eca-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '4f70ff7b-ce93-4e05-a5a2-92284743cb8c', '68909a77-6b31-4960-86fc-f70e435d8922', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'CHANGE', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'ENDED', 1, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', NULL, '{"code": "EXPIRED", "attempt": 1, "reasons": [{"code": "SECRET_LOST"}], "evidence": {"dc": "dc1.corp.example", "dc_invocation_id": "e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}, "recovered": false, "ended_at_us": 1795939811578000, "durations_us": {"seal": 298, "admit": 5662, "queue": 35, "write": 24919, "record": 13841, "deliver": 10419253, "resolve": 29637}}', 'app', 'self_service_app', '2026-11-29 08:10:01.107648+00', '2026-11-29 08:10:21.105+00', 'f8db2074ef74cb2ab5932975220e0cadb81cf1b17d949f59a66b75eeb390a83d', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-06e5f801ed160392b059b18f703e0aa8-45ed2d28b270a47e-01'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'd796eb49-1153-4f42-867a-d92318269466', '9a8f4a75-d401-4f48-a20a-8b598f1a5d9b', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 'CHANGE', '{"unlock": false, "allow_disabled": false, "must_change_at_next_logon": false}', 'IN_DOUBT', 1, 1, 'c7938aea-eeb7-4bab-aece-83e7718b429b', '2026-11-29 08:10:34.126358+00', NULL, 'app', 'self_service_app', '2026-11-29 08:10:14.12913+00', '2026-11-29 08:10:34.125+00', '89c14c33d932bf601de0ddebe54940ad525567432667286e98b1e3dd81d7c52d', '{2674b8192c1edf03fcaf5c2d90a73669}', '00-8500ccd20313afec6e135aea7223d692-4528a947cb087f42-01');


--
-- Data for Name: sealing_keys; Type: TABLE DATA; Schema: directory; Owner: -
--

INSERT INTO directory.sealing_keys VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', '2674b8192c1edf03fcaf5c2d90a73669', 'c7938aea-eeb7-4bab-aece-83e7718b429b', '\012$0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001\022$0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002\032 2674b8192c1edf03fcaf5c2d90a73669" \352''\203\270\350\231L\334:\220\003\3334\313\037\031\324PN\027\231l\227|\000\330\007\332\335\246\357+*\006\010\362\270\257\330\0062\006\010\236\211\212\334\006:\006\010\236\317\224\334\006', '90068a67a2f8c9d64cd8199ba191c4e0', '?U\021\247t9\017\322\213,\212\351\324\036J\312\245!\035\265^z\276\017J\254>8w\254\336\205\032\344)\252&\315\3302\0055D\212\224X\202\012h\245\260\212\315V\217\314Z\251\016\371\204\205\264\007', '2026-11-29 08:04:02+00', '2027-02-27 08:09:02+00', '2027-03-01 08:09:02+00');


--
-- Data for Name: tenants; Type: TABLE DATA; Schema: directory; Owner: -
--

INSERT INTO directory.tenants VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'Corp Example', '2026-11-29 08:08:58.666845+00'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', 'Other Example', '2026-11-29 08:08:58.70977+00');


--
-- Data for Name: writeback_settings; Type: TABLE DATA; Schema: directory; Owner: -
--

INSERT INTO directory.writeback_settings VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', '{"enabled": false, "allowed_kinds": [], "require_proof": false, "require_sealed": true, "unknown_horizon_ms": 86400000, "self_service_unlock": false, "operation_lifetime_ms": 3600000}'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '{"enabled": true, "allowed_kinds": [], "require_proof": false, "require_sealed": false, "unknown_horizon_ms": 86400000, "self_service_unlock": true, "operation_lifetime_ms": 20000}');


--
-- Data for Name: _migrations; Type: TABLE DATA; Schema: eventlog; Owner: -
--

INSERT INTO eventlog._migrations VALUES
	(1, 'log', '2026-11-29 08:08:54.061829+00', true, '\255\302\232?}W)\002\201\346F\342\213\200\334\272\350`HT\307\037m\300Bl\255uHK\261\377<3\217\273\300\2011\2143\271\221\275b\214\212\000', 10344995),
	(2, 'append next', '2026-11-29 08:08:54.093289+00', true, '\006\376/\377\005_>\304\331,d\330\374D\262\017\020\006\035V\357\332\343\306\272\022b9\350\246\233d\021G\276 73\310h\222\222p\362\002\327?\350', 2315379);


--
-- Data for Name: claims; Type: TABLE DATA; Schema: eventlog; Owner: -
--

INSERT INTO eventlog.claims VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'connector_group', '0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002', 2),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'enrollment-token', '09d69f29-6f79-499e-bbce-9d92381d8db3', 5),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', '49e22223-0658-40b8-92e9-1cfcc7a67301', 10),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', '3adeda0e-d312-45dd-9e1b-b3439eb90b24', 13),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', '587904e6-f9ba-436f-a3b9-2ca2a455d98c', 16),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', 'c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a', 19),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', 'ff89689d-e26a-45e4-824d-f91ed8671edf', 22),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', '9709e660-b905-471e-847d-17b70d1aed86', 25),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', 'f195bb51-0f9d-4c64-88d8-163dec7aa29e', 28),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', 'c9c5b975-0d4a-4c57-9146-1980236c8f6d', 31),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', '43fc0106-6cd4-47d2-a739-fd4a9f1da541', 34),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', '4f5388d9-54d3-4f5c-8c28-ec1eaabc860f', 37),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', '56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b', 40),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', 'b33815f4-902c-4615-b65c-eade5bcec4c2', 43),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', 'effb892b-ef3b-4db6-b6e1-8328ec33741a', 46),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', 'fb629bb0-82b3-455c-a983-6a596ae5a7ba', 49),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', 'd849015b-e259-4258-9581-55b289f2e1e1', 52),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', 'connector_group', '7f465aae-d4df-4028-83a0-ba6d33f70663', 2),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', 'fd01a553-b4fa-40ba-8c6e-94565fa2483d', 64),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', '5b00470d-19c3-4591-b881-e737196ec2d3', 66),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', 'e239397f-6f68-467a-a9c4-e4d9c5bf9eb8', 67),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', '609c24a6-b832-443d-b826-d9c240f670d0', 70),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', '4f70ff7b-ce93-4e05-a5a2-92284743cb8c', 78),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'operation', 'd796eb49-1153-4f42-867a-d92318269466', 84);


--
-- Data for Name: erasable_parts_2026_11; Type: TABLE DATA; Schema: eventlog; Owner: -
--

INSERT INTO eventlog.erasable_parts_2026_11 VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 16, 1795939753816140, 'W`.\316m\307F\340\225z!\221s\243y<\314\020Y\022\023\275C\206\227\031\331\023\224\275H\365', '{"subject":"employee-4711","client_address":"192.0.2.7","authentication_methods":["pwd","otp"]}');


--
-- Data for Name: erasable_parts_2026_12; Type: TABLE DATA; Schema: eventlog; Owner: -
--



--
-- Data for Name: erasable_parts_2027_01; Type: TABLE DATA; Schema: eventlog; Owner: -
--



--
-- Data for Name: log_heads; Type: TABLE DATA; Schema: eventlog; Owner: -
--

INSERT INTO eventlog.log_heads VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', '19b55b29-4321-44b5-af20-cae71e1b196e', 87, '\016\214\000\333vV1\240\305N\320j\177\240\035\234\365\212:l\265;\261S\226P\036\355k`+c', 0),
	('67726f75-6e64-7769-7265-000000000001', '392c18d9-9c4e-4735-95ca-683d310e59d1', 1, '\222\260*\015\215\372\177\251\011\0358pE''\230\225\351\312\233\363\332\331\016\241\307\277{\206N\246{\262', 0),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', '99f9fe28-86c1-4647-8cda-608468c7183b', 5, 'I\022\374''n\274\236\231\221\036\015\226\336!\241\222\310\005\020T\340\241\014\244\335\037r,\037\220\215\015', 0);


--
-- Data for Name: records_2026_11; Type: TABLE DATA; Schema: eventlog; Owner: -
--

INSERT INTO eventlog.records_2026_11 VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 1, 1795939738697295, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 1, '01a22659-a449-76b9-b7df-4097eb6bb53e', 'TenantCreated', 1, '{"tenant_id":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001","display_name":"Corp Example","created_at_us":1795939738666845}', '{"actor":"operator"}', NULL, '!\375\313\312O>\376|\035 p\326%\021{<\353\233\367\304\353%K=nf\313\011\177\317V\310', '\261 "\333\300\\x\253]\014Zk\201;\031f={z\026\247\266\272e\300\260[\243\372\273\3307'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', 1, 1795939738722457, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', 1, '01a22659-a462-75a5-bc46-c6646decb073', 'TenantCreated', 1, '{"tenant_id":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003","display_name":"Other Example","created_at_us":1795939738709770}', '{"actor":"operator"}', NULL, '\273pD\340\341/P\372\005`<\011\374\316\207Y\017s\200\203{DX\331\303\236#;\246bq\261', '\035s\261\350v3/d\0049g\316d\015D\301D\234u\227hg\262\005\014\302N-\315\255\245\336'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 2, 1795939738737588, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 2, '01a22659-a471-7921-bfef-3a48fe7aa5a5', 'ConnectorGroupCreated', 1, '{"group_id":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","display_name":"corp.example","created_at_us":1795939738736668}', '{"actor":"operator"}', NULL, '\261 "\333\300\\x\253]\014Zk\201;\031f={z\026\247\266\272e\300\260[\243\372\273\3307', '\3335\230%''\335\224\244\367X\034*\315\031\015\344\231\307.:\304f\227\340\241\213\210\336\372\367<L'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 3, 1795939738769384, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 3, '01a22659-a491-7847-adfb-52084d1b7ca3', 'WritebackSettingsChanged', 1, '{"enabled":true,"self_service_unlock":true,"allowed_kinds":[],"operation_lifetime_ms":60000,"require_sealed":false,"require_proof":false,"unknown_horizon_ms":86400000}', '{"actor":"operator"}', NULL, '\3335\230%''\335\224\244\367X\034*\315\031\015\344\231\307.:\304f\227\340\241\213\210\336\372\367<L', 'q\352\3543\257\370\203\031\344?\213\224@\016\341\352\310\205H#\322]\255\366\343."\211\350\253\312\247'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 4, 1795939738801184, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 4, '01a22659-a4b1-7344-bf33-49a1dce78007', 'EnrollmentTokenIssued', 1, '{"token":"09d69f29-6f79-499e-bbce-9d92381d8db3","group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","expires_at":"2026-11-29T08:38:58.800571Z"}', '{"actor":"operator"}', NULL, 'q\352\3543\257\370\203\031\344?\213\224@\016\341\352\310\205H#\322]\255\366\343."\211\350\253\312\247', '\372]-x\3774\352\363x)%\231\256\235\215\217\031F\365\261\\7V\\\353\260\215\253\302?a\330'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 5, 1795939742990188, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 1, '01a22659-b50e-79b6-824e-6eabac219de2', 'ConnectorEnrolled', 1, '{"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","token":"09d69f29-6f79-499e-bbce-9d92381d8db3","display_name":"compose","version":"0.1.0","certificate_serial":"766e77ee5f123f1987c16c6c265391a2","certificate_fingerprint":"0ac6473d4adb2e50fb227517237819d2fb9c098baccb2932dcc760e8ecbcb181","certificate_expires_at":"2026-12-29T08:09:02Z","group_root_key":"8e7ff2a21b36dd7f8822272ac7f60e115e91d329006c0639e75f1ada5a46acc0"}', '{"actor":"c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\372]-x\3774\352\363x)%\231\256\235\215\217\031F\365\261\\7V\\\353\260\215\253\302?a\330', 'N\253#\226\260\252:2q@\263''\241g8r\246[\332B2N_\332AHw\346\260e\021e'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 6, 1795939743295152, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 2, '01a22659-b63f-7a9f-bb33-c5f349accb78', 'ConnectorAttached', 1, '{"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","version":"0.1.0","audit_store":"4cb2c837-ab7d-401d-a151-c94d648999b5","dc":"dc1.corp.example","keys":["2674b8192c1edf03fcaf5c2d90a73669"],"conditions":[]}', '{"actor":"c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, 'N\253#\226\260\252:2q@\263''\241g8r\246[\332B2N_\332AHw\346\260e\021e', '($z:\331\305\311[\003\312\252\275\227\026W34\334\313\033t\015\206Q\036\206\376*\201?F\270'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 7, 1795939743295152, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 3, '01a22659-b63f-7640-8c9e-1710af1a3182', 'SealingKeyRotated', 1, '{"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","key":"2674b8192c1edf03fcaf5c2d90a73669","seal_from":"2026-11-29T08:04:02Z","seal_until":"2027-02-27T08:09:02Z","open_until":"2027-03-01T08:09:02Z"}', '{"actor":"c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '($z:\331\305\311[\003\312\252\275\227\026W34\334\313\033t\015\206Q\036\206\376*\201?F\270', '_\032\3761"n\347\263\275\327\215\325V)j\304\273\273\236\302\234\314\303i\363\250l^]\244Il'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 8, 1795939743298669, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 4, '01a22659-b642-7b68-92d3-f87becfad9f0', 'GroupDcChosen', 1, '{"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","host":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","policy_hints":true}', '{"actor":"c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '_\032\3761"n\347\263\275\327\215\325V)j\304\273\273\236\302\234\314\303i\363\250l^]\244Il', 'F?\260|\316\343\243\020\035\307\262\303\346\371I\326\331\006_\005I\006m\244\034\241\245\303\370\014\251\037'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 9, 1795939743368371, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 5, '01a22659-b688-729f-ae69-6ce6683ec1a1', 'AccountsSynced', 1, '{"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","sync":"f0c810a1-db73-4e58-9abe-0761e430dfb9","added":101,"updated":0,"removed":0,"total":101,"removals":false}', '{"actor":"c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, 'F?\260|\316\343\243\020\035\307\262\303\346\371I\326\331\006_\005I\006m\244\034\241\245\303\370\014\251\037', '\025e<\3643\330\367FY\001\263$\364Z\320\276,\272d\306K\177\374\370^!IN\366\364\2013'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 10, 1795939752151285, 'account/1eda8674-a006-425d-b139-47a3d0147acb', 1, '01a22659-d8d7-7eae-b9f4-a9acc7ed3f7c', 'OperationRequested', 1, '{"operation_id":"49e22223-0658-40b8-92e9-1cfcc7a67301","sequence":1,"kind":"ADMIN_RESET","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"helpdesk","role":"helpdesk","requested_at_us":1795939752150972,"expires_at_us":1795939812138000,"fingerprint":"bea1dcfe66c8fc07e64c5f7db890ef2ad8339153260f9fd71129080fcad96508","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"helpdesk","traceparent":"00-a3ba92f8587b1c6d77018c110e67a344-f81f2d1c47c7d29b-01","correlation":"49e22223-0658-40b8-92e9-1cfcc7a67301"}', NULL, '\025e<\3643\330\367FY\001\263$\364Z\320\276,\272d\306K\177\374\370^!IN\366\364\2013', '\357|l~\225qc\227\207A]t^(c\333\374|>m7\011\211\362\036}\002TK\012\360i'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 11, 1795939752151285, 'account/1eda8674-a006-425d-b139-47a3d0147acb', 2, '01a22659-d8d7-780a-b5cc-7d5e0e897872', 'OperationDelivered', 1, '{"operation_id":"49e22223-0658-40b8-92e9-1cfcc7a67301","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939752150972}', '{"actor":"helpdesk","traceparent":"00-a3ba92f8587b1c6d77018c110e67a344-f81f2d1c47c7d29b-01","correlation":"49e22223-0658-40b8-92e9-1cfcc7a67301"}', NULL, '\357|l~\225qc\227\207A]t^(c\333\374|>m7\011\211\362\036}\002TK\012\360i', '\370\306\323%L\307:s\331$\376\036\016\240\026\364\217OK\005L\246\011X\200\007\000\311lqH\221'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 12, 1795939752212342, 'account/1eda8674-a006-425d-b139-47a3d0147acb', 3, '01a22659-d914-7d75-a39d-06bacc8bef3d', 'OperationApplied', 1, '{"operation_id":"49e22223-0658-40b8-92e9-1cfcc7a67301","outcome":{"code":"APPLIED","attempt":1,"ended_at_us":1795939752209000,"durations_us":{"admit":24563,"seal":219,"queue":51,"deliver":1162,"open":8584,"resolve":2362,"policy":43,"intent":4025,"write":38424,"record":2300},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"unicode_pwd_version":2},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-a3ba92f8587b1c6d77018c110e67a344-f81f2d1c47c7d29b-01","correlation":"49e22223-0658-40b8-92e9-1cfcc7a67301"}', NULL, '\370\306\323%L\307:s\331$\376\036\016\240\026\364\217OK\005L\246\011X\200\007\000\311lqH\221', '\212\202\376\274\374O\310\206\335\2115$\324di\342\3247\360\343\250\212\327\244`;\314\3538\222\302\260'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 13, 1795939752616986, 'account/1eda8674-a006-425d-b139-47a3d0147acb', 4, '01a22659-daa8-77aa-9cc6-8dc2a0160841', 'OperationRequested', 1, '{"operation_id":"3adeda0e-d312-45dd-9e1b-b3439eb90b24","sequence":2,"kind":"CHANGE","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"app","role":"self_service_app","requested_at_us":1795939752616651,"expires_at_us":1795939812616000,"fingerprint":"07d04e7754e5190efb308572f870c51bb58ba9e3ec07a31dc1c74ce5a89932f7","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"app","traceparent":"00-d3ca2d443fb944bdd149026b06c0b6fb-b41576aa31a1da6c-01","correlation":"3adeda0e-d312-45dd-9e1b-b3439eb90b24"}', NULL, '\212\202\376\274\374O\310\206\335\2115$\324di\342\3247\360\343\250\212\327\244`;\314\3538\222\302\260', 'KB|\323\341\026\352\177\007b\251~\245\363H4!\301\033\311\236\303\334\022\266r\031Ag\204\234\015'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 14, 1795939752616986, 'account/1eda8674-a006-425d-b139-47a3d0147acb', 5, '01a22659-daa8-7a23-836e-95335aac6cb8', 'OperationDelivered', 1, '{"operation_id":"3adeda0e-d312-45dd-9e1b-b3439eb90b24","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939752616651}', '{"actor":"app","traceparent":"00-d3ca2d443fb944bdd149026b06c0b6fb-b41576aa31a1da6c-01","correlation":"3adeda0e-d312-45dd-9e1b-b3439eb90b24"}', NULL, 'KB|\323\341\026\352\177\007b\251~\245\363H4!\301\033\311\236\303\334\022\266r\031Ag\204\234\015', '\025\321\031\330\032^\037\330Wt\327J2d\206P\341\312\344\272\035\311\342G\346\265X\021t\371\357\375'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 15, 1795939752680895, 'account/1eda8674-a006-425d-b139-47a3d0147acb', 6, '01a22659-dae8-7a65-b1cb-c2bdef350035', 'OperationApplied', 1, '{"operation_id":"3adeda0e-d312-45dd-9e1b-b3439eb90b24","outcome":{"code":"APPLIED","attempt":1,"ended_at_us":1795939752677000,"durations_us":{"admit":20678,"seal":153,"queue":46,"deliver":1343,"open":8129,"resolve":2553,"policy":40,"intent":2050,"write":42298,"record":2210},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"unicode_pwd_version":3},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-d3ca2d443fb944bdd149026b06c0b6fb-b41576aa31a1da6c-01","correlation":"3adeda0e-d312-45dd-9e1b-b3439eb90b24"}', NULL, '\025\321\031\330\032^\037\330Wt\327J2d\206P\341\312\344\272\035\311\342G\346\265X\021t\371\357\375', '\220W2\271\272\331\033\265\300\356\233\026\353\326\233^1\220\035/\230\222\336\320\011<\355]\031\377s\232'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 18, 1795939753930444, 'account/eddbfbae-a6a9-49f6-94f9-7e7cea68ef87', 3, '01a22659-dfca-767c-a526-ce478be5b2df', 'OperationApplied', 1, '{"operation_id":"587904e6-f9ba-436f-a3b9-2ca2a455d98c","outcome":{"code":"APPLIED","attempt":1,"ended_at_us":1795939753922000,"durations_us":{"admit":13046,"seal":144,"queue":49,"deliver":1095,"open":3419,"resolve":5470,"policy":37,"intent":2307,"write":90997,"record":3610},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"unicode_pwd_version":2},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-720b954d40b0dfcba3cdffc0404c0c5d-aab97079e87709cc-01","correlation":"587904e6-f9ba-436f-a3b9-2ca2a455d98c"}', NULL, '\374k\376\241\342\376\361Jw^\374O\230\331\206\015\365y\034\005\002\240]\2119swl5\017\333\343', '\342\352\216rB@&\355p\206\027(R\274\313\302o\370`\367\346\346\364\035\031;\377%@I\205\334'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 34, 1795939757467533, 'account/c5369005-006d-4cf0-9344-12817d06a32c', 1, '01a22659-ed9b-7956-8395-257cd7f9d652', 'OperationRequested', 1, '{"operation_id":"43fc0106-6cd4-47d2-a739-fd4a9f1da541","sequence":1,"kind":"ADMIN_RESET","flags":{"must_change_at_next_logon":true,"unlock":true,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"helpdesk","role":"helpdesk","requested_at_us":1795939757467106,"expires_at_us":1795939817464000,"fingerprint":"9f9b0b1c760a866f7dbb1e4c3a7c36590adc37fafc076033bc660337b2a69e98","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"helpdesk","traceparent":"00-4c19ebf3e9e6a7ff189c14e161fc5c98-af29302f3fc09767-01","correlation":"43fc0106-6cd4-47d2-a739-fd4a9f1da541"}', NULL, '1-\266\215\000T\305^;$\326\016\221N\356\202.\332*\227h\241\014\223\351\232?\010>\032R\352', '@\012\232My\270\206R\345\325r\355\341\322oU\3601\234\213\273M\033\305\306\263\343\247\206F\237\344'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 35, 1795939757467533, 'account/c5369005-006d-4cf0-9344-12817d06a32c', 2, '01a22659-ed9b-783a-b8b0-df0e5aef3604', 'OperationDelivered', 1, '{"operation_id":"43fc0106-6cd4-47d2-a739-fd4a9f1da541","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939757467106}', '{"actor":"helpdesk","traceparent":"00-4c19ebf3e9e6a7ff189c14e161fc5c98-af29302f3fc09767-01","correlation":"43fc0106-6cd4-47d2-a739-fd4a9f1da541"}', NULL, '@\012\232My\270\206R\345\325r\355\341\322oU\3601\234\213\273M\033\305\306\263\343\247\206F\237\344', 'p5?\335\024\0236\310\341\330\271\336V\254\007$\317(b\370\036\010?i\240c\344(80\301\332'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 49, 1795939760990720, 'account/ab2e7072-8b98-4cee-a555-c1928cab4adf', 1, '01a22659-fb5e-7780-84dd-8d1cba6dc11d', 'OperationRequested', 1, '{"operation_id":"fb629bb0-82b3-455c-a983-6a596ae5a7ba","sequence":1,"kind":"UNLOCK","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"helpdesk","role":"helpdesk","requested_at_us":1795939760990232,"expires_at_us":1795939820989000,"fingerprint":"d81a4dc48de068b2a04016850a6794304afeef20d8e65d915a359e168f45e1e6"}', '{"actor":"helpdesk","traceparent":"00-97f36ff1fefa2031ebfbba4298a641ba-8d7ff3593adb0e50-01","correlation":"fb629bb0-82b3-455c-a983-6a596ae5a7ba"}', NULL, '\006S\346d\313\337\263\234\351''\037>\355\032*J\012Eu\007\275g\310O\230!H''F\366\022\261', '\306Xd\203\271\316R\230\\\307hp\3151\262\331\021\033Z\221L\201\237 >\243jFh@\357\320'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 50, 1795939760990720, 'account/ab2e7072-8b98-4cee-a555-c1928cab4adf', 2, '01a22659-fb5e-78c7-9caa-9a8d238e1e95', 'OperationDelivered', 1, '{"operation_id":"fb629bb0-82b3-455c-a983-6a596ae5a7ba","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939760990232}', '{"actor":"helpdesk","traceparent":"00-97f36ff1fefa2031ebfbba4298a641ba-8d7ff3593adb0e50-01","correlation":"fb629bb0-82b3-455c-a983-6a596ae5a7ba"}', NULL, '\306Xd\203\271\316R\230\\\307hp\3151\262\331\021\033Z\221L\201\237 >\243jFh@\357\320', '\366\024\253\263\271\003\263\277E\244\301\213a\177\311\344\007\203\344\033\241\353\312\015o\326\300\011%\037\247q'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 51, 1795939761035445, 'account/ab2e7072-8b98-4cee-a555-c1928cab4adf', 3, '01a22659-fb8b-798f-97cc-b97fed332bc1', 'OperationApplied', 1, '{"operation_id":"fb629bb0-82b3-455c-a983-6a596ae5a7ba","outcome":{"code":"APPLIED","attempt":1,"ended_at_us":1795939761021000,"durations_us":{"admit":9372,"queue":41,"deliver":1252,"open":3054,"resolve":3201,"policy":34,"intent":2055,"write":15213,"record":12725},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"unicode_pwd_version":1},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-97f36ff1fefa2031ebfbba4298a641ba-8d7ff3593adb0e50-01","correlation":"fb629bb0-82b3-455c-a983-6a596ae5a7ba"}', NULL, '\366\024\253\263\271\003\263\277E\244\301\213a\177\311\344\007\203\344\033\241\353\312\015o\326\300\011%\037\247q', '+\3064:1\251h\241\213\016\223\017\0162\320\\\377\311\177\211\021\235\356_\234\006t,\022\006u\215'),
	('67726f75-6e64-7769-7265-000000000001', 1, 1795939763423888, 'tenant/67726f75-6e64-7769-7265-000000000001', 1, '01a2265a-04df-776f-8c04-f8cc860e120b', 'AttemptRefused', 1, '{"method":"groundwire.directory.v1.AccountService/ListAccounts","reason":"UNAUTHENTICATED","count":1,"first_at_us":1795939763396562,"last_at_us":1795939763396562}', '{}', NULL, '\210\337\341U\201\244l\245$\227,q;0\321\364P\335+\371\342\007\307\234\357\225\327d\217y\233\372', '\222\260*\015\215\372\177\251\011\0358pE''\230\225\351\312\233\363\332\331\016\241\307\277{\206N\246{\262'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 58, 1795939764448672, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 8, '01a2265a-08e0-73ee-957f-f42860244fff', 'EnrollmentTokenRevoked', 1, '{"token":"b4083413-f1ef-4333-a977-1fb797024897"}', '{"actor":"administrator"}', NULL, '*\220\366?\031eH3\351\306\341\025\375\275X\220\370\0163\340HX=\233\225>o\002\344\233\375\373', '\270\006?\3250P\332\375\367,\240\036j\3014WjO\364;\245\237\377\335\242k\027\300\226a\345\366'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', 5, 1795939766498119, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', 5, '01a2265a-10e2-74d5-9603-b542d70fde0c', 'WritebackSettingsChanged', 1, '{"enabled":false,"self_service_unlock":false,"allowed_kinds":[],"operation_lifetime_ms":3600000,"require_sealed":true,"require_proof":false,"unknown_horizon_ms":86400000}', '{"actor":"operator"}', NULL, 'o\360F\005\223\266\223\246\334~\343M\271\200\015\006\217\255k\031\344!\360#\265\350\260\006\222\243o''', 'I\022\374''n\274\236\231\221\036\015\226\336!\241\222\310\005\020T\340\241\014\244\335\037r,\037\220\215\015'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 59, 1795939767125343, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 9, '01a2265a-1355-758d-a80f-c39c7dde565d', 'WritebackSettingsChanged', 1, '{"enabled":true,"self_service_unlock":true,"allowed_kinds":[],"operation_lifetime_ms":20000,"require_sealed":false,"require_proof":false,"unknown_horizon_ms":86400000}', '{"actor":"administrator"}', NULL, '\270\006?\3250P\332\375\367,\240\036j\3014WjO\364;\245\237\377\335\242k\027\300\226a\345\366', '\000\256ko\035\\\205\223\330\265\016yH]0\021V/~#(\367\034\002\012\336\254\263\020\3025\273'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 67, 1795939774779962, 'account/b56514cf-eddb-42f2-ae41-b98a6401e16d', 4, '01a2265a-313b-7d62-8c97-13f49a82ce00', 'OperationSuperseded', 1, '{"operation_id":"5b00470d-19c3-4591-b881-e737196ec2d3","outcome":{"code":"SUPERSEDED","reasons":[{"code":"SUPERSEDED","fields":{"by":"e239397f-6f68-467a-a9c4-e4d9c5bf9eb8"}}],"attempt":0,"ended_at_us":1795939774779664,"recovered":false}}', '{"actor":"helpdesk","traceparent":"00-d507fd6e1b4f4d3b780835fbb3b78826-df45d3011e18811e-01","correlation":"5b00470d-19c3-4591-b881-e737196ec2d3"}', NULL, '3K\236\332\015\277\320\365\246D\331 \304\007.\264\363\330v\002\254\033OUK\002@\031\340\2669\263', '\211''\330^p\312y\2503\375fv\015y\242*\244{\325\233\255\0104r\303\221\331r\227G:\306'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 16, 1795939753816140, 'account/eddbfbae-a6a9-49f6-94f9-7e7cea68ef87', 1, '01a22659-df58-77f8-b85e-428cc9b36753', 'OperationRequested', 1, '{"operation_id":"587904e6-f9ba-436f-a3b9-2ca2a455d98c","sequence":1,"kind":"CHANGE","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"app","role":"self_service_app","requested_at_us":1795939753815806,"expires_at_us":1795939813809000,"fingerprint":"4d520a60b9f3be753141686e3cbc10760c92ed0fb1c6f9c8b0b074a6fa744afc","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"app","traceparent":"00-720b954d40b0dfcba3cdffc0404c0c5d-aab97079e87709cc-01","correlation":"587904e6-f9ba-436f-a3b9-2ca2a455d98c"}', '\260\001\371\344\256\344\245\367\177E\342\256\215\301\262\221\025\310\345\007\302.\370\2152\301q\210_C\254\223', '\220W2\271\272\331\033\265\300\356\233\026\353\326\233^1\220\035/\230\222\336\320\011<\355]\031\377s\232', '\343\205D\241\211\365}\245\251O\221L\245\353\375\276 \\t\325\244\214_\010\\\233\325L\271m\262?'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 17, 1795939753816140, 'account/eddbfbae-a6a9-49f6-94f9-7e7cea68ef87', 2, '01a22659-df58-7c4f-ad3f-fb2b29d8d574', 'OperationDelivered', 1, '{"operation_id":"587904e6-f9ba-436f-a3b9-2ca2a455d98c","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939753815806}', '{"actor":"app","traceparent":"00-720b954d40b0dfcba3cdffc0404c0c5d-aab97079e87709cc-01","correlation":"587904e6-f9ba-436f-a3b9-2ca2a455d98c"}', NULL, '\343\205D\241\211\365}\245\251O\221L\245\353\375\276 \\t\325\244\214_\010\\\233\325L\271m\262?', '\374k\376\241\342\376\361Jw^\374O\230\331\206\015\365y\034\005\002\240]\2119swl5\017\333\343'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 36, 1795939757589352, 'account/c5369005-006d-4cf0-9344-12817d06a32c', 3, '01a22659-ee15-705d-85a0-5a361554b276', 'OperationApplied', 1, '{"operation_id":"43fc0106-6cd4-47d2-a739-fd4a9f1da541","outcome":{"code":"APPLIED","attempt":1,"ended_at_us":1795939757581000,"durations_us":{"admit":6493,"seal":209,"queue":47,"deliver":4382,"open":1833,"resolve":4093,"policy":44,"intent":10414,"write":92898,"record":1593},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"unicode_pwd_version":2},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-4c19ebf3e9e6a7ff189c14e161fc5c98-af29302f3fc09767-01","correlation":"43fc0106-6cd4-47d2-a739-fd4a9f1da541"}', NULL, 'p5?\335\024\0236\310\341\330\271\336V\254\007$\317(b\370\036\010?i\240c\344(80\301\332', '-\005\246d\324>Z#\304_2\004\330\331\305\351\237\221\372>\327\013CD\204\227\231!hk\307/'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 40, 1795939759165633, 'account/48842965-f0c0-4f5a-925f-d8d40dd22afb', 1, '01a22659-f43d-76b7-8967-a4b582ed514d', 'OperationRequested', 1, '{"operation_id":"56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b","sequence":1,"kind":"ADMIN_RESET","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"helpdesk","role":"helpdesk","requested_at_us":1795939759165345,"expires_at_us":1795939819162000,"fingerprint":"473ecec7908e1c8293bea9bb92d6ba2a86b601730790f459f38d1a9b14c17815","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"helpdesk","traceparent":"00-94c6de84bb06b9fd07edca7b17ced3b3-2ba45d76cb02fc72-01","correlation":"56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b"}', NULL, '\277>\251\036\222\305d>\243 \270\216\365RJ9\325.+\306\327*cP\267v\000\216\232y\245\005', '\372\276Ok\333U\011\300\371xo\313\332\003\036\267\357u\302n\253\254W\306d\246*;''\316C\213'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 41, 1795939759165633, 'account/48842965-f0c0-4f5a-925f-d8d40dd22afb', 2, '01a22659-f43d-7ad7-bdc2-0b3ca581e606', 'OperationDelivered', 1, '{"operation_id":"56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939759165345}', '{"actor":"helpdesk","traceparent":"00-94c6de84bb06b9fd07edca7b17ced3b3-2ba45d76cb02fc72-01","correlation":"56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b"}', NULL, '\372\276Ok\333U\011\300\371xo\313\332\003\036\267\357u\302n\253\254W\306d\246*;''\316C\213', '\235U\272\000\357\333\2577F\001G\244!F\004\254\321\236\021\324\350\333\307\343\325\020\263\275\006`\2354'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 42, 1795939759176998, 'account/48842965-f0c0-4f5a-925f-d8d40dd22afb', 3, '01a22659-f448-79d9-8b19-bd2ed815d5c4', 'OperationRejected', 1, '{"operation_id":"56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b","outcome":{"code":"REJECTED","reasons":[{"code":"ACCOUNT_DISABLED"}],"attempt":1,"ended_at_us":1795939759174000,"durations_us":{"admit":6933,"seal":145,"queue":45,"deliver":832,"open":333,"resolve":5999,"policy":33,"record":1569},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-94c6de84bb06b9fd07edca7b17ced3b3-2ba45d76cb02fc72-01","correlation":"56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b"}', NULL, '\235U\272\000\357\333\2577F\001G\244!F\004\254\321\236\021\324\350\333\307\343\325\020\263\275\006`\2354', '\236\256-\235\326\221\235\351"\217t\303\345#K:\203s\035\230\334T\342O\025f\360\332\324\223wN'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 45, 1795939759850116, 'account/48842965-f0c0-4f5a-925f-d8d40dd22afb', 6, '01a22659-f6ea-79df-8f91-82600ea93302', 'OperationApplied', 1, '{"operation_id":"b33815f4-902c-4615-b65c-eade5bcec4c2","outcome":{"code":"APPLIED","attempt":1,"ended_at_us":1795939759839000,"durations_us":{"admit":3317,"seal":150,"queue":44,"deliver":1095,"open":3994,"resolve":2929,"policy":36,"intent":15347,"write":83240,"record":9279},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"unicode_pwd_version":2},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-7cb3855c4707d22882cba1bcef5ce426-1a4a4db1a1c0db7d-01","correlation":"b33815f4-902c-4615-b65c-eade5bcec4c2"}', NULL, '\373\355\015Q\342\205\246\372K<\254\032Q\363Nn\343\037"\216U\034\373\212\316\246\023\325\0210j|', '.\205\031\375\261\274\212\033d\0078(6`\340\211\331\250R\004\007c\277`5\375D#\015\323\237\230'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', 2, 1795939765032219, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', 2, '01a2265a-0b28-7624-8d15-c61d2c6a8aee', 'ConnectorGroupCreated', 1, '{"group_id":"7f465aae-d4df-4028-83a0-ba6d33f70663","display_name":"other.example","created_at_us":1795939765031245}', '{"actor":"operator"}', NULL, '\035s\261\350v3/d\0049g\316d\015D\301D\234u\227hg\262\005\014\302N-\315\255\245\336', '\317\216\314j$c\345\006\274\036\357wP-\345Q\306\247oqE\264.=A^\303\332{S!\015'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', 4, 1795939765904203, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', 4, '01a2265a-0e90-736b-8259-7699cb664402', 'EnrollmentTokenRevoked', 1, '{"token":"67d76a31-7347-42c6-9f82-d66959598310"}', '{"actor":"operator"}', NULL, '\211\206\351\240\303\003\012,\351\375^\211\030\2551\374h\031\204|\022\303U\317\007\204\001\351\337\254x\335', 'o\360F\005\223\266\223\246\334~\343M\271\200\015\006\217\255k\031\344!\360#\265\350\260\006\222\243o'''),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 60, 1795939768482212, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 6, '01a2265a-18a2-7a97-a3c8-37b16dd58a45', 'ConnectorDetached', 1, '{"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","why":"broken"}', '{"actor":"c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\000\256ko\035\\\205\223\330\265\016yH]0\021V/~#(\367\034\002\012\336\254\263\020\3025\273', '\266''\246^\304wE\032G\\\352\234sd\370\262g\341\263\177&\333u\270\314?\241=\315\322\334\031'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 61, 1795939769508800, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 7, '01a2265a-1ca4-77cd-87a2-97341b5ffdf0', 'ConnectorAttached', 1, '{"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","version":"0.1.0","audit_store":"4cb2c837-ab7d-401d-a151-c94d648999b5","dc":"dc1.corp.example","keys":["2674b8192c1edf03fcaf5c2d90a73669"],"conditions":[]}', '{"actor":"c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\266''\246^\304wE\032G\\\352\234sd\370\262g\341\263\177&\333u\270\314?\241=\315\322\334\031', '\303\371\214\356\214\034\315c\325\002\356I\237\000dS\330{\010\242\031\006\355\223\245ZX/\373\233\246\015'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 63, 1795939771822438, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 10, '01a2265a-25ae-7a5b-8f69-ab7b70dce06a', 'AttemptRefused', 1, '{"method":"groundwire.directory.v1.PasswordService/GetOperation","reason":"NOT_FOUND","count":1,"first_at_us":1795939771815272,"last_at_us":1795939771815272}', '{"actor":"administrator"}', NULL, '\2713B\203\264\330]\215k\361\243L\356\246I\334\000\016\2325\354G\366\240\214\327eP\253S\311\242', '\002+\352ez\375\344\3601&w~$E\331\034q\234\307\271\362}\346H\232p\214\003\026zr\306'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 70, 1795939776218779, 'account/b56514cf-eddb-42f2-ae41-b98a6401e16d', 7, '01a2265a-36da-7cea-9a6b-0b0a5047678d', 'OperationRequested', 1, '{"operation_id":"609c24a6-b832-443d-b826-d9c240f670d0","sequence":4,"kind":"ADMIN_RESET","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"helpdesk","role":"helpdesk","requested_at_us":1795939776218545,"expires_at_us":1795939796215000,"fingerprint":"2e56b57906e32e05fbe7f94a5c4a5dce2696af783d037aa75f8d265298bc5972","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"helpdesk","traceparent":"00-e446214939d990afe6c3f02cd1ec6ab8-b8028b25d9771eca-01","correlation":"609c24a6-b832-443d-b826-d9c240f670d0"}', NULL, 'X\306\265b\274]Ew\3534\364\323\3210I\014/\036\342\027t\003lR!x\201\221\235\200v\210', '\232\273L\207s\322\265\222E\033=\277G\001*\207\346\301+%r\273\222\317\205u\214\012\255\300 \245'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 19, 1795939754313366, 'account/eddbfbae-a6a9-49f6-94f9-7e7cea68ef87', 4, '01a22659-e149-7d63-a6f2-cdd084cdc1a7', 'OperationRequested', 1, '{"operation_id":"c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a","sequence":2,"kind":"CHANGE","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"app","role":"self_service_app","requested_at_us":1795939754313047,"expires_at_us":1795939814311000,"fingerprint":"4d520a60b9f3be753141686e3cbc10760c92ed0fb1c6f9c8b0b074a6fa744afc","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"app","traceparent":"00-0af7651916cd43dd8448eb211c80319c-d078cf651ee357e3-01","correlation":"c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a"}', NULL, '\342\352\216rB@&\355p\206\027(R\274\313\302o\370`\367\346\346\364\035\031;\377%@I\205\334', '\011\352\006O3\015\366\254\202\307\342\311\274]}dZI\232V\001c\303\364\217\227\264S\355/Eg'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 20, 1795939754313366, 'account/eddbfbae-a6a9-49f6-94f9-7e7cea68ef87', 5, '01a22659-e149-7305-9138-72fcc4099818', 'OperationDelivered', 1, '{"operation_id":"c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939754313047}', '{"actor":"app","traceparent":"00-0af7651916cd43dd8448eb211c80319c-d078cf651ee357e3-01","correlation":"c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a"}', NULL, '\011\352\006O3\015\366\254\202\307\342\311\274]}dZI\232V\001c\303\364\217\227\264S\355/Eg', '<\241\317\013\037\000\001\330\012t-=\340\221V<g\011T\201\315"u\232\310\205+\221\370I(\017'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 21, 1795939754371137, 'account/eddbfbae-a6a9-49f6-94f9-7e7cea68ef87', 6, '01a22659-e183-75d3-9a84-83c8e57f6691', 'OperationApplied', 1, '{"operation_id":"c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a","outcome":{"code":"APPLIED","attempt":1,"ended_at_us":1795939754368000,"durations_us":{"admit":6598,"seal":145,"queue":37,"deliver":1026,"open":2413,"resolve":2948,"policy":33,"intent":1946,"write":43756,"record":1682},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"unicode_pwd_version":3},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-0af7651916cd43dd8448eb211c80319c-d078cf651ee357e3-01","correlation":"c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a"}', NULL, '<\241\317\013\037\000\001\330\012t-=\340\221V<g\011T\201\315"u\232\310\205+\221\370I(\017', 'N%\306\250S7\234\310\261i\012\200u\311GY\372\322m\266\023\224\235;\361|\342dR\211j\013'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 28, 1795939756115205, 'account/6aa9f044-81d7-4373-83dd-ab42398f680c', 1, '01a22659-e853-71c4-a831-86bc9d0f9270', 'OperationRequested', 1, '{"operation_id":"f195bb51-0f9d-4c64-88d8-163dec7aa29e","sequence":1,"kind":"CHANGE","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"app","role":"self_service_app","requested_at_us":1795939756114785,"expires_at_us":1795939816113000,"fingerprint":"3c25ec95c4ff5aa901dd449f1ebf92f3d20a94f1b2f696f23730fe274fa52e46","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"app","traceparent":"00-aa8b931c430f2c3fed26853c75699b81-c2bae8fac0823b11-01","correlation":"f195bb51-0f9d-4c64-88d8-163dec7aa29e"}', NULL, '\243|\244%\241\214u\340pT}\200o*y\326\324\232>W\226\213\213\241fh/C\350\010\255B', 'x\326\261Kf\2719\370!a\356\274\233\3105zP\211\026\232|92\266\225\273\023\366\214}<g'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 29, 1795939756115205, 'account/6aa9f044-81d7-4373-83dd-ab42398f680c', 2, '01a22659-e853-7ae8-b995-a981a3551eca', 'OperationDelivered', 1, '{"operation_id":"f195bb51-0f9d-4c64-88d8-163dec7aa29e","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939756114785}', '{"actor":"app","traceparent":"00-aa8b931c430f2c3fed26853c75699b81-c2bae8fac0823b11-01","correlation":"f195bb51-0f9d-4c64-88d8-163dec7aa29e"}', NULL, 'x\326\261Kf\2719\370!a\356\274\233\3105zP\211\026\232|92\266\225\273\023\366\214}<g', 'j\324\346\257\236\330\273:L\277\016\244z\304\223\3376\311\253\204X\223\315\223q\207E+\262.v\236'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 30, 1795939756134048, 'account/6aa9f044-81d7-4373-83dd-ab42398f680c', 3, '01a22659-e866-7e96-be67-8fe4789ca88b', 'OperationRejected', 1, '{"operation_id":"f195bb51-0f9d-4c64-88d8-163dec7aa29e","outcome":{"code":"REJECTED","reasons":[{"code":"PASSWORD_TOO_YOUNG","fields":{"may_change_after":"2026-11-30T08:08:57Z","minimum_age_seconds":"86400","policy":"Slow"}}],"attempt":1,"ended_at_us":1795939756131000,"durations_us":{"admit":4749,"seal":146,"queue":43,"deliver":841,"open":9698,"resolve":3942,"policy":48,"record":1841},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-aa8b931c430f2c3fed26853c75699b81-c2bae8fac0823b11-01","correlation":"f195bb51-0f9d-4c64-88d8-163dec7aa29e"}', NULL, 'j\324\346\257\236\330\273:L\277\016\244z\304\223\3376\311\253\204X\223\315\223q\207E+\262.v\236', '\024\21731R\023\\\001\335\307\217^\321q*\015\220\243\023\321x\320\330\340\027\335\014\357:\037\242L'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 31, 1795939756715905, 'account/ccfaaa75-8a3e-4049-a404-7f1a883cdd2f', 1, '01a22659-eaab-73b3-839d-08c0a086666d', 'OperationRequested', 1, '{"operation_id":"c9c5b975-0d4a-4c57-9146-1980236c8f6d","sequence":1,"kind":"SELF_RESET","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"app","role":"self_service_app","requested_at_us":1795939756715297,"expires_at_us":1795939816708000,"fingerprint":"fdc318f5f087579fee3bf81f19db19a179ea890d48baf1c339544e0861c67831","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"app","traceparent":"00-cfbd034e6861a7d7138d316fd1bef556-fb1489564dd64e2f-01","correlation":"c9c5b975-0d4a-4c57-9146-1980236c8f6d"}', NULL, '\024\21731R\023\\\001\335\307\217^\321q*\015\220\243\023\321x\320\330\340\027\335\014\357:\037\242L', 'Y\302\302\242\367\227k)\2460Ud\007\212\334\245\037-b\227\357l\254\220''\317\237\372M\311@G'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 32, 1795939756715905, 'account/ccfaaa75-8a3e-4049-a404-7f1a883cdd2f', 2, '01a22659-eaab-75ea-81ff-33ad19ae7a80', 'OperationDelivered', 1, '{"operation_id":"c9c5b975-0d4a-4c57-9146-1980236c8f6d","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939756715297}', '{"actor":"app","traceparent":"00-cfbd034e6861a7d7138d316fd1bef556-fb1489564dd64e2f-01","correlation":"c9c5b975-0d4a-4c57-9146-1980236c8f6d"}', NULL, 'Y\302\302\242\367\227k)\2460Ud\007\212\334\245\037-b\227\357l\254\220''\317\237\372M\311@G', '\306\255;\353\3448?]L\321r\202\031\257z\227}a\2563H\336u!{\240E\337\300\315\343\246'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 39, 1795939758561691, 'account/53b30cb4-31b6-4922-a235-078d5340259b', 3, '01a22659-f1e1-71d7-a700-68665a69bfd7', 'OperationApplied', 1, '{"operation_id":"4f5388d9-54d3-4f5c-8c28-ec1eaabc860f","outcome":{"code":"APPLIED","warnings":[{"code":"MUST_CHANGE_FLAG_NOT_SET","fields":{"why":"never_expires"}}],"attempt":1,"ended_at_us":1795939758555000,"durations_us":{"admit":13747,"seal":150,"queue":54,"deliver":1835,"open":838,"resolve":4845,"policy":35,"intent":2053,"write":201093,"record":1768},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"unicode_pwd_version":2},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-ed3d5a334dd2588a258addb857ecea60-a1b3a0d8352b929e-01","correlation":"4f5388d9-54d3-4f5c-8c28-ec1eaabc860f"}', NULL, 'xT5\323\031\223\317]Y\311\003\\\260\312M\2777m\036.\323c\332\365\325\216\333\000I\223\351\317', '\277>\251\036\222\305d>\243 \270\216\365RJ9\325.+\306\327*cP\267v\000\216\232y\245\005'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 46, 1795939760312917, 'account/251a9973-ebcc-4ad2-9899-8e1935fcf8f2', 1, '01a22659-f8b8-75ee-910e-f7a337be2d73', 'OperationRequested', 1, '{"operation_id":"effb892b-ef3b-4db6-b6e1-8328ec33741a","sequence":1,"kind":"ADMIN_RESET","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"helpdesk","role":"helpdesk","requested_at_us":1795939760312591,"expires_at_us":1795939820311000,"fingerprint":"8bc4b3d269b0c8c5314b37f52adea80a6310cd3d36e5879e09e4e7fd696791c4","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"helpdesk","traceparent":"00-acb7632a78945c34b802f4522876f8c6-de1459a82fc436ea-01","correlation":"effb892b-ef3b-4db6-b6e1-8328ec33741a"}', NULL, '.\205\031\375\261\274\212\033d\0078(6`\340\211\331\250R\004\007c\277`5\375D#\015\323\237\230', ',\016QT\001\012\300\332\267O\222%j\021R,\370\203\305\274g\251\012\016\026\375\200\363*\270Dl');
INSERT INTO eventlog.records_2026_11 VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 22, 1795939754803040, 'account/f2b8f0ca-67db-4bf1-8dfa-2179c1b2ebda', 1, '01a22659-e333-7f11-8c31-002e1aec269d', 'OperationRequested', 1, '{"operation_id":"ff89689d-e26a-45e4-824d-f91ed8671edf","sequence":1,"kind":"CHANGE","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"app","role":"self_service_app","requested_at_us":1795939754802717,"expires_at_us":1795939814800000,"fingerprint":"fbb5c2eae2befe06a7027dc0f718d29aef2db111919b24067c88430a6e1ce109","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"app","traceparent":"00-4a709583abc3e890e5f4166c76f6b66b-ce7237da61df4766-01","correlation":"ff89689d-e26a-45e4-824d-f91ed8671edf"}', NULL, 'N%\306\250S7\234\310\261i\012\200u\311GY\372\322m\266\023\224\235;\361|\342dR\211j\013', '\237g\307\273~Xn\376\034O\363\000\012\337m\225\205\350\325\021\365\323\354\017\316{\350\353\377\374\205\012'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 23, 1795939754803040, 'account/f2b8f0ca-67db-4bf1-8dfa-2179c1b2ebda', 2, '01a22659-e333-77f5-8b12-292b7ea50fe1', 'OperationDelivered', 1, '{"operation_id":"ff89689d-e26a-45e4-824d-f91ed8671edf","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939754802717}', '{"actor":"app","traceparent":"00-4a709583abc3e890e5f4166c76f6b66b-ce7237da61df4766-01","correlation":"ff89689d-e26a-45e4-824d-f91ed8671edf"}', NULL, '\237g\307\273~Xn\376\034O\363\000\012\337m\225\205\350\325\021\365\323\354\017\316{\350\353\377\374\205\012', '\321\203\261}\313\241\004\323\302\325!T\015\273v\376\336\332L\326Z\3356\015\364\367\310\205\3739\332\310'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 24, 1795939754819923, 'account/f2b8f0ca-67db-4bf1-8dfa-2179c1b2ebda', 3, '01a22659-e343-73d1-9d20-e11d2a6f8a52', 'OperationRejected', 1, '{"operation_id":"ff89689d-e26a-45e4-824d-f91ed8671edf","outcome":{"code":"REJECTED","reasons":[{"code":"PASSWORD_TOO_SHORT","fields":{"minimum":"8","policy":"domain"}},{"code":"PASSWORD_NOT_COMPLEX","fields":{"classes":"upper_case,lower_case,digits,symbols,other_letters","policy":"domain","required":"3"}},{"code":"PASSWORD_CONTAINS_ACCOUNT_NAME","fields":{"policy":"domain"}},{"code":"PASSWORD_CONTAINS_DISPLAY_NAME","fields":{"policy":"domain"}}],"attempt":1,"ended_at_us":1795939754817000,"durations_us":{"admit":7253,"seal":145,"queue":44,"deliver":884,"open":3113,"resolve":6314,"policy":40,"record":2212},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-4a709583abc3e890e5f4166c76f6b66b-ce7237da61df4766-01","correlation":"ff89689d-e26a-45e4-824d-f91ed8671edf"}', NULL, '\321\203\261}\313\241\004\323\302\325!T\015\273v\376\336\332L\326Z\3356\015\364\367\310\205\3739\332\310', 'wO\372X\355\016\263Q\317`B\201C*\025\302\346\244\315\270\000\341\310\367\270\017\201T4M\365\313'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 25, 1795939755464322, 'account/f08f21eb-08ec-49a8-a6d9-a425bca5546d', 1, '01a22659-e5c8-7bcd-94bc-a97a3ea9b5ef', 'OperationRequested', 1, '{"operation_id":"9709e660-b905-471e-847d-17b70d1aed86","sequence":1,"kind":"CHANGE","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"app","role":"self_service_app","requested_at_us":1795939755463958,"expires_at_us":1795939815461000,"fingerprint":"d64695938d512c4466836403220676151a9f5b03cc6369afbe0e292e673206cc","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"app","traceparent":"00-dcb9b1b9f299df423cf02e5b5c72de36-60a902f134835e61-01","correlation":"9709e660-b905-471e-847d-17b70d1aed86"}', NULL, 'wO\372X\355\016\263Q\317`B\201C*\025\302\346\244\315\270\000\341\310\367\270\017\201T4M\365\313', '\316U&\3002\264\2035\035%\376\001\262\255\200Xe\205\347\006\276f\033>O=\321\227\214\243\334\244'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 26, 1795939755464322, 'account/f08f21eb-08ec-49a8-a6d9-a425bca5546d', 2, '01a22659-e5c8-765f-9dc8-e21bc71dddeb', 'OperationDelivered', 1, '{"operation_id":"9709e660-b905-471e-847d-17b70d1aed86","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939755463958}', '{"actor":"app","traceparent":"00-dcb9b1b9f299df423cf02e5b5c72de36-60a902f134835e61-01","correlation":"9709e660-b905-471e-847d-17b70d1aed86"}', NULL, '\316U&\3002\264\2035\035%\376\001\262\255\200Xe\205\347\006\276f\033>O=\321\227\214\243\334\244', '\005\210\221g\300fH7?\177\246\020\220\250\205(\355B^\221L\234\011w\366\355N\344\264PWD'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 27, 1795939755546689, 'account/f08f21eb-08ec-49a8-a6d9-a425bca5546d', 3, '01a22659-e61a-70fc-b104-aa76d65f50a3', 'OperationRejected', 1, '{"operation_id":"9709e660-b905-471e-847d-17b70d1aed86","outcome":{"code":"REJECTED","reasons":[{"code":"CURRENT_PASSWORD_INCORRECT","fields":{"tries_left":"4"}}],"attempt":1,"ended_at_us":1795939755542000,"durations_us":{"admit":8322,"seal":153,"queue":44,"deliver":1085,"open":3462,"resolve":5117,"policy":35,"intent":1839,"write":62452,"record":2648},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":19,"ad_code":"00000056"},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-dcb9b1b9f299df423cf02e5b5c72de36-60a902f134835e61-01","correlation":"9709e660-b905-471e-847d-17b70d1aed86"}', NULL, '\005\210\221g\300fH7?\177\246\020\220\250\205(\355B^\221L\234\011w\366\355N\344\264PWD', '\243|\244%\241\214u\340pT}\200o*y\326\324\232>W\226\213\213\241fh/C\350\010\255B'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 33, 1795939756843205, 'account/ccfaaa75-8a3e-4049-a404-7f1a883cdd2f', 3, '01a22659-eb2b-7bf1-b9f3-ebef4fa95cf3', 'OperationApplied', 1, '{"operation_id":"c9c5b975-0d4a-4c57-9146-1980236c8f6d","outcome":{"code":"APPLIED","attempt":1,"ended_at_us":1795939756828000,"durations_us":{"admit":18931,"seal":148,"queue":47,"deliver":3527,"open":6390,"resolve":2478,"policy":37,"intent":2208,"write":90447,"record":10963},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"unicode_pwd_version":2},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-cfbd034e6861a7d7138d316fd1bef556-fb1489564dd64e2f-01","correlation":"c9c5b975-0d4a-4c57-9146-1980236c8f6d"}', NULL, '\306\255;\353\3448?]L\321r\202\031\257z\227}a\2563H\336u!{\240E\337\300\315\343\246', '1-\266\215\000T\305^;$\326\016\221N\356\202.\332*\227h\241\014\223\351\232?\010>\032R\352'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 37, 1795939758336043, 'account/53b30cb4-31b6-4922-a235-078d5340259b', 1, '01a22659-f100-7c8e-8610-30ddbd38caec', 'OperationRequested', 1, '{"operation_id":"4f5388d9-54d3-4f5c-8c28-ec1eaabc860f","sequence":1,"kind":"ADMIN_RESET","flags":{"must_change_at_next_logon":true,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"helpdesk","role":"helpdesk","requested_at_us":1795939758335663,"expires_at_us":1795939818332000,"fingerprint":"f6abb444134caf638abb1f364ab907b4846b3a02ca2666fa74c9b1597e69d1f1","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"helpdesk","traceparent":"00-ed3d5a334dd2588a258addb857ecea60-a1b3a0d8352b929e-01","correlation":"4f5388d9-54d3-4f5c-8c28-ec1eaabc860f"}', NULL, '-\005\246d\324>Z#\304_2\004\330\331\305\351\237\221\372>\327\013CD\204\227\231!hk\307/', '\004I\242h\347\224\002=J]_<\\\354\007\215%&\310\264\363E\032\244]ht\317\357r\225\316'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 38, 1795939758336043, 'account/53b30cb4-31b6-4922-a235-078d5340259b', 2, '01a22659-f100-7e3b-9dc9-5cace08881b5', 'OperationDelivered', 1, '{"operation_id":"4f5388d9-54d3-4f5c-8c28-ec1eaabc860f","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939758335663}', '{"actor":"helpdesk","traceparent":"00-ed3d5a334dd2588a258addb857ecea60-a1b3a0d8352b929e-01","correlation":"4f5388d9-54d3-4f5c-8c28-ec1eaabc860f"}', NULL, '\004I\242h\347\224\002=J]_<\\\354\007\215%&\310\264\363E\032\244]ht\317\357r\225\316', 'xT5\323\031\223\317]Y\311\003\\\260\312M\2777m\036.\323c\332\365\325\216\333\000I\223\351\317'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 43, 1795939759731814, 'account/48842965-f0c0-4f5a-925f-d8d40dd22afb', 4, '01a22659-f673-7003-99ed-29a26cbd1b73', 'OperationRequested', 1, '{"operation_id":"b33815f4-902c-4615-b65c-eade5bcec4c2","sequence":2,"kind":"ADMIN_RESET","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":true},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"helpdesk","role":"helpdesk","requested_at_us":1795939759731403,"expires_at_us":1795939819731000,"fingerprint":"ced5ac6907a3df9b7f647eb4ae6afb60a384573edf1d7ecde32756db77f16da7","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"helpdesk","traceparent":"00-7cb3855c4707d22882cba1bcef5ce426-1a4a4db1a1c0db7d-01","correlation":"b33815f4-902c-4615-b65c-eade5bcec4c2"}', NULL, '\236\256-\235\326\221\235\351"\217t\303\345#K:\203s\035\230\334T\342O\025f\360\332\324\223wN', '\253\252U\302\373$}\226\305c\212\356\256FqF\214\362c\246\373\377\025\016\\\360\033\276\264\322\325|'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 44, 1795939759731814, 'account/48842965-f0c0-4f5a-925f-d8d40dd22afb', 5, '01a22659-f673-7f4d-8b9c-4886747e7d8f', 'OperationDelivered', 1, '{"operation_id":"b33815f4-902c-4615-b65c-eade5bcec4c2","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939759731403}', '{"actor":"helpdesk","traceparent":"00-7cb3855c4707d22882cba1bcef5ce426-1a4a4db1a1c0db7d-01","correlation":"b33815f4-902c-4615-b65c-eade5bcec4c2"}', NULL, '\253\252U\302\373$}\226\305c\212\356\256FqF\214\362c\246\373\377\025\016\\\360\033\276\264\322\325|', '\373\355\015Q\342\205\246\372K<\254\032Q\363Nn\343\037"\216U\034\373\212\316\246\023\325\0210j|'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 52, 1795939761591624, 'account/ccfaaa75-8a3e-4049-a404-7f1a883cdd2f', 4, '01a22659-fdb7-7e02-85fd-a719998c11f3', 'OperationRequested', 1, '{"operation_id":"d849015b-e259-4258-9581-55b289f2e1e1","sequence":2,"kind":"REQUIRE_CHANGE","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"helpdesk","role":"helpdesk","requested_at_us":1795939761591131,"expires_at_us":1795939821591000,"fingerprint":"7ec512759b4a0c790f46306615b512b1dbab41983418840be80f706b86cc494b"}', '{"actor":"helpdesk","traceparent":"00-053ac9dde2f6ba3b5e694babb1747343-80d0b923a9a2a119-01","correlation":"d849015b-e259-4258-9581-55b289f2e1e1"}', NULL, '+\3064:1\251h\241\213\016\223\017\0162\320\\\377\311\177\211\021\235\356_\234\006t,\022\006u\215', '\375E\256\233\206r\336@~"\356&\226\363gT<\011\253\247\326\3732\002\364\242\004\317\275\026\317\255'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 53, 1795939761591624, 'account/ccfaaa75-8a3e-4049-a404-7f1a883cdd2f', 5, '01a22659-fdb7-7983-9a87-5dc47b7db888', 'OperationDelivered', 1, '{"operation_id":"d849015b-e259-4258-9581-55b289f2e1e1","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939761591131}', '{"actor":"helpdesk","traceparent":"00-053ac9dde2f6ba3b5e694babb1747343-80d0b923a9a2a119-01","correlation":"d849015b-e259-4258-9581-55b289f2e1e1"}', NULL, '\375E\256\233\206r\336@~"\356&\226\363gT<\011\253\247\326\3732\002\364\242\004\317\275\026\317\255', '\254\317+X\311\355\034\226\373J\314\230:%\275\214\025\252\250\247g\253Oc\007(L\020\214\257\222\206'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 54, 1795939761643393, 'account/ccfaaa75-8a3e-4049-a404-7f1a883cdd2f', 6, '01a22659-fdeb-75fd-890d-45d4a8ef0d17', 'OperationApplied', 1, '{"operation_id":"d849015b-e259-4258-9581-55b289f2e1e1","outcome":{"code":"APPLIED","attempt":1,"ended_at_us":1795939761630000,"durations_us":{"admit":3314,"queue":39,"deliver":1205,"open":7517,"resolve":3150,"policy":31,"intent":6089,"write":20087,"record":11693},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"unicode_pwd_version":2},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-053ac9dde2f6ba3b5e694babb1747343-80d0b923a9a2a119-01","correlation":"d849015b-e259-4258-9581-55b289f2e1e1"}', NULL, '\254\317+X\311\355\034\226\373J\314\230:%\275\214\025\252\250\247g\253Oc\007(L\020\214\257\222\206', 'X\3600\022\321\220t\374\033&\312G\004\262\210@w\340\205v\234\335\2157\362g\302h\310t\351\265'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 55, 1795939762234282, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 5, '01a2265a-003a-79ce-82d8-a1309a20576f', 'AttemptRefused', 1, '{"method":"groundwire.directory.v1.PasswordService/UnlockAccount","reason":"ACCOUNT_NOT_SYNCED","count":1,"first_at_us":1795939762231137,"last_at_us":1795939762231137}', '{"actor":"helpdesk"}', NULL, 'X\3600\022\321\220t\374\033&\312G\004\262\210@w\340\205v\234\335\2157\362g\302h\310t\351\265', '\304\330\015\271>\360<\261j\027\202\366\322#\215\236\244\323\302.\205\030\212\357\324#\354\303\260`\177h'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 56, 1795939762810251, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 6, '01a2265a-027a-70b5-8f12-97678baf087d', 'AttemptRefused', 1, '{"method":"groundwire.directory.v1.PasswordService/RequirePasswordChange","reason":"OPERATION_NOT_PERMITTED","count":1,"first_at_us":1795939762808681,"last_at_us":1795939762808681}', '{"actor":"app"}', NULL, '\304\330\015\271>\360<\261j\027\202\366\322#\215\236\244\323\302.\205\030\212\357\324#\354\303\260`\177h', '\214\366\032\334\321fT\324`L\013\323\235\3508\353\327\022\373\305\241e\003yI\026\355)\310\337\006W'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 57, 1795939763911519, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 7, '01a2265a-06c7-7220-9819-dbcbc2ecb810', 'EnrollmentTokenIssued', 1, '{"token":"b4083413-f1ef-4333-a977-1fb797024897","group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","expires_at":"2026-11-29T08:39:23.910493Z"}', '{"actor":"administrator"}', NULL, '\214\366\032\334\321fT\324`L\013\323\235\3508\353\327\022\373\305\241e\003yI\026\355)\310\337\006W', '*\220\366?\031eH3\351\306\341\025\375\275X\220\370\0163\340HX=\233\225>o\002\344\233\375\373'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 62, 1795939769675234, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 8, '01a2265a-1d4b-7821-99ec-0993b2e36ee5', 'AccountsSynced', 1, '{"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","sync":"b09722a7-e74d-44fe-83ee-8cfc5103ce60","added":0,"updated":0,"removed":0,"total":101,"removals":true}', '{"actor":"c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\303\371\214\356\214\034\315c\325\002\356I\237\000dS\330{\010\242\031\006\355\223\245ZX/\373\233\246\015', '\2713B\203\264\330]\215k\361\243L\356\246I\334\000\016\2325\354G\366\240\214\327eP\253S\311\242'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 66, 1795939773990544, 'account/b56514cf-eddb-42f2-ae41-b98a6401e16d', 3, '01a2265a-2e26-7c15-9662-2eab585b8017', 'OperationRequested', 1, '{"operation_id":"5b00470d-19c3-4591-b881-e737196ec2d3","sequence":2,"kind":"ADMIN_RESET","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"helpdesk","role":"helpdesk","requested_at_us":1795939773989644,"expires_at_us":1795939793985000,"fingerprint":"2e56b57906e32e05fbe7f94a5c4a5dce2696af783d037aa75f8d265298bc5972","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"helpdesk","traceparent":"00-d507fd6e1b4f4d3b780835fbb3b78826-df45d3011e18811e-01","correlation":"5b00470d-19c3-4591-b881-e737196ec2d3"}', NULL, '\2559\362\021\\Ir\3304\001\355\010e\007,\255"3\3535)\221\220#\356 M/\012\304P\247', '3K\236\332\015\277\320\365\246D\331 \304\007.\264\363\330v\002\254\033OUK\002@\031\340\2669\263'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 69, 1795939775427602, 'account/b56514cf-eddb-42f2-ae41-b98a6401e16d', 6, '01a2265a-33c3-76b6-b9cc-fff8954b6a03', 'OperationCancelled', 1, '{"operation_id":"e239397f-6f68-467a-a9c4-e4d9c5bf9eb8","outcome":{"code":"CANCELLED","reasons":[{"code":"CANCELLED_BY_CALLER"}],"attempt":0,"ended_at_us":1795939775427293,"recovered":false}}', '{"actor":"helpdesk","traceparent":"00-5bc238cda31f7c5dc8cbddb05ca8c4ea-ba4ec16222264580-01","correlation":"e239397f-6f68-467a-a9c4-e4d9c5bf9eb8"}', NULL, '\025lMt.\316\333 \213B/9F\323\363g]\347Jr\243\021\261\251zq\253\277\017H\216\006', 'X\306\265b\274]Ew\3534\364\323\3210I\014/\036\342\027t\003lR!x\201\221\235\200v\210'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 47, 1795939760312917, 'account/251a9973-ebcc-4ad2-9899-8e1935fcf8f2', 2, '01a22659-f8b8-74ba-acaf-9b68dd891871', 'OperationDelivered', 1, '{"operation_id":"effb892b-ef3b-4db6-b6e1-8328ec33741a","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939760312591}', '{"actor":"helpdesk","traceparent":"00-acb7632a78945c34b802f4522876f8c6-de1459a82fc436ea-01","correlation":"effb892b-ef3b-4db6-b6e1-8328ec33741a"}', NULL, ',\016QT\001\012\300\332\267O\222%j\021R,\370\203\305\274g\251\012\016\026\375\200\363*\270Dl', '(\347\3022\014\251{\311\264\342!1\242N)\315\223\264\256t\325\030-}!\342\304}o\217\227t'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 48, 1795939760329691, 'account/251a9973-ebcc-4ad2-9899-8e1935fcf8f2', 3, '01a22659-f8c9-7234-94f5-5ea81106d362', 'OperationRejected', 1, '{"operation_id":"effb892b-ef3b-4db6-b6e1-8328ec33741a","outcome":{"code":"REJECTED","reasons":[{"code":"ACCOUNT_PROTECTED","fields":{"group":"Administrators, Domain Admins"}}],"attempt":1,"ended_at_us":1795939760326000,"durations_us":{"admit":8923,"seal":141,"queue":40,"deliver":769,"open":833,"resolve":6237,"policy":42,"record":2164},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-acb7632a78945c34b802f4522876f8c6-de1459a82fc436ea-01","correlation":"effb892b-ef3b-4db6-b6e1-8328ec33741a"}', NULL, '(\347\3022\014\251{\311\264\342!1\242N)\315\223\264\256t\325\030-}!\342\304}o\217\227t', '\006S\346d\313\337\263\234\351''\037>\355\032*J\012Eu\007\275g\310O\230!H''F\366\022\261'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', 3, 1795939765464993, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', 3, '01a2265a-0cd8-7597-82e6-69ee6f7c8327', 'EnrollmentTokenIssued', 1, '{"token":"67d76a31-7347-42c6-9f82-d66959598310","group":"7f465aae-d4df-4028-83a0-ba6d33f70663","expires_at":"2026-11-29T08:39:25.464025Z"}', '{"actor":"operator"}', NULL, '\317\216\314j$c\345\006\274\036\357wP-\345Q\306\247oqE\264.=A^\303\332{S!\015', '\211\206\351\240\303\003\012,\351\375^\211\030\2551\374h\031\204|\022\303U\317\007\204\001\351\337\254x\335'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 64, 1795939771979088, 'account/b56514cf-eddb-42f2-ae41-b98a6401e16d', 1, '01a2265a-264b-76a3-9c90-06a2cd48433f', 'OperationRequested', 1, '{"operation_id":"fd01a553-b4fa-40ba-8c6e-94565fa2483d","sequence":1,"kind":"CHANGE","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"app","role":"self_service_app","requested_at_us":1795939771978683,"expires_at_us":1795939791976000,"fingerprint":"a0c1a902393ed84372a101d0c143f688cf0bd8c8c3d1ca002a89ea92ce3eeb7b","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"app","traceparent":"00-348747dabec4c2dd9b1fa03a0e43cd4b-d86a5259c0bc2c81-01","correlation":"fd01a553-b4fa-40ba-8c6e-94565fa2483d"}', NULL, '\002+\352ez\375\344\3601&w~$E\331\034q\234\307\271\362}\346H\232p\214\003\026zr\306', 'J\367hDl\177zw\374\275\341\216\251\341I\364\226oA\242d\206\373-\222\022\246\0203\335\036\266'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 65, 1795939771979088, 'account/b56514cf-eddb-42f2-ae41-b98a6401e16d', 2, '01a2265a-264b-72ff-a7e5-aecab3d75a2a', 'OperationDelivered', 1, '{"operation_id":"fd01a553-b4fa-40ba-8c6e-94565fa2483d","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939771978683}', '{"actor":"app","traceparent":"00-348747dabec4c2dd9b1fa03a0e43cd4b-d86a5259c0bc2c81-01","correlation":"fd01a553-b4fa-40ba-8c6e-94565fa2483d"}', NULL, 'J\367hDl\177zw\374\275\341\216\251\341I\364\226oA\242d\206\373-\222\022\246\0203\335\036\266', '\2559\362\021\\Ir\3304\001\355\010e\007,\255"3\3535)\221\220#\356 M/\012\304P\247'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 68, 1795939774779962, 'account/b56514cf-eddb-42f2-ae41-b98a6401e16d', 5, '01a2265a-313b-7404-afd9-fc334e832f09', 'OperationRequested', 1, '{"operation_id":"e239397f-6f68-467a-a9c4-e4d9c5bf9eb8","sequence":3,"kind":"ADMIN_RESET","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"helpdesk","role":"helpdesk","requested_at_us":1795939774779664,"expires_at_us":1795939794779000,"fingerprint":"2e56b57906e32e05fbe7f94a5c4a5dce2696af783d037aa75f8d265298bc5972","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"helpdesk","traceparent":"00-5bc238cda31f7c5dc8cbddb05ca8c4ea-ba4ec16222264580-01","correlation":"e239397f-6f68-467a-a9c4-e4d9c5bf9eb8"}', NULL, '\211''\330^p\312y\2503\375fv\015y\242*\244{\325\233\255\0104r\303\221\331r\227G:\306', '\025lMt.\316\333 \213B/9F\323\363g]\347Jr\243\021\261\251zq\253\277\017H\216\006'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 73, 1795939796935499, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 9, '01a2265a-87c7-72ca-8bf0-ac44e3a5c546', 'ConnectorDetached', 1, '{"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","why":"broken"}', '{"actor":"c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, 'c\261\001\220\253\012\006\332\354\240\220\270\241\327\3772-\377B\241\001\015\206\230\305\245\003\263\036}6\311', 'y\342\367X\343\350\020.\000S\323DN\367\177\024J\006MY\0343\212\222}Qc\345[C\313\203'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 71, 1795939791979010, 'account/b56514cf-eddb-42f2-ae41-b98a6401e16d', 8, '01a2265a-746b-74aa-8d1e-592bb6fec5c8', 'OperationInDoubt', 1, '{"operation_id":"fd01a553-b4fa-40ba-8c6e-94565fa2483d","attempt":1,"since_us":1795939791977776}', '{"actor":"app","traceparent":"00-348747dabec4c2dd9b1fa03a0e43cd4b-d86a5259c0bc2c81-01","correlation":"fd01a553-b4fa-40ba-8c6e-94565fa2483d"}', NULL, '\232\273L\207s\322\265\222E\033=\277G\001*\207\346\301+%r\273\222\317\205u\214\012\255\300 \245', '\253\270\272\311\256{\2029\313\025\364\312\333m@%mq\233\255R9\334\000\337\033\200\274\013\222\336\013'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 72, 1795939796222872, 'account/b56514cf-eddb-42f2-ae41-b98a6401e16d', 9, '01a2265a-84fe-7641-93e5-ad53d53c1652', 'OperationExpired', 1, '{"operation_id":"609c24a6-b832-443d-b826-d9c240f670d0","outcome":{"code":"EXPIRED","reasons":[{"code":"REQUEST_EXPIRED","fields":{"stage":"queue"}}],"attempt":0,"ended_at_us":1795939796218955,"recovered":false}}', '{"actor":"helpdesk","traceparent":"00-e446214939d990afe6c3f02cd1ec6ab8-b8028b25d9771eca-01","correlation":"609c24a6-b832-443d-b826-d9c240f670d0"}', NULL, '\253\270\272\311\256{\2029\313\025\364\312\333m@%mq\233\255R9\334\000\337\033\200\274\013\222\336\013', 'c\261\001\220\253\012\006\332\354\240\220\270\241\327\3772-\377B\241\001\015\206\230\305\245\003\263\036}6\311'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 74, 1795939798314100, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 10, '01a2265a-8d2a-76ae-b605-8e3f90f6eb23', 'ConnectorAttached', 1, '{"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","version":"0.1.0","audit_store":"4cb2c837-ab7d-401d-a151-c94d648999b5","dc":"dc1.corp.example","keys":["2674b8192c1edf03fcaf5c2d90a73669"],"conditions":[]}', '{"actor":"c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, 'y\342\367X\343\350\020.\000S\323DN\367\177\024J\006MY\0343\212\222}Qc\345[C\313\203', 'H7<fr\367\000\315\023\277\260<\240\\\355}\303\222\337\216b\225O\326Z(\310\247\012\031\\\271'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 75, 1795939798322483, 'account/b56514cf-eddb-42f2-ae41-b98a6401e16d', 10, '01a2265a-8d32-708f-82d4-3b2fffbff125', 'OperationApplied', 1, '{"operation_id":"fd01a553-b4fa-40ba-8c6e-94565fa2483d","outcome":{"code":"APPLIED","attempt":1,"ended_at_us":1795939798292000,"durations_us":{"admit":9147,"seal":145,"queue":126,"deliver":26325072,"resolve":6908,"record":5323},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","unicode_pwd_version":2},"recovered":true}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-348747dabec4c2dd9b1fa03a0e43cd4b-d86a5259c0bc2c81-01","correlation":"fd01a553-b4fa-40ba-8c6e-94565fa2483d"}', NULL, 'H7<fr\367\000\315\023\277\260<\240\\\355}\303\222\337\216b\225O\326Z(\310\247\012\031\\\271', '\330a\031\307G\355\250fP\253\016\340w\213\310\226\334\316\222A\305\034a\035\317n\215\233I\305f\326'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 76, 1795939798402928, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 11, '01a2265a-8d82-71a6-b249-408eed881cdc', 'AccountsSynced', 1, '{"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","sync":"e7f66cd4-9310-46bb-8795-ca24bb230c9f","added":0,"updated":0,"removed":0,"total":101,"removals":true}', '{"actor":"c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\330a\031\307G\355\250fP\253\016\340w\213\310\226\334\316\222A\305\034a\035\317n\215\233I\305f\326', '\240s;\264\223|$\227;\262^\2448\204\337\350\346\016<\245\012:\235\263\015\323\366\372\347X]\177'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 77, 1795939801099959, 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 11, '01a2265a-980b-77c7-9538-d56229e7af2d', 'AttemptRefused', 1, '{"method":"groundwire.directory.v1.PasswordService/GetOperation","reason":"NOT_FOUND","count":1,"first_at_us":1795939801099237,"last_at_us":1795939801099237}', '{"actor":"administrator"}', NULL, '\240s;\264\223|$\227;\262^\2448\204\337\350\346\016<\245\012:\235\263\015\323\366\372\347X]\177', '9\374\326\026\264l\021\211B\273t\275sO\233\356\357\271\302\330\023\351G-[0\034\271\273\320\2379'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 78, 1795939801107893, 'account/68909a77-6b31-4960-86fc-f70e435d8922', 1, '01a2265a-9813-7d03-8fa8-ec955cda0f8e', 'OperationRequested', 1, '{"operation_id":"4f70ff7b-ce93-4e05-a5a2-92284743cb8c","sequence":1,"kind":"CHANGE","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"app","role":"self_service_app","requested_at_us":1795939801107648,"expires_at_us":1795939821105000,"fingerprint":"f8db2074ef74cb2ab5932975220e0cadb81cf1b17d949f59a66b75eeb390a83d","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"app","traceparent":"00-06e5f801ed160392b059b18f703e0aa8-45ed2d28b270a47e-01","correlation":"4f70ff7b-ce93-4e05-a5a2-92284743cb8c"}', NULL, '9\374\326\026\264l\021\211B\273t\275sO\233\356\357\271\302\330\023\351G-[0\034\271\273\320\2379', '\230C\252~\345\264\235\341f \207\203r9\021QM\260\355\324g\207\004\322\227w\347@\200\265\325\303'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 79, 1795939801107893, 'account/68909a77-6b31-4960-86fc-f70e435d8922', 2, '01a2265a-9813-7409-8105-062c18721dad', 'OperationDelivered', 1, '{"operation_id":"4f70ff7b-ce93-4e05-a5a2-92284743cb8c","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939801107648}', '{"actor":"app","traceparent":"00-06e5f801ed160392b059b18f703e0aa8-45ed2d28b270a47e-01","correlation":"4f70ff7b-ce93-4e05-a5a2-92284743cb8c"}', NULL, '\230C\252~\345\264\235\341f \207\203r9\021QM\260\355\324g\207\004\322\227w\347@\200\265\325\303', '\246A\330-\310\276}5\327v\231\317%\316Nq\035`\236n\237(\235gJB\312c\342\253\3713'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 80, 1795939803575347, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 12, '01a2265a-a1b7-721c-8818-50b48c837013', 'ConnectorDetached', 1, '{"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","why":"broken"}', '{"actor":"c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\246A\330-\310\276}5\327v\231\317%\316Nq\035`\236n\237(\235gJB\312c\342\253\3713', '\370[\203\354q\331>\230\321\003\373,\300S:\012\366\016#\350\333\325\237\356\210\262\261K\030+\027\343'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 81, 1795939811592634, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 13, '01a2265a-c108-7fd2-b45a-9c475e77be09', 'ConnectorAttached', 1, '{"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","version":"0.1.0","audit_store":"4cb2c837-ab7d-401d-a151-c94d648999b5","dc":"dc1.corp.example","keys":["2674b8192c1edf03fcaf5c2d90a73669"],"conditions":[]}', '{"actor":"c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\370[\203\354q\331>\230\321\003\373,\300S:\012\366\016#\350\333\325\237\356\210\262\261K\030+\027\343', '3\372\362\374P\234[oE\330\206\270\240\177\274\333<\010\205\013\241w?zkH\231Yi\014\015~'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 82, 1795939811606856, 'account/68909a77-6b31-4960-86fc-f70e435d8922', 3, '01a2265a-c116-756a-8e1d-7f8210465312', 'OperationExpired', 1, '{"operation_id":"4f70ff7b-ce93-4e05-a5a2-92284743cb8c","outcome":{"code":"EXPIRED","reasons":[{"code":"SECRET_LOST"}],"attempt":1,"ended_at_us":1795939811578000,"durations_us":{"admit":5662,"seal":298,"queue":35,"deliver":10419253,"resolve":29637,"write":24919,"record":13841},"evidence":{"dc":"dc1.corp.example","dc_invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"},"recovered":false}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b","traceparent":"00-06e5f801ed160392b059b18f703e0aa8-45ed2d28b270a47e-01","correlation":"4f70ff7b-ce93-4e05-a5a2-92284743cb8c"}', NULL, '3\372\362\374P\234[oE\330\206\270\240\177\274\333<\010\205\013\241w?zkH\231Yi\014\015~', 'G\200411\004\030\376\3168\363\221\252\357Z\377R57\266\303\321\255\345\322A\003g\354\017\000N'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 83, 1795939811692332, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 14, '01a2265a-c16c-70dc-beff-25995769ea8c', 'AccountsSynced', 1, '{"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","sync":"2293be50-21e3-4a0d-81c3-bc99d7614cfd","added":0,"updated":0,"removed":0,"total":101,"removals":true}', '{"actor":"c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, 'G\200411\004\030\376\3168\363\221\252\357Z\377R57\266\303\321\255\345\322A\003g\354\017\000N', '\012\014\204\334/\304-\347b\036g\366\230\035i\026\257\253Q\256R\026\251\373\272\034\221v\221\276\375\022'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 84, 1795939814129470, 'account/9a8f4a75-d401-4f48-a20a-8b598f1a5d9b', 1, '01a2265a-caf1-7c31-a197-0d640ab4e256', 'OperationRequested', 1, '{"operation_id":"d796eb49-1153-4f42-867a-d92318269466","sequence":1,"kind":"CHANGE","flags":{"must_change_at_next_logon":false,"unlock":false,"allow_disabled":false},"group":"0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0002","requested_by":"app","role":"self_service_app","requested_at_us":1795939814129130,"expires_at_us":1795939834125000,"fingerprint":"89c14c33d932bf601de0ddebe54940ad525567432667286e98b1e3dd81d7c52d","key_ids":["2674b8192c1edf03fcaf5c2d90a73669"]}', '{"actor":"app","traceparent":"00-8500ccd20313afec6e135aea7223d692-4528a947cb087f42-01","correlation":"d796eb49-1153-4f42-867a-d92318269466"}', NULL, '\012\014\204\334/\304-\347b\036g\366\230\035i\026\257\253Q\256R\026\251\373\272\034\221v\221\276\375\022', '\217\335l\211E)\037\3140\265\010v\027\032\001\036d\014[\245N!\333h\335\004W\024\226"\304\213'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 86, 1795939815515700, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 15, '01a2265a-d05b-7b51-a293-71665e13df03', 'ConnectorDetached', 1, '{"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","why":"broken"}', '{"actor":"c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '0i\207\0010`M\034\3749yj$\366\232Y\025\025\263B?\367^\244\216<\257\004\214\215\372\220', '\011 \256u\304\271\254\342EU\2758A9\267n\332G\246\316\240t2\224\220f\004\267\0277\0244'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 85, 1795939814129470, 'account/9a8f4a75-d401-4f48-a20a-8b598f1a5d9b', 2, '01a2265a-caf1-7d65-9bb8-3a27868b7dd9', 'OperationDelivered', 1, '{"operation_id":"d796eb49-1153-4f42-867a-d92318269466","attempt":1,"connector":"c7938aea-eeb7-4bab-aece-83e7718b429b","delivered_at_us":1795939814129130}', '{"actor":"app","traceparent":"00-8500ccd20313afec6e135aea7223d692-4528a947cb087f42-01","correlation":"d796eb49-1153-4f42-867a-d92318269466"}', NULL, '\217\335l\211E)\037\3140\265\010v\027\032\001\036d\014[\245N!\333h\335\004W\024\226"\304\213', '0i\207\0010`M\034\3749yj$\366\232Y\025\025\263B?\367^\244\216<\257\004\214\215\372\220'),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 87, 1795939834185942, 'account/9a8f4a75-d401-4f48-a20a-8b598f1a5d9b', 3, '01a2265b-1949-7494-9c9b-7cdec2a4ed77', 'OperationInDoubt', 1, '{"operation_id":"d796eb49-1153-4f42-867a-d92318269466","attempt":1,"since_us":1795939834126358}', '{"actor":"app","traceparent":"00-8500ccd20313afec6e135aea7223d692-4528a947cb087f42-01","correlation":"d796eb49-1153-4f42-867a-d92318269466"}', NULL, '\011 \256u\304\271\254\342EU\2758A9\267n\332G\246\316\240t2\224\220f\004\267\0277\0244', '\016\214\000\333vV1\240\305N\320j\177\240\035\234\365\212:l\265;\261S\226P\036\355k`+c');


--
-- Data for Name: records_2026_12; Type: TABLE DATA; Schema: eventlog; Owner: -
--



--
-- Data for Name: records_2027_01; Type: TABLE DATA; Schema: eventlog; Owner: -
--



--
-- Data for Name: stream_heads; Type: TABLE DATA; Schema: eventlog; Owner: -
--

INSERT INTO eventlog.stream_heads VALUES
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0003', 5),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'account/1eda8674-a006-425d-b139-47a3d0147acb', 6),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'account/eddbfbae-a6a9-49f6-94f9-7e7cea68ef87', 6),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'account/f2b8f0ca-67db-4bf1-8dfa-2179c1b2ebda', 3),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'account/f08f21eb-08ec-49a8-a6d9-a425bca5546d', 3),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'account/6aa9f044-81d7-4373-83dd-ab42398f680c', 3),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'account/c5369005-006d-4cf0-9344-12817d06a32c', 3),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'account/53b30cb4-31b6-4922-a235-078d5340259b', 3),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'account/b56514cf-eddb-42f2-ae41-b98a6401e16d', 10),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'tenant/0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 11),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'account/48842965-f0c0-4f5a-925f-d8d40dd22afb', 6),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'account/251a9973-ebcc-4ad2-9899-8e1935fcf8f2', 3),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'account/ab2e7072-8b98-4cee-a555-c1928cab4adf', 3),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'account/68909a77-6b31-4960-86fc-f70e435d8922', 3),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'account/ccfaaa75-8a3e-4049-a404-7f1a883cdd2f', 6),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 15),
	('67726f75-6e64-7769-7265-000000000001', 'tenant/67726f75-6e64-7769-7265-000000000001', 1),
	('0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001', 'account/9a8f4a75-d401-4f48-a20a-8b598f1a5d9b', 3);


--
-- Name: _migrations _migrations_pkey; Type: CONSTRAINT; Schema: directory; Owner: -
--

ALTER TABLE ONLY directory._migrations
    ADD CONSTRAINT _migrations_pkey PRIMARY KEY (version);


--
-- Name: accounts accounts_pkey; Type: CONSTRAINT; Schema: directory; Owner: -
--

ALTER TABLE ONLY directory.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (tenant_id, anchor, group_id);


--
-- Name: audit_heads audit_heads_pkey; Type: CONSTRAINT; Schema: directory; Owner: -
--

ALTER TABLE ONLY directory.audit_heads
    ADD CONSTRAINT audit_heads_pkey PRIMARY KEY (tenant_id, connector_id, log_id);


--
-- Name: checkpoints checkpoints_pkey; Type: CONSTRAINT; Schema: directory; Owner: -
--

ALTER TABLE ONLY directory.checkpoints
    ADD CONSTRAINT checkpoints_pkey PRIMARY KEY (tenant_id, connector_id, "position");


--
-- Name: connector_groups connector_groups_pkey; Type: CONSTRAINT; Schema: directory; Owner: -
--

ALTER TABLE ONLY directory.connector_groups
    ADD CONSTRAINT connector_groups_pkey PRIMARY KEY (tenant_id, group_id);


--
-- Name: connectors connectors_pkey; Type: CONSTRAINT; Schema: directory; Owner: -
--

ALTER TABLE ONLY directory.connectors
    ADD CONSTRAINT connectors_pkey PRIMARY KEY (tenant_id, connector_id);


--
-- Name: enrollment_tokens enrollment_tokens_pkey; Type: CONSTRAINT; Schema: directory; Owner: -
--

ALTER TABLE ONLY directory.enrollment_tokens
    ADD CONSTRAINT enrollment_tokens_pkey PRIMARY KEY (token_id);


--
-- Name: group_bindings group_bindings_pkey; Type: CONSTRAINT; Schema: directory; Owner: -
--

ALTER TABLE ONLY directory.group_bindings
    ADD CONSTRAINT group_bindings_pkey PRIMARY KEY (tenant_id, group_id);


--
-- Name: operations operations_pkey; Type: CONSTRAINT; Schema: directory; Owner: -
--

ALTER TABLE ONLY directory.operations
    ADD CONSTRAINT operations_pkey PRIMARY KEY (tenant_id, operation_id);


--
-- Name: operations operations_tenant_id_anchor_sequence_key; Type: CONSTRAINT; Schema: directory; Owner: -
--

ALTER TABLE ONLY directory.operations
    ADD CONSTRAINT operations_tenant_id_anchor_sequence_key UNIQUE (tenant_id, anchor, sequence);


--
-- Name: sealed_secrets sealed_secrets_pkey; Type: CONSTRAINT; Schema: directory; Owner: -
--

ALTER TABLE ONLY directory.sealed_secrets
    ADD CONSTRAINT sealed_secrets_pkey PRIMARY KEY (tenant_id, operation_id);


--
-- Name: sealing_keys sealing_keys_pkey; Type: CONSTRAINT; Schema: directory; Owner: -
--

ALTER TABLE ONLY directory.sealing_keys
    ADD CONSTRAINT sealing_keys_pkey PRIMARY KEY (tenant_id, group_id, key_id);


--
-- Name: sync_pages sync_pages_pkey; Type: CONSTRAINT; Schema: directory; Owner: -
--

ALTER TABLE ONLY directory.sync_pages
    ADD CONSTRAINT sync_pages_pkey PRIMARY KEY (tenant_id, sync_id, anchor);


--
-- Name: tenants tenants_pkey; Type: CONSTRAINT; Schema: directory; Owner: -
--

ALTER TABLE ONLY directory.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (tenant_id);


--
-- Name: writeback_settings writeback_settings_pkey; Type: CONSTRAINT; Schema: directory; Owner: -
--

ALTER TABLE ONLY directory.writeback_settings
    ADD CONSTRAINT writeback_settings_pkey PRIMARY KEY (tenant_id);


--
-- Name: _migrations _migrations_pkey; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog._migrations
    ADD CONSTRAINT _migrations_pkey PRIMARY KEY (version);


--
-- Name: claims claims_pkey; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.claims
    ADD CONSTRAINT claims_pkey PRIMARY KEY (log, kind, key);


--
-- Name: erasable_parts erasable_parts_pkey; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.erasable_parts
    ADD CONSTRAINT erasable_parts_pkey PRIMARY KEY (log, "position", recorded_at_us);


--
-- Name: erasable_parts_2026_11 erasable_parts_2026_11_pkey; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.erasable_parts_2026_11
    ADD CONSTRAINT erasable_parts_2026_11_pkey PRIMARY KEY (log, "position", recorded_at_us);


--
-- Name: erasable_parts_2026_12 erasable_parts_2026_12_pkey; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.erasable_parts_2026_12
    ADD CONSTRAINT erasable_parts_2026_12_pkey PRIMARY KEY (log, "position", recorded_at_us);


--
-- Name: erasable_parts_2027_01 erasable_parts_2027_01_pkey; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.erasable_parts_2027_01
    ADD CONSTRAINT erasable_parts_2027_01_pkey PRIMARY KEY (log, "position", recorded_at_us);


--
-- Name: log_heads log_heads_pkey; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.log_heads
    ADD CONSTRAINT log_heads_pkey PRIMARY KEY (log);


--
-- Name: records records_log_stream_stream_version_recorded_at_us_key; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.records
    ADD CONSTRAINT records_log_stream_stream_version_recorded_at_us_key UNIQUE (log, stream, stream_version, recorded_at_us);


--
-- Name: records_2026_11 records_2026_11_log_stream_stream_version_recorded_at_us_key; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.records_2026_11
    ADD CONSTRAINT records_2026_11_log_stream_stream_version_recorded_at_us_key UNIQUE (log, stream, stream_version, recorded_at_us);


--
-- Name: records records_pkey; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.records
    ADD CONSTRAINT records_pkey PRIMARY KEY (log, "position", recorded_at_us);


--
-- Name: records_2026_11 records_2026_11_pkey; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.records_2026_11
    ADD CONSTRAINT records_2026_11_pkey PRIMARY KEY (log, "position", recorded_at_us);


--
-- Name: records_2026_12 records_2026_12_log_stream_stream_version_recorded_at_us_key; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.records_2026_12
    ADD CONSTRAINT records_2026_12_log_stream_stream_version_recorded_at_us_key UNIQUE (log, stream, stream_version, recorded_at_us);


--
-- Name: records_2026_12 records_2026_12_pkey; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.records_2026_12
    ADD CONSTRAINT records_2026_12_pkey PRIMARY KEY (log, "position", recorded_at_us);


--
-- Name: records_2027_01 records_2027_01_log_stream_stream_version_recorded_at_us_key; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.records_2027_01
    ADD CONSTRAINT records_2027_01_log_stream_stream_version_recorded_at_us_key UNIQUE (log, stream, stream_version, recorded_at_us);


--
-- Name: records_2027_01 records_2027_01_pkey; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.records_2027_01
    ADD CONSTRAINT records_2027_01_pkey PRIMARY KEY (log, "position", recorded_at_us);


--
-- Name: stream_heads stream_heads_pkey; Type: CONSTRAINT; Schema: eventlog; Owner: -
--

ALTER TABLE ONLY eventlog.stream_heads
    ADD CONSTRAINT stream_heads_pkey PRIMARY KEY (log, stream);


--
-- Name: accounts_by_display_name; Type: INDEX; Schema: directory; Owner: -
--

CREATE INDEX accounts_by_display_name ON directory.accounts USING btree (tenant_id, display_folded);


--
-- Name: accounts_by_sam; Type: INDEX; Schema: directory; Owner: -
--

CREATE INDEX accounts_by_sam ON directory.accounts USING btree (tenant_id, sam_folded);


--
-- Name: accounts_by_upn; Type: INDEX; Schema: directory; Owner: -
--

CREATE INDEX accounts_by_upn ON directory.accounts USING btree (tenant_id, upn_folded);


--
-- Name: accounts_of_group; Type: INDEX; Schema: directory; Owner: -
--

CREATE INDEX accounts_of_group ON directory.accounts USING btree (tenant_id, group_id, anchor);


--
-- Name: enrollment_tokens_of_tenant; Type: INDEX; Schema: directory; Owner: -
--

CREATE INDEX enrollment_tokens_of_tenant ON directory.enrollment_tokens USING btree (tenant_id, token_id);


--
-- Name: operations_applied; Type: INDEX; Schema: directory; Owner: -
--

CREATE INDEX operations_applied ON directory.operations USING btree (tenant_id, group_id, requested_at DESC) WHERE ((outcome ->> 'code'::text) = 'APPLIED'::text);


--
-- Name: operations_newest; Type: INDEX; Schema: directory; Owner: -
--

CREATE INDEX operations_newest ON directory.operations USING btree (tenant_id, requested_at DESC, operation_id DESC);


--
-- Name: operations_open; Type: INDEX; Schema: directory; Owner: -
--

CREATE INDEX operations_open ON directory.operations USING btree (tenant_id, anchor) WHERE (state <> 'ENDED'::text);


--
-- Name: erasable_parts_2026_11_pkey; Type: INDEX ATTACH; Schema: eventlog; Owner: -
--

ALTER INDEX eventlog.erasable_parts_pkey ATTACH PARTITION eventlog.erasable_parts_2026_11_pkey;


--
-- Name: erasable_parts_2026_12_pkey; Type: INDEX ATTACH; Schema: eventlog; Owner: -
--

ALTER INDEX eventlog.erasable_parts_pkey ATTACH PARTITION eventlog.erasable_parts_2026_12_pkey;


--
-- Name: erasable_parts_2027_01_pkey; Type: INDEX ATTACH; Schema: eventlog; Owner: -
--

ALTER INDEX eventlog.erasable_parts_pkey ATTACH PARTITION eventlog.erasable_parts_2027_01_pkey;


--
-- Name: records_2026_11_log_stream_stream_version_recorded_at_us_key; Type: INDEX ATTACH; Schema: eventlog; Owner: -
--

ALTER INDEX eventlog.records_log_stream_stream_version_recorded_at_us_key ATTACH PARTITION eventlog.records_2026_11_log_stream_stream_version_recorded_at_us_key;


--
-- Name: records_2026_11_pkey; Type: INDEX ATTACH; Schema: eventlog; Owner: -
--

ALTER INDEX eventlog.records_pkey ATTACH PARTITION eventlog.records_2026_11_pkey;


--
-- Name: records_2026_12_log_stream_stream_version_recorded_at_us_key; Type: INDEX ATTACH; Schema: eventlog; Owner: -
--

ALTER INDEX eventlog.records_log_stream_stream_version_recorded_at_us_key ATTACH PARTITION eventlog.records_2026_12_log_stream_stream_version_recorded_at_us_key;


--
-- Name: records_2026_12_pkey; Type: INDEX ATTACH; Schema: eventlog; Owner: -
--

ALTER INDEX eventlog.records_pkey ATTACH PARTITION eventlog.records_2026_12_pkey;


--
-- Name: records_2027_01_log_stream_stream_version_recorded_at_us_key; Type: INDEX ATTACH; Schema: eventlog; Owner: -
--

ALTER INDEX eventlog.records_log_stream_stream_version_recorded_at_us_key ATTACH PARTITION eventlog.records_2027_01_log_stream_stream_version_recorded_at_us_key;


--
-- Name: records_2027_01_pkey; Type: INDEX ATTACH; Schema: eventlog; Owner: -
--

ALTER INDEX eventlog.records_pkey ATTACH PARTITION eventlog.records_2027_01_pkey;


--
-- Name: claims append_only; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON eventlog.claims FOR EACH ROW EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: records append_only; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON eventlog.records FOR EACH ROW EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: records heads_follow; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER heads_follow AFTER INSERT ON eventlog.records REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION eventlog.advance_heads();


--
-- Name: erasable_parts never_changed; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER never_changed BEFORE UPDATE ON eventlog.erasable_parts FOR EACH ROW EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: log_heads never_deleted; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER never_deleted BEFORE DELETE ON eventlog.log_heads FOR EACH ROW EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: stream_heads never_deleted; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER never_deleted BEFORE DELETE ON eventlog.stream_heads FOR EACH ROW EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: claims never_truncated; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.claims FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: erasable_parts never_truncated; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.erasable_parts FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: erasable_parts_2026_11 never_truncated; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.erasable_parts_2026_11 FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: erasable_parts_2026_12 never_truncated; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.erasable_parts_2026_12 FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: erasable_parts_2027_01 never_truncated; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.erasable_parts_2027_01 FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: log_heads never_truncated; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.log_heads FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: records never_truncated; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.records FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: records_2026_11 never_truncated; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.records_2026_11 FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: records_2026_12 never_truncated; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.records_2026_12 FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: records_2027_01 never_truncated; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.records_2027_01 FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: stream_heads never_truncated; Type: TRIGGER; Schema: eventlog; Owner: -
--

CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.stream_heads FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();


--
-- Name: accounts; Type: ROW SECURITY; Schema: directory; Owner: -
--

ALTER TABLE directory.accounts ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_heads; Type: ROW SECURITY; Schema: directory; Owner: -
--

ALTER TABLE directory.audit_heads ENABLE ROW LEVEL SECURITY;

--
-- Name: enrollment_tokens by_token; Type: POLICY; Schema: directory; Owner: -
--

CREATE POLICY by_token ON directory.enrollment_tokens FOR SELECT USING (directory.all_tenants());


--
-- Name: checkpoints; Type: ROW SECURITY; Schema: directory; Owner: -
--

ALTER TABLE directory.checkpoints ENABLE ROW LEVEL SECURITY;

--
-- Name: connector_groups; Type: ROW SECURITY; Schema: directory; Owner: -
--

ALTER TABLE directory.connector_groups ENABLE ROW LEVEL SECURITY;

--
-- Name: connectors; Type: ROW SECURITY; Schema: directory; Owner: -
--

ALTER TABLE directory.connectors ENABLE ROW LEVEL SECURITY;

--
-- Name: enrollment_tokens; Type: ROW SECURITY; Schema: directory; Owner: -
--

ALTER TABLE directory.enrollment_tokens ENABLE ROW LEVEL SECURITY;

--
-- Name: group_bindings; Type: ROW SECURITY; Schema: directory; Owner: -
--

ALTER TABLE directory.group_bindings ENABLE ROW LEVEL SECURITY;

--
-- Name: tenants of_all; Type: POLICY; Schema: directory; Owner: -
--

CREATE POLICY of_all ON directory.tenants FOR SELECT USING (directory.all_tenants());


--
-- Name: accounts of_tenant; Type: POLICY; Schema: directory; Owner: -
--

CREATE POLICY of_tenant ON directory.accounts USING ((tenant_id = directory.current_tenant())) WITH CHECK ((tenant_id = directory.current_tenant()));


--
-- Name: audit_heads of_tenant; Type: POLICY; Schema: directory; Owner: -
--

CREATE POLICY of_tenant ON directory.audit_heads USING ((tenant_id = directory.current_tenant())) WITH CHECK ((tenant_id = directory.current_tenant()));


--
-- Name: checkpoints of_tenant; Type: POLICY; Schema: directory; Owner: -
--

CREATE POLICY of_tenant ON directory.checkpoints USING ((tenant_id = directory.current_tenant())) WITH CHECK ((tenant_id = directory.current_tenant()));


--
-- Name: connector_groups of_tenant; Type: POLICY; Schema: directory; Owner: -
--

CREATE POLICY of_tenant ON directory.connector_groups USING ((tenant_id = directory.current_tenant())) WITH CHECK ((tenant_id = directory.current_tenant()));


--
-- Name: connectors of_tenant; Type: POLICY; Schema: directory; Owner: -
--

CREATE POLICY of_tenant ON directory.connectors USING ((tenant_id = directory.current_tenant())) WITH CHECK ((tenant_id = directory.current_tenant()));


--
-- Name: enrollment_tokens of_tenant; Type: POLICY; Schema: directory; Owner: -
--

CREATE POLICY of_tenant ON directory.enrollment_tokens USING ((tenant_id = directory.current_tenant())) WITH CHECK ((tenant_id = directory.current_tenant()));


--
-- Name: group_bindings of_tenant; Type: POLICY; Schema: directory; Owner: -
--

CREATE POLICY of_tenant ON directory.group_bindings USING ((tenant_id = directory.current_tenant())) WITH CHECK ((tenant_id = directory.current_tenant()));


--
-- Name: operations of_tenant; Type: POLICY; Schema: directory; Owner: -
--

CREATE POLICY of_tenant ON directory.operations USING ((tenant_id = directory.current_tenant())) WITH CHECK ((tenant_id = directory.current_tenant()));


--
-- Name: sealed_secrets of_tenant; Type: POLICY; Schema: directory; Owner: -
--

CREATE POLICY of_tenant ON directory.sealed_secrets USING ((tenant_id = directory.current_tenant())) WITH CHECK ((tenant_id = directory.current_tenant()));


--
-- Name: sealing_keys of_tenant; Type: POLICY; Schema: directory; Owner: -
--

CREATE POLICY of_tenant ON directory.sealing_keys USING ((tenant_id = directory.current_tenant())) WITH CHECK ((tenant_id = directory.current_tenant()));


--
-- Name: sync_pages of_tenant; Type: POLICY; Schema: directory; Owner: -
--

CREATE POLICY of_tenant ON directory.sync_pages USING ((tenant_id = directory.current_tenant())) WITH CHECK ((tenant_id = directory.current_tenant()));


--
-- Name: tenants of_tenant; Type: POLICY; Schema: directory; Owner: -
--

CREATE POLICY of_tenant ON directory.tenants USING ((tenant_id = directory.current_tenant())) WITH CHECK ((tenant_id = directory.current_tenant()));


--
-- Name: writeback_settings of_tenant; Type: POLICY; Schema: directory; Owner: -
--

CREATE POLICY of_tenant ON directory.writeback_settings USING ((tenant_id = directory.current_tenant())) WITH CHECK ((tenant_id = directory.current_tenant()));


--
-- Name: operations; Type: ROW SECURITY; Schema: directory; Owner: -
--

ALTER TABLE directory.operations ENABLE ROW LEVEL SECURITY;

--
-- Name: sealed_secrets; Type: ROW SECURITY; Schema: directory; Owner: -
--

ALTER TABLE directory.sealed_secrets ENABLE ROW LEVEL SECURITY;

--
-- Name: sealing_keys; Type: ROW SECURITY; Schema: directory; Owner: -
--

ALTER TABLE directory.sealing_keys ENABLE ROW LEVEL SECURITY;

--
-- Name: sync_pages; Type: ROW SECURITY; Schema: directory; Owner: -
--

ALTER TABLE directory.sync_pages ENABLE ROW LEVEL SECURITY;

--
-- Name: tenants; Type: ROW SECURITY; Schema: directory; Owner: -
--

ALTER TABLE directory.tenants ENABLE ROW LEVEL SECURITY;

--
-- Name: writeback_settings; Type: ROW SECURITY; Schema: directory; Owner: -
--

ALTER TABLE directory.writeback_settings ENABLE ROW LEVEL SECURITY;

--
-- Name: claims; Type: ROW SECURITY; Schema: eventlog; Owner: -
--

ALTER TABLE eventlog.claims ENABLE ROW LEVEL SECURITY;

--
-- Name: erasable_parts; Type: ROW SECURITY; Schema: eventlog; Owner: -
--

ALTER TABLE eventlog.erasable_parts ENABLE ROW LEVEL SECURITY;

--
-- Name: log_heads; Type: ROW SECURITY; Schema: eventlog; Owner: -
--

ALTER TABLE eventlog.log_heads ENABLE ROW LEVEL SECURITY;

--
-- Name: claims one_log; Type: POLICY; Schema: eventlog; Owner: -
--

CREATE POLICY one_log ON eventlog.claims USING (((log)::text = current_setting('groundwire.tenant'::text, true))) WITH CHECK (((log)::text = current_setting('groundwire.tenant'::text, true)));


--
-- Name: erasable_parts one_log; Type: POLICY; Schema: eventlog; Owner: -
--

CREATE POLICY one_log ON eventlog.erasable_parts USING (((log)::text = current_setting('groundwire.tenant'::text, true))) WITH CHECK (((log)::text = current_setting('groundwire.tenant'::text, true)));


--
-- Name: log_heads one_log; Type: POLICY; Schema: eventlog; Owner: -
--

CREATE POLICY one_log ON eventlog.log_heads USING (((log)::text = current_setting('groundwire.tenant'::text, true))) WITH CHECK (((log)::text = current_setting('groundwire.tenant'::text, true)));


--
-- Name: records one_log; Type: POLICY; Schema: eventlog; Owner: -
--

CREATE POLICY one_log ON eventlog.records USING (((log)::text = current_setting('groundwire.tenant'::text, true))) WITH CHECK (((log)::text = current_setting('groundwire.tenant'::text, true)));


--
-- Name: stream_heads one_log; Type: POLICY; Schema: eventlog; Owner: -
--

CREATE POLICY one_log ON eventlog.stream_heads USING (((log)::text = current_setting('groundwire.tenant'::text, true))) WITH CHECK (((log)::text = current_setting('groundwire.tenant'::text, true)));


--
-- Name: records; Type: ROW SECURITY; Schema: eventlog; Owner: -
--

ALTER TABLE eventlog.records ENABLE ROW LEVEL SECURITY;

--
-- Name: stream_heads; Type: ROW SECURITY; Schema: eventlog; Owner: -
--

ALTER TABLE eventlog.stream_heads ENABLE ROW LEVEL SECURITY;

--
-- PostgreSQL database dump complete
--


