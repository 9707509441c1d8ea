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
-- Name: connector; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA connector;


--
-- Name: eventlog; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA eventlog;


--
-- Name: grant_service(text); Type: FUNCTION; Schema: connector; Owner: -
--

CREATE FUNCTION connector.grant_service(p_role text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA connector TO %I', p_role);
    EXECUTE format('GRANT SELECT ON connector.audit_store TO %I', p_role);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON connector.operations TO %I', p_role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION connector.project_operation(jsonb) TO %I', p_role);
END
$$;


--
-- Name: project_operation(jsonb); Type: FUNCTION; Schema: connector; Owner: -
--

CREATE FUNCTION connector.project_operation(p_change jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $$
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


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: _migrations; Type: TABLE; Schema: connector; Owner: -
--

CREATE TABLE connector._migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);


--
-- Name: audit_store; Type: TABLE; Schema: connector; Owner: -
--

CREATE TABLE connector.audit_store (
    only_one boolean DEFAULT true NOT NULL,
    log uuid DEFAULT gen_random_uuid() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT audit_store_only_one_check CHECK (only_one)
);


--
-- Name: operations; Type: TABLE; Schema: connector; Owner: -
--

CREATE TABLE connector.operations (
    operation uuid NOT NULL,
    connector uuid NOT NULL,
    attempt integer NOT NULL,
    anchor uuid NOT NULL,
    kind text NOT NULL,
    sequence bigint NOT NULL,
    trace_id text,
    open boolean NOT NULL
);


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
-- Data for Name: _migrations; Type: TABLE DATA; Schema: connector; Owner: -
--

INSERT INTO connector._migrations VALUES
	(1, 'audit', '2026-11-29 08:08:54.779328+00', true, '\207T\037\305\203\253\312\231R>\012\247\221K\351I$\002\021B\302xzm[\210d{\2718\361o\301\2123\211P2\030 |\022\013I\010\217;\323', 20353649),
	(2, 'project operation', '2026-11-29 08:08:54.802265+00', true, '\006\014\360l\262\202\301\377\377H\\\265f\320\200\011u\001\270\336O\252\274M\341\000zom\023\313\217\335]AI\245e<\323}\251\202\243\012\022\241\302', 7109823);


--
-- Data for Name: audit_store; Type: TABLE DATA; Schema: connector; Owner: -
--

INSERT INTO connector.audit_store VALUES
	(true, '4cb2c837-ab7d-401d-a151-c94d648999b5', '2026-11-29 08:08:54.779328+00');


--
-- Data for Name: operations; Type: TABLE DATA; Schema: connector; Owner: -
--

INSERT INTO connector.operations VALUES
	('49e22223-0658-40b8-92e9-1cfcc7a67301', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, '1eda8674-a006-425d-b139-47a3d0147acb', 'ADMIN_RESET', 1, 'a3ba92f8587b1c6d77018c110e67a344', false),
	('3adeda0e-d312-45dd-9e1b-b3439eb90b24', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, '1eda8674-a006-425d-b139-47a3d0147acb', 'CHANGE', 2, 'd3ca2d443fb944bdd149026b06c0b6fb', false),
	('587904e6-f9ba-436f-a3b9-2ca2a455d98c', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, 'eddbfbae-a6a9-49f6-94f9-7e7cea68ef87', 'CHANGE', 1, '720b954d40b0dfcba3cdffc0404c0c5d', false),
	('c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, 'eddbfbae-a6a9-49f6-94f9-7e7cea68ef87', 'CHANGE', 2, '0af7651916cd43dd8448eb211c80319c', false),
	('ff89689d-e26a-45e4-824d-f91ed8671edf', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, 'f2b8f0ca-67db-4bf1-8dfa-2179c1b2ebda', 'CHANGE', 1, '4a709583abc3e890e5f4166c76f6b66b', false),
	('9709e660-b905-471e-847d-17b70d1aed86', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, 'f08f21eb-08ec-49a8-a6d9-a425bca5546d', 'CHANGE', 1, 'dcb9b1b9f299df423cf02e5b5c72de36', false),
	('f195bb51-0f9d-4c64-88d8-163dec7aa29e', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, '6aa9f044-81d7-4373-83dd-ab42398f680c', 'CHANGE', 1, 'aa8b931c430f2c3fed26853c75699b81', false),
	('c9c5b975-0d4a-4c57-9146-1980236c8f6d', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, 'ccfaaa75-8a3e-4049-a404-7f1a883cdd2f', 'SELF_RESET', 1, 'cfbd034e6861a7d7138d316fd1bef556', false),
	('43fc0106-6cd4-47d2-a739-fd4a9f1da541', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, 'c5369005-006d-4cf0-9344-12817d06a32c', 'ADMIN_RESET', 1, '4c19ebf3e9e6a7ff189c14e161fc5c98', false),
	('4f5388d9-54d3-4f5c-8c28-ec1eaabc860f', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, '53b30cb4-31b6-4922-a235-078d5340259b', 'ADMIN_RESET', 1, 'ed3d5a334dd2588a258addb857ecea60', false),
	('56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, '48842965-f0c0-4f5a-925f-d8d40dd22afb', 'ADMIN_RESET', 1, '94c6de84bb06b9fd07edca7b17ced3b3', false),
	('b33815f4-902c-4615-b65c-eade5bcec4c2', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, '48842965-f0c0-4f5a-925f-d8d40dd22afb', 'ADMIN_RESET', 2, '7cb3855c4707d22882cba1bcef5ce426', false),
	('effb892b-ef3b-4db6-b6e1-8328ec33741a', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, '251a9973-ebcc-4ad2-9899-8e1935fcf8f2', 'ADMIN_RESET', 1, 'acb7632a78945c34b802f4522876f8c6', false),
	('fb629bb0-82b3-455c-a983-6a596ae5a7ba', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, 'ab2e7072-8b98-4cee-a555-c1928cab4adf', 'UNLOCK', 1, '97f36ff1fefa2031ebfbba4298a641ba', false),
	('d849015b-e259-4258-9581-55b289f2e1e1', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, 'ccfaaa75-8a3e-4049-a404-7f1a883cdd2f', 'REQUIRE_CHANGE', 2, '053ac9dde2f6ba3b5e694babb1747343', false),
	('fd01a553-b4fa-40ba-8c6e-94565fa2483d', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, 'b56514cf-eddb-42f2-ae41-b98a6401e16d', 'CHANGE', 1, '348747dabec4c2dd9b1fa03a0e43cd4b', false),
	('4f70ff7b-ce93-4e05-a5a2-92284743cb8c', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, '68909a77-6b31-4960-86fc-f70e435d8922', 'CHANGE', 1, '06e5f801ed160392b059b18f703e0aa8', false),
	('d796eb49-1153-4f42-867a-d92318269466', 'c7938aea-eeb7-4bab-aece-83e7718b429b', 1, '9a8f4a75-d401-4f48-a20a-8b598f1a5d9b', 'CHANGE', 1, '8500ccd20313afec6e135aea7223d692', true);


--
-- Data for Name: _migrations; Type: TABLE DATA; Schema: eventlog; Owner: -
--

INSERT INTO eventlog._migrations VALUES
	(1, 'log', '2026-11-29 08:08:54.686932+00', true, '\255\302\232?}W)\002\201\346F\342\213\200\334\272\350`HT\307\037m\300Bl\255uHK\261\377<3\217\273\300\2011\2143\271\221\275b\214\212\000', 34815774),
	(2, 'append next', '2026-11-29 08:08:54.751103+00', true, '\006\376/\377\005_>\304\331,d\330\374D\262\017\020\006\035V\357\332\343\306\272\022b9\350\246\233d\021G\276 73\310h\222\222p\362\002\327?\350', 6956844);


--
-- Data for Name: claims; Type: TABLE DATA; Schema: eventlog; Owner: -
--

INSERT INTO eventlog.claims VALUES
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', '49e22223-0658-40b8-92e9-1cfcc7a67301/1', 5),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', '3adeda0e-d312-45dd-9e1b-b3439eb90b24/1', 9),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', '587904e6-f9ba-436f-a3b9-2ca2a455d98c/1', 13),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', 'c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a/1', 17),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', 'ff89689d-e26a-45e4-824d-f91ed8671edf/1', 21),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', '9709e660-b905-471e-847d-17b70d1aed86/1', 24),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', 'f195bb51-0f9d-4c64-88d8-163dec7aa29e/1', 28),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', 'c9c5b975-0d4a-4c57-9146-1980236c8f6d/1', 31),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', '43fc0106-6cd4-47d2-a739-fd4a9f1da541/1', 35),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', '4f5388d9-54d3-4f5c-8c28-ec1eaabc860f/1', 40),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', '56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b/1', 45),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', 'b33815f4-902c-4615-b65c-eade5bcec4c2/1', 48),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', 'effb892b-ef3b-4db6-b6e1-8328ec33741a/1', 52),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', 'fb629bb0-82b3-455c-a983-6a596ae5a7ba/1', 55),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', 'd849015b-e259-4258-9581-55b289f2e1e1/1', 59),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', 'fd01a553-b4fa-40ba-8c6e-94565fa2483d/1', 68),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', '4f70ff7b-ce93-4e05-a5a2-92284743cb8c/1', 80),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'attempt', 'd796eb49-1153-4f42-867a-d92318269466/1', 90);


--
-- Data for Name: erasable_parts_2026_11; Type: TABLE DATA; Schema: eventlog; Owner: -
--

INSERT INTO eventlog.erasable_parts_2026_11 VALUES
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 7, 1795939752209317, '\234\332uoWHI\311\221\374\321\364\231}\2156Ue\212\302\257LC\306\221ZB\037R\342\376*', '{"distinguished_name":"CN=Dave Dyer,OU=Sales,OU=Staff,DC=corp,DC=example"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 11, 1795939752678094, '\375m\2738x\323Oj\241t\317,\234\330\002\251bh\275,q\273E\214\237"\355\021R\351n\231', '{"distinguished_name":"CN=Dave Dyer,OU=Sales,OU=Staff,DC=corp,DC=example"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 13, 1795939753823318, '\206\206|\330\261xK\313\272?D[3lV\004\033}\310\321?\236@O\276\254\200\001`\240\011\207', '{"on_behalf_of":{"subject":"employee-4711","client_address":"192.0.2.7","authentication_methods":["pwd","otp"]}}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 15, 1795939753923270, '\373\230\354F \027Ol\207\211\021\023\330V]o\220\263\216\257\261QF\024\215\037/zc\340\320\303', '{"on_behalf_of":{"subject":"employee-4711","client_address":"192.0.2.7","authentication_methods":["pwd","otp"]},"distinguished_name":"CN=Alice Archer,OU=Sales,OU=Staff,DC=corp,DC=example"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 19, 1795939754368795, 'b\035\346\033\017\253D\264\217*\362\372n\036\277rd\037i\337*\237K\231\206\027\0209\214CgH', '{"distinguished_name":"CN=Alice Archer,OU=Sales,OU=Staff,DC=corp,DC=example"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 22, 1795939754817572, '8+\223\316\207bF\214\273+?\017\277\352\364\3766\362\237\233\262\207G<\216\326\270\276\224py\301', '{"distinguished_name":"CN=Bob Baker,OU=Sales,OU=Staff,DC=corp,DC=example"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 26, 1795939755542841, '\011\012ws\015^L\316\232u\303\005\037u!\320cz\370ah\214MH\203\203_\245\031\030\233\255', '{"distinguished_name":"CN=test02,OU=Tests,OU=Staff,DC=corp,DC=example","ad_text":"00000056: Constraint violation - check_password_restrictions: The old password specified doesn''t match!"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 29, 1795939756131986, '\305\232M\2004\264M\330\267\031|ko$.\\\304\235\036\243cNB\234\212\317\033\276qiP\275', '{"distinguished_name":"CN=young01,OU=Policies,OU=Staff,DC=corp,DC=example"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 33, 1795939756833309, '\334{\2231\357\376N!\241\036#\202\035\037\006\034G\343&\331\2223D\330\203\335b''\241A\214\242', '{"distinguished_name":"CN=test01,OU=Tests,OU=Staff,DC=corp,DC=example"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 38, 1795939757581541, ';=\236\267>6Jb\273\021u\025s\362SjY>gz)\015N\331\273\003\351%\004\355\316E', '{"distinguished_name":"CN=locked01,OU=States,OU=Staff,DC=corp,DC=example"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 43, 1795939758555866, '\271\001\221V\230\027G\304\275&\004\314~\360\036\356e\220f\024R\362@,\230\2635Lhj\266\022', '{"distinguished_name":"CN=neverexpires01,OU=States,OU=Staff,DC=corp,DC=example"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 46, 1795939759175426, '\247\303X\004@yA\243\222N\033gW\002\246 \3767\370?X\277O\324\252\000\253\366u{\000\317', '{"distinguished_name":"CN=disabled01,OU=States,OU=Staff,DC=corp,DC=example"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 50, 1795939759840032, '\264R\022P\021\230B\255\202*l\324\224:\340n\270\221^\212q\226@[\276<n_\260\022t\263', '{"distinguished_name":"CN=disabled01,OU=States,OU=Staff,DC=corp,DC=example"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 53, 1795939760327377, ',\240\246\023=_J\267\257\355\323\352\217Z!\263\232y\235\235\304\010I<\220\014\226\325/(\336\202', '{"distinguished_name":"CN=admindirect01,OU=Protected,OU=Staff,DC=corp,DC=example"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 57, 1795939761021960, '\257\223\355\3455uA\362\244V\013R\350\350\323\356\317\267%U\243\347Ku\214\374%\202\302 \205\371', '{"distinguished_name":"CN=locked02,OU=States,OU=Staff,DC=corp,DC=example"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 61, 1795939761640207, '\351\365\277\353]\215@\332\214_\326o\376\246\240\247rlj\376\210\026F\311\257oB\257\330\365\313\233', '{"distinguished_name":"CN=test01,OU=Tests,OU=Staff,DC=corp,DC=example"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 77, 1795939798294617, 'L\223\270H''\256O\312\234\255\360\324)\244\203>#\326\377>^RK\234\253\026\032\337!Q\264\366', '{"distinguished_name":"CN=test03,OU=Tests,OU=Staff,DC=corp,DC=example"}'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 87, 1795939811579046, '`Tq\031\237\036M\233\237\015\1779\214\210\242\317\013q\267\255\3724L\327\215\343w\305\231\3239,', '{"distinguished_name":"CN=test05,OU=Tests,OU=Staff,DC=corp,DC=example"}');


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
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'fcad3e03-64d6-43e1-bd3e-f4359172f330', 91, '\252}u"2\325\334\261\347\227\363\2229ePM\310\323\304]&\275\006\007\272\020\232\254\342\306s\006', 0);


--
-- Data for Name: records_2026_11; Type: TABLE DATA; Schema: eventlog; Owner: -
--

INSERT INTO eventlog.records_2026_11 VALUES
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 1, 1795939743234095, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 1, '01a22659-b602-751a-94f4-f7a74928fa11', 'Started', 1, '{"version":"0.1.0"}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, 'ZN\210\362/\337\026\336*\221\3556lA\306\024\356\276\266\304\313\272;s\310\315\003bX\360N\357', 'T\371\177\271\020\277=\212\200O\267zL<x\211\313\273\270I''Z\215\001\373\247''\241t\200\325\015'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 2, 1795939743253215, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 2, '01a22659-b615-7ab7-bc2b-7fc1bc2f91f5', 'PolicyChanged', 1, '{"include":["OU=Staff,DC=corp,DC=example"],"exclude":[],"kinds":["CHANGE","SELF_RESET","ADMIN_RESET","UNLOCK","REQUIRE_CHANGE"],"allow_password_not_required":false}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, 'T\371\177\271\020\277=\212\200O\267zL<x\211\313\273\270I''Z\215\001\373\247''\241t\200\325\015', '\236\362\2668\214\3034\340w\030\214\265]&\266\276\347Q\321\325\220\227\267\017\014D\307\211\010\246}>'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 3, 1795939743287441, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 3, '01a22659-b637-72fa-b5e6-e1de665c7504', 'DcSelected', 1, '{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\236\362\2668\214\3034\340w\030\214\265]&\266\276\347Q\321\325\220\227\267\017\014D\307\211\010\246}>', '\371\224_2\207ir\014|{g\251\242e\320*\251\356^\242\030\300a\316h\232-1CF\314\027'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 4, 1795939743305734, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 4, '01a22659-b649-77ad-b7d4-2e45e1b7d5b0', 'Attached', 1, '{"directory":"https://gateway:9443"}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\371\224_2\207ir\014|{g\251\242e\320*\251\356^\242\030\300a\316h\232-1CF\314\027', '\222?Q\264\3717\001\251A\220\217\337\3420\026Zx\013\256ey\203\244\374#F\261.\326\177\351M'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 5, 1795939752158937, 'operation/49e22223-0658-40b8-92e9-1cfcc7a67301', 1, '01a22659-d8de-7df7-a080-5d821d6c3261', 'Received', 1, '{"attempt":1,"anchor":"1eda8674-a006-425d-b139-47a3d0147acb","kind":"ADMIN_RESET","flags":{"must_change":false,"unlock":false,"allow_disabled":false},"sequence":1,"last_applied_sequence":0,"group_dc":"dc1.corp.example","role":"helpdesk","proof":"none","expires_at_ms":1795939812138,"content_digest":"5cff0b424512d8c1a8a1a4fbeb71bdbd2e43c2c73e31be2faa367362e6951233","trace_id":"a3ba92f8587b1c6d77018c110e67a344"}', '{"actor":"helpdesk","traceparent":"00-a3ba92f8587b1c6d77018c110e67a344-f81f2d1c47c7d29b-01","correlation":"49e22223-0658-40b8-92e9-1cfcc7a67301"}', NULL, '\222?Q\264\3717\001\251A\220\217\337\3420\026Zx\013\256ey\203\244\374#F\261.\326\177\351M', '\344\204\370Y\371\356\307\002\223\370\344+\352;\226\344\034\324\327;V\277I\254\005#\013\227\016`\325\324'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 6, 1795939752167122, 'operation/49e22223-0658-40b8-92e9-1cfcc7a67301', 2, '01a22659-d8e7-7a8c-9604-1d5b092b0961', 'WriteIntended', 1, '{"attempt":1,"fence_count":0,"marker_seen":{"is":"absent"},"password_version_seen":1,"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"helpdesk","traceparent":"00-a3ba92f8587b1c6d77018c110e67a344-f81f2d1c47c7d29b-01","correlation":"49e22223-0658-40b8-92e9-1cfcc7a67301"}', NULL, '\344\204\370Y\371\356\307\002\223\370\344+\352;\226\344\034\324\327;V\277I\254\005#\013\227\016`\325\324', '5\245ZC\202z\313\364Wt\027[\331\030<"\255Fz\363\332\255/\014\234E\331Sm\012\300b'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 7, 1795939752209317, 'operation/49e22223-0658-40b8-92e9-1cfcc7a67301', 3, '01a22659-d911-79a6-b341-6dbf46c02589', 'Applied', 1, '{"attempt":1,"anchor":"1eda8674-a006-425d-b139-47a3d0147acb","kind":"ADMIN_RESET","sequence":1,"role":"helpdesk","proof":"none","evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"password_version":2},"durations":{"open_us":8584,"resolve_us":2362,"policy_us":43,"intent_us":4025,"write_us":38424},"recovered":false,"ended_at_ms":1795939752209,"trace_id":"a3ba92f8587b1c6d77018c110e67a344"}', '{"actor":"helpdesk","traceparent":"00-a3ba92f8587b1c6d77018c110e67a344-f81f2d1c47c7d29b-01","correlation":"49e22223-0658-40b8-92e9-1cfcc7a67301"}', '\333\020\253\363\266\007|\306\3764KE\264\277\367gnw\\\341\005\244+%\000\001\371\2670\242Q\376', '5\245ZC\202z\313\364Wt\027[\331\030<"\255Fz\363\332\255/\014\234E\331Sm\012\300b', '\242C\356m\334s\003@\223\365+Y}C5x\340Op\232)\325\244m\235f\363)+^\375\005'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 8, 1795939752215756, 'operation/49e22223-0658-40b8-92e9-1cfcc7a67301', 4, '01a22659-d917-745a-9966-0dd1e6127424', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":2300,"report_us":4155}', '{"actor":"helpdesk","traceparent":"00-a3ba92f8587b1c6d77018c110e67a344-f81f2d1c47c7d29b-01","correlation":"49e22223-0658-40b8-92e9-1cfcc7a67301"}', NULL, '\242C\356m\334s\003@\223\365+Y}C5x\340Op\232)\325\244m\235f\363)+^\375\005', '\352\361\270\367\321\026\360\033\031#r\324\034J|\274/\030Y\360\260X\012;\242\271Y\252\373\274\362\225'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 9, 1795939752625754, 'operation/3adeda0e-d312-45dd-9e1b-b3439eb90b24', 1, '01a22659-dab1-7464-9d1a-c70444c1a911', 'Received', 1, '{"attempt":1,"anchor":"1eda8674-a006-425d-b139-47a3d0147acb","kind":"CHANGE","flags":{"must_change":false,"unlock":false,"allow_disabled":false},"sequence":2,"last_applied_sequence":1,"group_dc":"dc1.corp.example","role":"self_service_app","proof":"none","expires_at_ms":1795939812616,"content_digest":"132c1e62406a046ec7321cabdef6a3202825c8438f3dd0a49def58d923d32e2f","trace_id":"d3ca2d443fb944bdd149026b06c0b6fb"}', '{"actor":"app","traceparent":"00-d3ca2d443fb944bdd149026b06c0b6fb-b41576aa31a1da6c-01","correlation":"3adeda0e-d312-45dd-9e1b-b3439eb90b24"}', NULL, '\352\361\270\367\321\026\360\033\031#r\324\034J|\274/\030Y\360\260X\012;\242\271Y\252\373\274\362\225', 'e\365Y4\301\360\200\237\256 \021\\\254p\361N\231\364u\306\324no\245\177\261.\235\265\262\240\212'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 10, 1795939752633885, 'operation/3adeda0e-d312-45dd-9e1b-b3439eb90b24', 2, '01a22659-dab9-71e5-bc10-2d59ac763051', 'WriteIntended', 1, '{"attempt":1,"fence_count":0,"marker_seen":{"is":"valid","state":"W","sequence":1,"operation":"49e22223-0658-40b8-92e9-1cfcc7a67301","attempt":1,"fence_count":0},"password_version_seen":2,"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"app","traceparent":"00-d3ca2d443fb944bdd149026b06c0b6fb-b41576aa31a1da6c-01","correlation":"3adeda0e-d312-45dd-9e1b-b3439eb90b24"}', NULL, 'e\365Y4\301\360\200\237\256 \021\\\254p\361N\231\364u\306\324no\245\177\261.\235\265\262\240\212', '\331\031X\221\2039\207d\375dn\217{\034!\003G7\333\270h\314\255tu\250G)\013\366L\015'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 11, 1795939752678094, 'operation/3adeda0e-d312-45dd-9e1b-b3439eb90b24', 3, '01a22659-dae6-7eac-a30c-8c5feac4b369', 'Applied', 1, '{"attempt":1,"anchor":"1eda8674-a006-425d-b139-47a3d0147acb","kind":"CHANGE","sequence":2,"role":"self_service_app","proof":"none","evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"password_version":3},"durations":{"open_us":8129,"resolve_us":2553,"policy_us":40,"intent_us":2050,"write_us":42298},"recovered":false,"ended_at_ms":1795939752677,"trace_id":"d3ca2d443fb944bdd149026b06c0b6fb"}', '{"actor":"app","traceparent":"00-d3ca2d443fb944bdd149026b06c0b6fb-b41576aa31a1da6c-01","correlation":"3adeda0e-d312-45dd-9e1b-b3439eb90b24"}', '\252\207\201qF\032\010\022\002J\210(\241?\211W\247,\260\251\245\017\332)\333Y\014\320u[\273\005', '\331\031X\221\2039\207d\375dn\217{\034!\003G7\333\270h\314\255tu\250G)\013\366L\015', 'yG\000m\277\321hs#\373\317\251\225\274\036\210\253o\256%\230iQ}C\264 W&\260\347_'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 12, 1795939752711668, 'operation/3adeda0e-d312-45dd-9e1b-b3439eb90b24', 4, '01a22659-db07-78c0-b9b4-a0e31d7ee01e', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":2210,"report_us":31346}', '{"actor":"app","traceparent":"00-d3ca2d443fb944bdd149026b06c0b6fb-b41576aa31a1da6c-01","correlation":"3adeda0e-d312-45dd-9e1b-b3439eb90b24"}', NULL, 'yG\000m\277\321hs#\373\317\251\225\274\036\210\253o\256%\230iQ}C\264 W&\260\347_', '\032\310kH:Tm\245A\264z\362\237jp\220\317u\232\346\246b\317\274\256\354\304`\320X\362\316'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 13, 1795939753823318, 'operation/587904e6-f9ba-436f-a3b9-2ca2a455d98c', 1, '01a22659-df5f-76ad-bb8c-7cb0eda2a1b5', 'Received', 1, '{"attempt":1,"anchor":"eddbfbae-a6a9-49f6-94f9-7e7cea68ef87","kind":"CHANGE","flags":{"must_change":false,"unlock":false,"allow_disabled":false},"sequence":1,"last_applied_sequence":0,"group_dc":"dc1.corp.example","role":"self_service_app","proof":"told","expires_at_ms":1795939813809,"content_digest":"473e6a05adc567ef1873fd891dbf8b1c44075099c03a6c163b38734d4de7ad4b","trace_id":"720b954d40b0dfcba3cdffc0404c0c5d"}', '{"actor":"app","traceparent":"00-720b954d40b0dfcba3cdffc0404c0c5d-aab97079e87709cc-01","correlation":"587904e6-f9ba-436f-a3b9-2ca2a455d98c"}', '7\315_\240\0353\216\035J\353.\265\371\015\002\021\315\375\002,\365\177\206F\204\3245\271\271N\250\305', '\032\310kH:Tm\245A\264z\362\237jp\220\317u\232\346\246b\317\274\256\354\304`\320X\362\316', '\307F\3615\023\252"\007f\2571vb\202\247\356\335\237k\230\227\242\341[\3301r\363\277\335d\000'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 14, 1795939753829860, 'operation/587904e6-f9ba-436f-a3b9-2ca2a455d98c', 2, '01a22659-df65-72ac-b6ba-f9294f613205', 'WriteIntended', 1, '{"attempt":1,"fence_count":0,"marker_seen":{"is":"absent"},"password_version_seen":1,"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"app","traceparent":"00-720b954d40b0dfcba3cdffc0404c0c5d-aab97079e87709cc-01","correlation":"587904e6-f9ba-436f-a3b9-2ca2a455d98c"}', NULL, '\307F\3615\023\252"\007f\2571vb\202\247\356\335\237k\230\227\242\341[\3301r\363\277\335d\000', '\271\314\363\216\033\011\205`&\374{N\337\014C\221\217&\0361 \204\337MZ\262.\322\326\020+'''),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 15, 1795939753923270, 'operation/587904e6-f9ba-436f-a3b9-2ca2a455d98c', 3, '01a22659-dfc3-73e2-ab5a-b8aebff3d5b2', 'Applied', 1, '{"attempt":1,"anchor":"eddbfbae-a6a9-49f6-94f9-7e7cea68ef87","kind":"CHANGE","sequence":1,"role":"self_service_app","proof":"told","evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"password_version":2},"durations":{"open_us":3419,"resolve_us":5470,"policy_us":37,"intent_us":2307,"write_us":90997},"recovered":false,"ended_at_ms":1795939753922,"trace_id":"720b954d40b0dfcba3cdffc0404c0c5d"}', '{"actor":"app","traceparent":"00-720b954d40b0dfcba3cdffc0404c0c5d-aab97079e87709cc-01","correlation":"587904e6-f9ba-436f-a3b9-2ca2a455d98c"}', 'j\017\304\315\243\307!"\321\243\216\271\035^\363\007G\320M\330k\221\223\211\336\364xf\037y\\,', '\271\314\363\216\033\011\205`&\374{N\337\014C\221\217&\0361 \204\337MZ\262.\322\326\020+''', 'Ks\315\220\032V\260\316S1\276\025\304d\026\277M.\025\2433\222e\346{J\337"?\334V\250'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 16, 1795939753951201, 'operation/587904e6-f9ba-436f-a3b9-2ca2a455d98c', 4, '01a22659-dfdf-70d4-9227-7b6f5d9fc535', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":3610,"report_us":7210}', '{"actor":"app","traceparent":"00-720b954d40b0dfcba3cdffc0404c0c5d-aab97079e87709cc-01","correlation":"587904e6-f9ba-436f-a3b9-2ca2a455d98c"}', NULL, 'Ks\315\220\032V\260\316S1\276\025\304d\026\277M.\025\2433\222e\346{J\337"?\334V\250', 'Tz\215\2603v\266\374\2017dv\013\270\210''\027\226\330d\001A\303\236\227]l\312M\377\021\231'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 35, 1795939757471454, 'operation/43fc0106-6cd4-47d2-a739-fd4a9f1da541', 1, '01a22659-ed9f-71cf-a809-74ee152eaa8c', 'Received', 1, '{"attempt":1,"anchor":"c5369005-006d-4cf0-9344-12817d06a32c","kind":"ADMIN_RESET","flags":{"must_change":true,"unlock":true,"allow_disabled":false},"sequence":1,"last_applied_sequence":0,"group_dc":"dc1.corp.example","role":"helpdesk","proof":"none","expires_at_ms":1795939817464,"content_digest":"1a31e8c47279929189a152410cd88fe2817e8ad40af7901a6ffa7834070f0d90","trace_id":"4c19ebf3e9e6a7ff189c14e161fc5c98"}', '{"actor":"helpdesk","traceparent":"00-4c19ebf3e9e6a7ff189c14e161fc5c98-af29302f3fc09767-01","correlation":"43fc0106-6cd4-47d2-a739-fd4a9f1da541"}', NULL, '\341\200\332\276\267\344V\366j\006\246\324\3077\244\321y=Y\003\262g\2271\235W!\0257\324BW', '\301B\377\023J~)\343\244\001\2426\260\245\276D\344\256\302\026\005\027\245\322rD\310\014''\234O\357'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 36, 1795939757476690, 'operation/43fc0106-6cd4-47d2-a739-fd4a9f1da541', 2, '01a22659-eda4-7dcc-af52-fed584441991', 'WriteIntended', 1, '{"attempt":1,"fence_count":0,"marker_seen":{"is":"absent"},"password_version_seen":1,"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"helpdesk","traceparent":"00-4c19ebf3e9e6a7ff189c14e161fc5c98-af29302f3fc09767-01","correlation":"43fc0106-6cd4-47d2-a739-fd4a9f1da541"}', NULL, '\301B\377\023J~)\343\244\001\2426\260\245\276D\344\256\302\026\005\027\245\322rD\310\014''\234O\357', '\350\274\\\355\221\337''f\327!\316\024(\250\274N\271~\270(\333\022\243\224\311b\316sn+\321\256'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 37, 1795939757558173, 'operation/43fc0106-6cd4-47d2-a739-fd4a9f1da541', 3, '01a22659-edf6-7afb-912b-f2c9e6377f8c', 'FollowUpIntended', 1, '{"attempt":1,"must_change":true,"unlock":true}', '{"actor":"helpdesk","traceparent":"00-4c19ebf3e9e6a7ff189c14e161fc5c98-af29302f3fc09767-01","correlation":"43fc0106-6cd4-47d2-a739-fd4a9f1da541"}', NULL, '\350\274\\\355\221\337''f\327!\316\024(\250\274N\271~\270(\333\022\243\224\311b\316sn+\321\256', '\017Y\334\034\361\325\217\250{Z\370\270V#u\250\020\203|]\365\356'')\342pR\331\306\374a\252'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 38, 1795939757581541, 'operation/43fc0106-6cd4-47d2-a739-fd4a9f1da541', 4, '01a22659-ee0d-72dc-9b16-50b82ed2c461', 'Applied', 1, '{"attempt":1,"anchor":"c5369005-006d-4cf0-9344-12817d06a32c","kind":"ADMIN_RESET","sequence":1,"role":"helpdesk","proof":"none","evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"password_version":2},"durations":{"open_us":1833,"resolve_us":4093,"policy_us":44,"intent_us":10414,"write_us":92898},"recovered":false,"ended_at_ms":1795939757581,"trace_id":"4c19ebf3e9e6a7ff189c14e161fc5c98"}', '{"actor":"helpdesk","traceparent":"00-4c19ebf3e9e6a7ff189c14e161fc5c98-af29302f3fc09767-01","correlation":"43fc0106-6cd4-47d2-a739-fd4a9f1da541"}', '\322\017\373[ \0263;b\025\2131d=\210X6@\222zbY0\273J\253\372\230\310,\343H', '\017Y\334\034\361\325\217\250{Z\370\270V#u\250\020\203|]\365\356'')\342pR\331\306\374a\252', '\342\305L\030\3535]y\341\204\037\\\201I\332\217\035\326Wq_\353\361E\361\032\261 S\251\363\023'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 39, 1795939757598032, 'operation/43fc0106-6cd4-47d2-a739-fd4a9f1da541', 5, '01a22659-ee1e-7b40-8007-c1bd6f7955bf', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":1593,"report_us":14870}', '{"actor":"helpdesk","traceparent":"00-4c19ebf3e9e6a7ff189c14e161fc5c98-af29302f3fc09767-01","correlation":"43fc0106-6cd4-47d2-a739-fd4a9f1da541"}', NULL, '\342\305L\030\3535]y\341\204\037\\\201I\332\217\035\326Wq_\353\361E\361\032\261 S\251\363\023', '\242y0\310\353\007\225\346\245v\242h\301mK\034\021\037\333?k\204\310\250\272\226od\011^\016.'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 55, 1795939761002050, 'operation/fb629bb0-82b3-455c-a983-6a596ae5a7ba', 1, '01a22659-fb6a-7597-ae20-6fc9d3a7cef8', 'Received', 1, '{"attempt":1,"anchor":"ab2e7072-8b98-4cee-a555-c1928cab4adf","kind":"UNLOCK","flags":{"must_change":false,"unlock":false,"allow_disabled":false},"sequence":1,"last_applied_sequence":0,"group_dc":"dc1.corp.example","role":"helpdesk","proof":"none","expires_at_ms":1795939820989,"content_digest":"610d8847366b6cef3b001d72cebfc499d426ffae6f70ed957d077bc47bef31b1","trace_id":"97f36ff1fefa2031ebfbba4298a641ba"}', '{"actor":"helpdesk","traceparent":"00-97f36ff1fefa2031ebfbba4298a641ba-8d7ff3593adb0e50-01","correlation":"fb629bb0-82b3-455c-a983-6a596ae5a7ba"}', NULL, '\016,\211\222\201)t9,X\341\255\001\013\221\262\360\006\354\001\264m.\220O\213G\000\371$)E', '1\352\355\237\017\012\214\314\021b\327\000(\237\204\264bM\266|g3\356\261q\273\242B\370\027\207\371'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 56, 1795939761005451, 'operation/fb629bb0-82b3-455c-a983-6a596ae5a7ba', 2, '01a22659-fb6d-79a6-add2-76e58566add8', 'WriteIntended', 1, '{"attempt":1,"fence_count":0,"marker_seen":{"is":"absent"},"password_version_seen":1,"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"helpdesk","traceparent":"00-97f36ff1fefa2031ebfbba4298a641ba-8d7ff3593adb0e50-01","correlation":"fb629bb0-82b3-455c-a983-6a596ae5a7ba"}', NULL, '1\352\355\237\017\012\214\314\021b\327\000(\237\204\264bM\266|g3\356\261q\273\242B\370\027\207\371', 'T\316P\2452ew\372\254\021"\014Cz\206C6\3744\2437{\352\010\320\015X\300\245\022m\261'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 57, 1795939761021960, 'operation/fb629bb0-82b3-455c-a983-6a596ae5a7ba', 3, '01a22659-fb7d-770d-bfd1-16b09c523096', 'Applied', 1, '{"attempt":1,"anchor":"ab2e7072-8b98-4cee-a555-c1928cab4adf","kind":"UNLOCK","sequence":1,"role":"helpdesk","proof":"none","evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"password_version":1},"durations":{"open_us":3054,"resolve_us":3201,"policy_us":34,"intent_us":2055,"write_us":15213},"recovered":false,"ended_at_ms":1795939761021,"trace_id":"97f36ff1fefa2031ebfbba4298a641ba"}', '{"actor":"helpdesk","traceparent":"00-97f36ff1fefa2031ebfbba4298a641ba-8d7ff3593adb0e50-01","correlation":"fb629bb0-82b3-455c-a983-6a596ae5a7ba"}', 'U\243\235he\350\215\035\350\216\354\276\311\037a\026\342Mom\226\364\333\007\367\016\020k\341\306\335\307', 'T\316P\2452ew\372\254\021"\014Cz\206C6\3744\2437{\352\010\320\015X\300\245\022m\261', 'i(\354\365\214\370\216\273\237V\322\321\201\363\211\327\272*\300^\374\274A\203\372\230\353C\232B\354\332'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 58, 1795939761038405, 'operation/fb629bb0-82b3-455c-a983-6a596ae5a7ba', 4, '01a22659-fb8e-728b-aa52-45e693f986f1', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":12725,"report_us":3506}', '{"actor":"helpdesk","traceparent":"00-97f36ff1fefa2031ebfbba4298a641ba-8d7ff3593adb0e50-01","correlation":"fb629bb0-82b3-455c-a983-6a596ae5a7ba"}', NULL, 'i(\354\365\214\370\216\273\237V\322\321\201\363\211\327\272*\300^\374\274A\203\372\230\353C\232B\354\332', '\323\003\247\020\224\367\356\253\313d\363\257Z\0142\022\204\306\026\013\312\012o\301]\034\341\261\271\237Q.'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 17, 1795939754318450, 'operation/c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a', 1, '01a22659-e14e-7ebb-8dda-e88a3ed893ef', 'Received', 1, '{"attempt":1,"anchor":"eddbfbae-a6a9-49f6-94f9-7e7cea68ef87","kind":"CHANGE","flags":{"must_change":false,"unlock":false,"allow_disabled":false},"sequence":2,"last_applied_sequence":1,"group_dc":"dc1.corp.example","role":"self_service_app","proof":"none","expires_at_ms":1795939814311,"content_digest":"a5d536c3c48ba62a4d10dcff2a41697644318607717db5f9231f476ed8bb030e","trace_id":"0af7651916cd43dd8448eb211c80319c"}', '{"actor":"app","traceparent":"00-0af7651916cd43dd8448eb211c80319c-d078cf651ee357e3-01","correlation":"c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a"}', NULL, 'Tz\215\2603v\266\374\2017dv\013\270\210''\027\226\330d\001A\303\236\227]l\312M\377\021\231', '\375\201\036\343\000\332`7E$\223\274\0027\004\026\350\220|0\371\331\212\307MS *m\036X\360'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 18, 1795939754323516, 'operation/c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a', 2, '01a22659-e153-7ec8-af35-b574e2bdc7bf', 'WriteIntended', 1, '{"attempt":1,"fence_count":0,"marker_seen":{"is":"valid","state":"W","sequence":1,"operation":"587904e6-f9ba-436f-a3b9-2ca2a455d98c","attempt":1,"fence_count":0},"password_version_seen":2,"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"app","traceparent":"00-0af7651916cd43dd8448eb211c80319c-d078cf651ee357e3-01","correlation":"c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a"}', NULL, '\375\201\036\343\000\332`7E$\223\274\0027\004\026\350\220|0\371\331\212\307MS *m\036X\360', '\340\370\273\260tI\300\014A\342\311Ny\021\343xF\376B\302\3206\243MG\376\020\330\006|s\350'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 19, 1795939754368795, 'operation/c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a', 3, '01a22659-e180-743d-9c09-f05b496b6512', 'Applied', 1, '{"attempt":1,"anchor":"eddbfbae-a6a9-49f6-94f9-7e7cea68ef87","kind":"CHANGE","sequence":2,"role":"self_service_app","proof":"none","evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"password_version":3},"durations":{"open_us":2413,"resolve_us":2948,"policy_us":33,"intent_us":1946,"write_us":43756},"recovered":false,"ended_at_ms":1795939754368,"trace_id":"0af7651916cd43dd8448eb211c80319c"}', '{"actor":"app","traceparent":"00-0af7651916cd43dd8448eb211c80319c-d078cf651ee357e3-01","correlation":"c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a"}', ';\373PS@\343I\214\300n9\371\255O[IF%9\324\250\313z\232\251\200\357/MXi\330', '\340\370\273\260tI\300\014A\342\311Ny\021\343xF\376B\302\3206\243MG\376\020\330\006|s\350', '\031\316\324S\365Q#$_\3514\213\267\212C\253\320\016\026\240J\005\331@ f\263m(\202\312\232'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 20, 1795939754374069, 'operation/c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a', 4, '01a22659-e186-7185-846b-abe9c97b3193', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":1682,"report_us":3639}', '{"actor":"app","traceparent":"00-0af7651916cd43dd8448eb211c80319c-d078cf651ee357e3-01","correlation":"c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a"}', NULL, '\031\316\324S\365Q#$_\3514\213\267\212C\253\320\016\026\240J\005\331@ f\263m(\202\312\232', '2GU\227f\210\374O\325\333\013-\352\000;y7\001\023\312\233)\332\236\004<\023<1\225\\\034'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 21, 1795939754811068, 'operation/ff89689d-e26a-45e4-824d-f91ed8671edf', 1, '01a22659-e33b-7ffe-951a-5805d2a8ac74', 'Received', 1, '{"attempt":1,"anchor":"f2b8f0ca-67db-4bf1-8dfa-2179c1b2ebda","kind":"CHANGE","flags":{"must_change":false,"unlock":false,"allow_disabled":false},"sequence":1,"last_applied_sequence":0,"group_dc":"dc1.corp.example","role":"self_service_app","proof":"none","expires_at_ms":1795939814800,"content_digest":"8d937cc1c5efe015de79e29904d42b2e247dba0206e667a6a1bdbaea8a94da6c","trace_id":"4a709583abc3e890e5f4166c76f6b66b"}', '{"actor":"app","traceparent":"00-4a709583abc3e890e5f4166c76f6b66b-ce7237da61df4766-01","correlation":"ff89689d-e26a-45e4-824d-f91ed8671edf"}', NULL, '2GU\227f\210\374O\325\333\013-\352\000;y7\001\023\312\233)\332\236\004<\023<1\225\\\034', '\004U\334J\227[.f"\010\255nOI\263\265\207>W\001\226\014N\356\020BiZ\240\240F\342'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 22, 1795939754817572, 'operation/ff89689d-e26a-45e4-824d-f91ed8671edf', 2, '01a22659-e341-7020-a81f-344692e3b436', 'Refused', 1, '{"attempt":1,"anchor":"f2b8f0ca-67db-4bf1-8dfa-2179c1b2ebda","kind":"CHANGE","sequence":1,"role":"self_service_app","proof":"none","reasons":[{"code":"PASSWORD_TOO_SHORT","fields":{"minimum":"8","policy":"domain"}},{"code":"PASSWORD_NOT_COMPLEX","fields":{"classes":"upper_case,lower_case,digits,symbols,other_letters","policy":"domain","required":"3"}},{"code":"PASSWORD_CONTAINS_ACCOUNT_NAME","fields":{"policy":"domain"}},{"code":"PASSWORD_CONTAINS_DISPLAY_NAME","fields":{"policy":"domain"}}],"evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"},"durations":{"open_us":3113,"resolve_us":6314,"policy_us":40},"recovered":false,"ended_at_ms":1795939754817,"trace_id":"4a709583abc3e890e5f4166c76f6b66b"}', '{"actor":"app","traceparent":"00-4a709583abc3e890e5f4166c76f6b66b-ce7237da61df4766-01","correlation":"ff89689d-e26a-45e4-824d-f91ed8671edf"}', '\250\014\265\364\034.\014\236\026h\253\030=\376i;\036\203z\213\245\262\275@\020k\227\2258\037i`', '\004U\334J\227[.f"\010\255nOI\263\265\207>W\001\226\014N\356\020BiZ\240\240F\342', '\317\030\363\317\227k/\033\351!\177IH\266\026\346b\234\223Q)_\037\214\335\263\364\002\372\234\214\233'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 23, 1795939754822892, 'operation/ff89689d-e26a-45e4-824d-f91ed8671edf', 3, '01a22659-e346-7a27-80c2-4fb069b65968', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":2212,"report_us":3213}', '{"actor":"app","traceparent":"00-4a709583abc3e890e5f4166c76f6b66b-ce7237da61df4766-01","correlation":"ff89689d-e26a-45e4-824d-f91ed8671edf"}', NULL, '\317\030\363\317\227k/\033\351!\177IH\266\026\346b\234\223Q)_\037\214\335\263\364\002\372\234\214\233', '\033\037\334\354\321U\263\274~\363\001]i!:\276L\334>\303\224:\207K\025\303\332\202)/;\352'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 31, 1795939756730097, 'operation/c9c5b975-0d4a-4c57-9146-1980236c8f6d', 1, '01a22659-eaba-7d01-8cc1-c93b1c23fc4a', 'Received', 1, '{"attempt":1,"anchor":"ccfaaa75-8a3e-4049-a404-7f1a883cdd2f","kind":"SELF_RESET","flags":{"must_change":false,"unlock":false,"allow_disabled":false},"sequence":1,"last_applied_sequence":0,"group_dc":"dc1.corp.example","role":"self_service_app","proof":"none","expires_at_ms":1795939816708,"content_digest":"db18199e82efe1693e154ebe55ecacf6a93ad96d1c849aa2fcdfcca88a608192","trace_id":"cfbd034e6861a7d7138d316fd1bef556"}', '{"actor":"app","traceparent":"00-cfbd034e6861a7d7138d316fd1bef556-fb1489564dd64e2f-01","correlation":"c9c5b975-0d4a-4c57-9146-1980236c8f6d"}', NULL, '\004\330\355E\033\303&-H\263{\213k\377\225y\013tR\027\374\337\037\252\034b\256\022\010\244\003\037', 'Wr\367B\367\020\031\005\013H\227\263Z\363U\275=\327\302\235$\265k\021\016\037\373%$5i\333'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 32, 1795939756736599, 'operation/c9c5b975-0d4a-4c57-9146-1980236c8f6d', 2, '01a22659-eac0-7e64-a6c4-a68f892cae9e', 'WriteIntended', 1, '{"attempt":1,"fence_count":0,"marker_seen":{"is":"absent"},"password_version_seen":1,"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"app","traceparent":"00-cfbd034e6861a7d7138d316fd1bef556-fb1489564dd64e2f-01","correlation":"c9c5b975-0d4a-4c57-9146-1980236c8f6d"}', NULL, 'Wr\367B\367\020\031\005\013H\227\263Z\363U\275=\327\302\235$\265k\021\016\037\373%$5i\333', '\322\232\2567s\0066n\242\212$&CJ\337\011-\246y\036\322\001\014\212(g)\354\2613_\317'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 33, 1795939756833309, 'operation/c9c5b975-0d4a-4c57-9146-1980236c8f6d', 3, '01a22659-eb21-79a3-8010-0c5094f8e775', 'Applied', 1, '{"attempt":1,"anchor":"ccfaaa75-8a3e-4049-a404-7f1a883cdd2f","kind":"SELF_RESET","sequence":1,"role":"self_service_app","proof":"none","evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"password_version":2},"durations":{"open_us":6390,"resolve_us":2478,"policy_us":37,"intent_us":2208,"write_us":90447},"recovered":false,"ended_at_ms":1795939756828,"trace_id":"cfbd034e6861a7d7138d316fd1bef556"}', '{"actor":"app","traceparent":"00-cfbd034e6861a7d7138d316fd1bef556-fb1489564dd64e2f-01","correlation":"c9c5b975-0d4a-4c57-9146-1980236c8f6d"}', '\277W\257$\233\271_DNT\005\026s\033\331\224\307\022x\210\003\325\244_]F\353\205\266\207w\335', '\322\232\2567s\0066n\242\212$&CJ\337\011-\246y\036\322\001\014\212(g)\354\2613_\317', '}\024\213\012\255}\250\326\007Wa\317\276\363BC\235h[\241#\333\021\372\000\321\257\264\343\243n\354'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 34, 1795939756849073, 'operation/c9c5b975-0d4a-4c57-9146-1980236c8f6d', 4, '01a22659-eb31-7b0a-a691-6f32a5e3cc7d', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":10963,"report_us":8037}', '{"actor":"app","traceparent":"00-cfbd034e6861a7d7138d316fd1bef556-fb1489564dd64e2f-01","correlation":"c9c5b975-0d4a-4c57-9146-1980236c8f6d"}', NULL, '}\024\213\012\255}\250\326\007Wa\317\276\363BC\235h[\241#\333\021\372\000\321\257\264\343\243n\354', '\341\200\332\276\267\344V\366j\006\246\324\3077\244\321y=Y\003\262g\2271\235W!\0257\324BW'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 42, 1795939758523546, 'operation/4f5388d9-54d3-4f5c-8c28-ec1eaabc860f', 3, '01a22659-f1bb-75e7-b844-193e46c6455b', 'FollowUpIntended', 1, '{"attempt":1,"must_change":true,"unlock":false}', '{"actor":"helpdesk","traceparent":"00-ed3d5a334dd2588a258addb857ecea60-a1b3a0d8352b929e-01","correlation":"4f5388d9-54d3-4f5c-8c28-ec1eaabc860f"}', NULL, '\026\237o\006\006\037\370\301i\022\233\003\177?\212urT\004\000\210S\320\001\327\344\231\262\245G\254\322', '\207_\216\212\327\323\2340.\264\236r\265\204\217/\356\005Y\201\324m)J,\262\313\331\201\211+\274'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 24, 1795939755472728, 'operation/9709e660-b905-471e-847d-17b70d1aed86', 1, '01a22659-e5d0-781f-a3f4-ab3865e93e39', 'Received', 1, '{"attempt":1,"anchor":"f08f21eb-08ec-49a8-a6d9-a425bca5546d","kind":"CHANGE","flags":{"must_change":false,"unlock":false,"allow_disabled":false},"sequence":1,"last_applied_sequence":0,"group_dc":"dc1.corp.example","role":"self_service_app","proof":"none","expires_at_ms":1795939815461,"content_digest":"15bf4d0cec74c264b7c748ec1fff698be11424d45f9b27540ee56544761ef328","trace_id":"dcb9b1b9f299df423cf02e5b5c72de36"}', '{"actor":"app","traceparent":"00-dcb9b1b9f299df423cf02e5b5c72de36-60a902f134835e61-01","correlation":"9709e660-b905-471e-847d-17b70d1aed86"}', NULL, '\033\037\334\354\321U\263\274~\363\001]i!:\276L\334>\303\224:\207K\025\303\332\202)/;\352', '\250\313\321\273\356`(\177\323\231|\364\372J\325[\314$M\371\207?FI\276(\345\264\301\231\244~'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 25, 1795939755478744, 'operation/9709e660-b905-471e-847d-17b70d1aed86', 2, '01a22659-e5d6-7cce-b0bf-aa4ce375bd98', 'WriteIntended', 1, '{"attempt":1,"fence_count":0,"marker_seen":{"is":"absent"},"password_version_seen":1,"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"app","traceparent":"00-dcb9b1b9f299df423cf02e5b5c72de36-60a902f134835e61-01","correlation":"9709e660-b905-471e-847d-17b70d1aed86"}', NULL, '\250\313\321\273\356`(\177\323\231|\364\372J\325[\314$M\371\207?FI\276(\345\264\301\231\244~', '\276\307\254\215\024:\343\351\200\271r\365\243R\2450gP\371k\233\241H\324\342\327\237\242\034m\375\216'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 26, 1795939755542841, 'operation/9709e660-b905-471e-847d-17b70d1aed86', 3, '01a22659-e616-7c45-a2e2-40afed435c7d', 'Rejected', 1, '{"attempt":1,"anchor":"f08f21eb-08ec-49a8-a6d9-a425bca5546d","kind":"CHANGE","sequence":1,"role":"self_service_app","proof":"none","reasons":[{"code":"CURRENT_PASSWORD_INCORRECT","fields":{"tries_left":"4"}}],"evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":19,"ad_code":"00000056"},"durations":{"open_us":3462,"resolve_us":5117,"policy_us":35,"intent_us":1839,"write_us":62452},"recovered":false,"ended_at_ms":1795939755542,"trace_id":"dcb9b1b9f299df423cf02e5b5c72de36"}', '{"actor":"app","traceparent":"00-dcb9b1b9f299df423cf02e5b5c72de36-60a902f134835e61-01","correlation":"9709e660-b905-471e-847d-17b70d1aed86"}', '\371O~\355D\375\021\020\307\221\226\303\325\252\340\3150\004\252\371f\254\035My@\330\335\256\012\016C', '\276\307\254\215\024:\343\351\200\271r\365\243R\2450gP\371k\233\241H\324\342\327\237\242\034m\375\216', '\304\360}\206\022\276\366\020\336\255\345\322\277\341\031\320?1J\033\302\342\347Q\363C)[\351\314\310\311'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 27, 1795939755553160, 'operation/9709e660-b905-471e-847d-17b70d1aed86', 4, '01a22659-e621-7a25-b510-15df2a476ab5', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":2648,"report_us":7693}', '{"actor":"app","traceparent":"00-dcb9b1b9f299df423cf02e5b5c72de36-60a902f134835e61-01","correlation":"9709e660-b905-471e-847d-17b70d1aed86"}', NULL, '\304\360}\206\022\276\366\020\336\255\345\322\277\341\031\320?1J\033\302\342\347Q\363C)[\351\314\310\311', '\377p\225\213K\326c\210\324\226\204\320\344t}]8\311\227\226\215\357\373e\024\251S\317\321\310J\345'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 28, 1795939756121159, 'operation/f195bb51-0f9d-4c64-88d8-163dec7aa29e', 1, '01a22659-e859-7b46-b187-405c91d5cea4', 'Received', 1, '{"attempt":1,"anchor":"6aa9f044-81d7-4373-83dd-ab42398f680c","kind":"CHANGE","flags":{"must_change":false,"unlock":false,"allow_disabled":false},"sequence":1,"last_applied_sequence":0,"group_dc":"dc1.corp.example","role":"self_service_app","proof":"none","expires_at_ms":1795939816113,"content_digest":"2a5f87a72cb841360663f20d37424527273c547158b47fd2a3bebe1a7fb3e0ff","trace_id":"aa8b931c430f2c3fed26853c75699b81"}', '{"actor":"app","traceparent":"00-aa8b931c430f2c3fed26853c75699b81-c2bae8fac0823b11-01","correlation":"f195bb51-0f9d-4c64-88d8-163dec7aa29e"}', NULL, '\377p\225\213K\326c\210\324\226\204\320\344t}]8\311\227\226\215\357\373e\024\251S\317\321\310J\345', '\027\370Pwf\203\233tg\326_\375\242\300\006\361\211t\207XB\202\334\337\322\206z\310\375z&\223'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 29, 1795939756131986, 'operation/f195bb51-0f9d-4c64-88d8-163dec7aa29e', 2, '01a22659-e863-79ec-b001-8fba88c9376a', 'Refused', 1, '{"attempt":1,"anchor":"6aa9f044-81d7-4373-83dd-ab42398f680c","kind":"CHANGE","sequence":1,"role":"self_service_app","proof":"none","reasons":[{"code":"PASSWORD_TOO_YOUNG","fields":{"may_change_after":"2026-11-30T08:08:57Z","minimum_age_seconds":"86400","policy":"Slow"}}],"evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"},"durations":{"open_us":9698,"resolve_us":3942,"policy_us":48},"recovered":false,"ended_at_ms":1795939756131,"trace_id":"aa8b931c430f2c3fed26853c75699b81"}', '{"actor":"app","traceparent":"00-aa8b931c430f2c3fed26853c75699b81-c2bae8fac0823b11-01","correlation":"f195bb51-0f9d-4c64-88d8-163dec7aa29e"}', 'a\260\022\013\246\267\234Q\304o\332w4\320~\274\371\341P\236\202\211/(8e\355J. \237\226', '\027\370Pwf\203\233tg\326_\375\242\300\006\361\211t\207XB\202\334\337\322\206z\310\375z&\223', '\207H\033\216[\316\353/A\200q\374\225\264/,\372\276gr\350\036%\013\014ex\251{\012\232\327'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 30, 1795939756138361, 'operation/f195bb51-0f9d-4c64-88d8-163dec7aa29e', 3, '01a22659-e86a-72dd-a80d-041dfa6351ca', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":1841,"report_us":4514}', '{"actor":"app","traceparent":"00-aa8b931c430f2c3fed26853c75699b81-c2bae8fac0823b11-01","correlation":"f195bb51-0f9d-4c64-88d8-163dec7aa29e"}', NULL, '\207H\033\216[\316\353/A\200q\374\225\264/,\372\276gr\350\036%\013\014ex\251{\012\232\327', '\004\330\355E\033\303&-H\263{\213k\377\225y\013tR\027\374\337\037\252\034b\256\022\010\244\003\037'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 52, 1795939760320640, 'operation/effb892b-ef3b-4db6-b6e1-8328ec33741a', 1, '01a22659-f8c0-7200-a2f0-57c669f3fe4d', 'Received', 1, '{"attempt":1,"anchor":"251a9973-ebcc-4ad2-9899-8e1935fcf8f2","kind":"ADMIN_RESET","flags":{"must_change":false,"unlock":false,"allow_disabled":false},"sequence":1,"last_applied_sequence":0,"group_dc":"dc1.corp.example","role":"helpdesk","proof":"none","expires_at_ms":1795939820311,"content_digest":"3645b4438ba1d0003ce27af241884d8954c70e0f6f4d66970e30c1d578ea469b","trace_id":"acb7632a78945c34b802f4522876f8c6"}', '{"actor":"helpdesk","traceparent":"00-acb7632a78945c34b802f4522876f8c6-de1459a82fc436ea-01","correlation":"effb892b-ef3b-4db6-b6e1-8328ec33741a"}', NULL, 'U\037-\332\231\377\302\232\000\213\230\016L\212\374\2429\346\361q\033B\313\257W\203\332\216\311\217\202=', '\370\215\357:\334\361\216\024\223}v\241\233[\006:X{}\375\017\233\\\002s!\205\355%\0338\354'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 53, 1795939760327377, 'operation/effb892b-ef3b-4db6-b6e1-8328ec33741a', 2, '01a22659-f8c7-7a07-b7c9-341b3bd4468f', 'Refused', 1, '{"attempt":1,"anchor":"251a9973-ebcc-4ad2-9899-8e1935fcf8f2","kind":"ADMIN_RESET","sequence":1,"role":"helpdesk","proof":"none","reasons":[{"code":"ACCOUNT_PROTECTED","fields":{"group":"Administrators, Domain Admins"}}],"evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"},"durations":{"open_us":833,"resolve_us":6237,"policy_us":42},"recovered":false,"ended_at_ms":1795939760326,"trace_id":"acb7632a78945c34b802f4522876f8c6"}', '{"actor":"helpdesk","traceparent":"00-acb7632a78945c34b802f4522876f8c6-de1459a82fc436ea-01","correlation":"effb892b-ef3b-4db6-b6e1-8328ec33741a"}', '\271@x3\302i\001nR\304p\354\005\234\007\201\024\361\347\011(p\010\274\035U\330l\234\317\360\346', '\370\215\357:\334\361\216\024\223}v\241\233[\006:X{}\375\017\233\\\002s!\205\355%\0338\354', '\367\343\360}\204Q\256P\357\177t\245\247\004\265m\202P\202}?-)v\016\343\272g\341\364\220\231'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 54, 1795939760335606, 'operation/effb892b-ef3b-4db6-b6e1-8328ec33741a', 3, '01a22659-f8cf-759c-8ad4-5c3dffc0a223', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":2164,"report_us":6400}', '{"actor":"helpdesk","traceparent":"00-acb7632a78945c34b802f4522876f8c6-de1459a82fc436ea-01","correlation":"effb892b-ef3b-4db6-b6e1-8328ec33741a"}', NULL, '\367\343\360}\204Q\256P\357\177t\245\247\004\265m\202P\202}?-)v\016\343\272g\341\364\220\231', '\016,\211\222\201)t9,X\341\255\001\013\221\262\360\006\354\001\264m.\220O\213G\000\371$)E'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 59, 1795939761596683, 'operation/d849015b-e259-4258-9581-55b289f2e1e1', 1, '01a22659-fdbc-78ff-98cc-37bac1b97baa', 'Received', 1, '{"attempt":1,"anchor":"ccfaaa75-8a3e-4049-a404-7f1a883cdd2f","kind":"REQUIRE_CHANGE","flags":{"must_change":false,"unlock":false,"allow_disabled":false},"sequence":2,"last_applied_sequence":1,"group_dc":"dc1.corp.example","role":"helpdesk","proof":"none","expires_at_ms":1795939821591,"content_digest":"d3548618c5727fbff0b6649b2a203d478f7c0a486d6622941cbbb1566a140fea","trace_id":"053ac9dde2f6ba3b5e694babb1747343"}', '{"actor":"helpdesk","traceparent":"00-053ac9dde2f6ba3b5e694babb1747343-80d0b923a9a2a119-01","correlation":"d849015b-e259-4258-9581-55b289f2e1e1"}', NULL, '\323\003\247\020\224\367\356\253\313d\363\257Z\0142\022\204\306\026\013\312\012o\301]\034\341\261\271\237Q.', '\371\266\252\316\272\001\320\005\2300\2514\363\337\224\211\313\362zm!Lis\372\014''\2214\234\334\236'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 40, 1795939758346096, 'operation/4f5388d9-54d3-4f5c-8c28-ec1eaabc860f', 1, '01a22659-f10a-7f0e-a5ef-9e52bf1b8ced', 'Received', 1, '{"attempt":1,"anchor":"53b30cb4-31b6-4922-a235-078d5340259b","kind":"ADMIN_RESET","flags":{"must_change":true,"unlock":false,"allow_disabled":false},"sequence":1,"last_applied_sequence":0,"group_dc":"dc1.corp.example","role":"helpdesk","proof":"none","expires_at_ms":1795939818332,"content_digest":"c68698ab48c9b23b2a18f846f5f3573412ec701d91804c4da473e02bac835db2","trace_id":"ed3d5a334dd2588a258addb857ecea60"}', '{"actor":"helpdesk","traceparent":"00-ed3d5a334dd2588a258addb857ecea60-a1b3a0d8352b929e-01","correlation":"4f5388d9-54d3-4f5c-8c28-ec1eaabc860f"}', NULL, '\242y0\310\353\007\225\346\245v\242h\301mK\034\021\037\333?k\204\310\250\272\226od\011^\016.', '\224\003\311g\354\2624\315\222\302GS-\251\273Q8\361\315/\033P\317\3470\010\343\356v\226M]'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 41, 1795939758350205, 'operation/4f5388d9-54d3-4f5c-8c28-ec1eaabc860f', 2, '01a22659-f10e-7908-afae-254f17b4b100', 'WriteIntended', 1, '{"attempt":1,"fence_count":0,"marker_seen":{"is":"absent"},"password_version_seen":1,"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"helpdesk","traceparent":"00-ed3d5a334dd2588a258addb857ecea60-a1b3a0d8352b929e-01","correlation":"4f5388d9-54d3-4f5c-8c28-ec1eaabc860f"}', NULL, '\224\003\311g\354\2624\315\222\302GS-\251\273Q8\361\315/\033P\317\3470\010\343\356v\226M]', '\026\237o\006\006\037\370\301i\022\233\003\177?\212urT\004\000\210S\320\001\327\344\231\262\245G\254\322');
INSERT INTO eventlog.records_2026_11 VALUES
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 45, 1795939759169395, 'operation/56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b', 1, '01a22659-f441-7903-bb6b-927f2891fe53', 'Received', 1, '{"attempt":1,"anchor":"48842965-f0c0-4f5a-925f-d8d40dd22afb","kind":"ADMIN_RESET","flags":{"must_change":false,"unlock":false,"allow_disabled":false},"sequence":1,"last_applied_sequence":0,"group_dc":"dc1.corp.example","role":"helpdesk","proof":"none","expires_at_ms":1795939819162,"content_digest":"f65f383ad44d40afa97b5fa55fa0f95066961ed5261e7706a8e7584b230a3fdd","trace_id":"94c6de84bb06b9fd07edca7b17ced3b3"}', '{"actor":"helpdesk","traceparent":"00-94c6de84bb06b9fd07edca7b17ced3b3-2ba45d76cb02fc72-01","correlation":"56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b"}', NULL, 'M2B\025\036{\214\257\012[\014\027\000\010\244\202\006\207\231\2321\345\243\034\315\273\237\215p\014^\253', '\350\027\240\207 uq\234dLq\330\202\316kK\021F\3411\223\023b\314\351S\252:\317ac\315'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 46, 1795939759175426, 'operation/56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b', 2, '01a22659-f447-7ae1-8b06-e8156513c945', 'Refused', 1, '{"attempt":1,"anchor":"48842965-f0c0-4f5a-925f-d8d40dd22afb","kind":"ADMIN_RESET","sequence":1,"role":"helpdesk","proof":"none","reasons":[{"code":"ACCOUNT_DISABLED"}],"evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"},"durations":{"open_us":333,"resolve_us":5999,"policy_us":33},"recovered":false,"ended_at_ms":1795939759174,"trace_id":"94c6de84bb06b9fd07edca7b17ced3b3"}', '{"actor":"helpdesk","traceparent":"00-94c6de84bb06b9fd07edca7b17ced3b3-2ba45d76cb02fc72-01","correlation":"56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b"}', '\273`H2\216\003\307IJ\022\212\002P_p\007\343\265\364\243\\\011\270\032Z\001\237\3348\333\254k', '\350\027\240\207 uq\234dLq\330\202\316kK\021F\3411\223\023b\314\351S\252:\317ac\315', '\202.\317\347\030&\226\031\034\330J\320g\245\241\235\342{\266WqE\\\300Z\346\011\252''\336.+'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 47, 1795939759179204, 'operation/56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b', 3, '01a22659-f44b-74ae-bf00-ad8ca04e9fcb', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":1569,"report_us":2620}', '{"actor":"helpdesk","traceparent":"00-94c6de84bb06b9fd07edca7b17ced3b3-2ba45d76cb02fc72-01","correlation":"56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b"}', NULL, '\202.\317\347\030&\226\031\034\330J\320g\245\241\235\342{\266WqE\\\300Z\346\011\252''\336.+', 'NA\254\256\271\3611A\366\340x\356\301\344bf~\273\300@\324\360\010\005\332\252\252\227\317\306\363$'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 43, 1795939758555866, 'operation/4f5388d9-54d3-4f5c-8c28-ec1eaabc860f', 4, '01a22659-f1db-7e13-8ecf-2b192c6567ad', 'Applied', 1, '{"attempt":1,"anchor":"53b30cb4-31b6-4922-a235-078d5340259b","kind":"ADMIN_RESET","sequence":1,"role":"helpdesk","proof":"none","warnings":[{"code":"MUST_CHANGE_FLAG_NOT_SET","fields":{"why":"never_expires"}}],"evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"password_version":2},"durations":{"open_us":838,"resolve_us":4845,"policy_us":35,"intent_us":2053,"write_us":201093},"recovered":false,"ended_at_ms":1795939758555,"trace_id":"ed3d5a334dd2588a258addb857ecea60"}', '{"actor":"helpdesk","traceparent":"00-ed3d5a334dd2588a258addb857ecea60-a1b3a0d8352b929e-01","correlation":"4f5388d9-54d3-4f5c-8c28-ec1eaabc860f"}', 'r{\010\207\012\333\000v\340\033\266\332\3716\375\024p\317''\370\217\014\244\007B\015\322|\035\3159\322', '\207_\216\212\327\323\2340.\264\236r\265\204\217/\356\005Y\201\324m)J,\262\313\331\201\211+\274', '\214\317\300\343\201\206M\005K\306\321\346%<F\003\231q\330p\304\303@K\327;\\\204K\002b@'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 44, 1795939758577237, 'operation/4f5388d9-54d3-4f5c-8c28-ec1eaabc860f', 5, '01a22659-f1f1-7864-951f-f2ac9544887a', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":1768,"report_us":17621}', '{"actor":"helpdesk","traceparent":"00-ed3d5a334dd2588a258addb857ecea60-a1b3a0d8352b929e-01","correlation":"4f5388d9-54d3-4f5c-8c28-ec1eaabc860f"}', NULL, '\214\317\300\343\201\206M\005K\306\321\346%<F\003\231q\330p\304\303@K\327;\\\204K\002b@', 'M2B\025\036{\214\257\012[\014\027\000\010\244\202\006\207\231\2321\345\243\034\315\273\237\215p\014^\253'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 48, 1795939759737237, 'operation/b33815f4-902c-4615-b65c-eade5bcec4c2', 1, '01a22659-f679-7d97-a4fb-d2f3aa25b02b', 'Received', 1, '{"attempt":1,"anchor":"48842965-f0c0-4f5a-925f-d8d40dd22afb","kind":"ADMIN_RESET","flags":{"must_change":false,"unlock":false,"allow_disabled":true},"sequence":2,"last_applied_sequence":0,"group_dc":"dc1.corp.example","role":"helpdesk","proof":"none","expires_at_ms":1795939819731,"content_digest":"934f6f48490c565f627cd13fa51b29cdd075c0944faa453fd824ab07c2413982","trace_id":"7cb3855c4707d22882cba1bcef5ce426"}', '{"actor":"helpdesk","traceparent":"00-7cb3855c4707d22882cba1bcef5ce426-1a4a4db1a1c0db7d-01","correlation":"b33815f4-902c-4615-b65c-eade5bcec4c2"}', NULL, 'NA\254\256\271\3611A\366\340x\356\301\344bf~\273\300@\324\360\010\005\332\252\252\227\317\306\363$', '\001P\022y\236,UD\302\021?"9\206+\213\\\265\304\213\022\021O\031P\352~\371b{\330s'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 49, 1795939759741520, 'operation/b33815f4-902c-4615-b65c-eade5bcec4c2', 2, '01a22659-f67d-7264-bb4b-1462d3e1fe0b', 'WriteIntended', 1, '{"attempt":1,"fence_count":0,"marker_seen":{"is":"absent"},"password_version_seen":1,"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"helpdesk","traceparent":"00-7cb3855c4707d22882cba1bcef5ce426-1a4a4db1a1c0db7d-01","correlation":"b33815f4-902c-4615-b65c-eade5bcec4c2"}', NULL, '\001P\022y\236,UD\302\021?"9\206+\213\\\265\304\213\022\021O\031P\352~\371b{\330s', '\202\250N\273\004rI\343\014\363\201&\017/o\262\031\363\341^x(\352\365Q\247\324\333v\230\255\236'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 50, 1795939759840032, 'operation/b33815f4-902c-4615-b65c-eade5bcec4c2', 3, '01a22659-f6e0-7a11-8670-78d2a528a2df', 'Applied', 1, '{"attempt":1,"anchor":"48842965-f0c0-4f5a-925f-d8d40dd22afb","kind":"ADMIN_RESET","sequence":2,"role":"helpdesk","proof":"none","evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"password_version":2},"durations":{"open_us":3994,"resolve_us":2929,"policy_us":36,"intent_us":15347,"write_us":83240},"recovered":false,"ended_at_ms":1795939759839,"trace_id":"7cb3855c4707d22882cba1bcef5ce426"}', '{"actor":"helpdesk","traceparent":"00-7cb3855c4707d22882cba1bcef5ce426-1a4a4db1a1c0db7d-01","correlation":"b33815f4-902c-4615-b65c-eade5bcec4c2"}', '2\333\363\206\252\313\320\343\020\213\001[#M\301\2217\203Oe\275_d\027\357|\260\257\305\233\202 ', '\202\250N\273\004rI\343\014\363\201&\017/o\262\031\363\341^x(\352\365Q\247\324\333v\230\255\236', '\000\332/u\364k\247\030\007F*\272$\360\347+@\237\302\232\012\016\267^\323\010>\371P/n\246'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 51, 1795939759853139, 'operation/b33815f4-902c-4615-b65c-eade5bcec4c2', 4, '01a22659-f6ed-7b54-a757-07038623f01f', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":9279,"report_us":3895}', '{"actor":"helpdesk","traceparent":"00-7cb3855c4707d22882cba1bcef5ce426-1a4a4db1a1c0db7d-01","correlation":"b33815f4-902c-4615-b65c-eade5bcec4c2"}', NULL, '\000\332/u\364k\247\030\007F*\272$\360\347+@\237\302\232\012\016\267^\323\010>\371P/n\246', 'U\037-\332\231\377\302\232\000\213\230\016L\212\374\2429\346\361q\033B\313\257W\203\332\216\311\217\202='),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 63, 1795939768486885, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 5, '01a2265a-18a6-72e9-9d86-806f18b04b98', 'Stopped', 1, '{"why":"signal"}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\025\325\251F\345\300pH\017\374\367r\223\325\207\313VcV\331"|-cP\311\251\031B\337=\341', '\343B\330!V_\024\227\267R\017\2265\325\371W,r\343\225]\302wI\334-9HD\247\265\212'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 60, 1795939761604967, 'operation/d849015b-e259-4258-9581-55b289f2e1e1', 2, '01a22659-fdc4-7bc5-8afe-09677e49965f', 'WriteIntended', 1, '{"attempt":1,"fence_count":0,"marker_seen":{"is":"valid","state":"W","sequence":1,"operation":"c9c5b975-0d4a-4c57-9146-1980236c8f6d","attempt":1,"fence_count":0},"password_version_seen":2,"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"helpdesk","traceparent":"00-053ac9dde2f6ba3b5e694babb1747343-80d0b923a9a2a119-01","correlation":"d849015b-e259-4258-9581-55b289f2e1e1"}', NULL, '\371\266\252\316\272\001\320\005\2300\2514\363\337\224\211\313\362zm!Lis\372\014''\2214\234\334\236', '!\244:~\205\255\270B\233 \\\336\203\270\250\213\012<O\020;\226\217\370\337\244\253k\320/yh'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 61, 1795939761640207, 'operation/d849015b-e259-4258-9581-55b289f2e1e1', 3, '01a22659-fde8-70f5-9f0b-132bd5e416e2', 'Applied', 1, '{"attempt":1,"anchor":"ccfaaa75-8a3e-4049-a404-7f1a883cdd2f","kind":"REQUIRE_CHANGE","sequence":2,"role":"helpdesk","proof":"none","evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","ldap_result":0,"password_version":2},"durations":{"open_us":7517,"resolve_us":3150,"policy_us":31,"intent_us":6089,"write_us":20087},"recovered":false,"ended_at_ms":1795939761630,"trace_id":"053ac9dde2f6ba3b5e694babb1747343"}', '{"actor":"helpdesk","traceparent":"00-053ac9dde2f6ba3b5e694babb1747343-80d0b923a9a2a119-01","correlation":"d849015b-e259-4258-9581-55b289f2e1e1"}', '\345l7W\236]\002\310\323\330\015\326\312$U]|i\312kU\305l\350\222\205\347\007qXI\313', '!\244:~\205\255\270B\233 \\\336\203\270\250\213\012<O\020;\226\217\370\337\244\253k\320/yh', '\033}v\232\251bU\2246\345Q\346\246"\201\015\204\025\020\231\220~\010\027q0\242\020\177A\2417'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 62, 1795939761646029, 'operation/d849015b-e259-4258-9581-55b289f2e1e1', 4, '01a22659-fdee-766d-9f20-8a7291cb101a', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":11693,"report_us":3495}', '{"actor":"helpdesk","traceparent":"00-053ac9dde2f6ba3b5e694babb1747343-80d0b923a9a2a119-01","correlation":"d849015b-e259-4258-9581-55b289f2e1e1"}', NULL, '\033}v\232\251bU\2246\345Q\346\246"\201\015\204\025\020\231\220~\010\027q0\242\020\177A\2417', '\025\325\251F\345\300pH\017\374\367r\223\325\207\313VcV\331"|-cP\311\251\031B\337=\341'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 64, 1795939769412409, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 6, '01a2265a-1c44-7e01-ae1e-8869ae0571ae', 'Started', 1, '{"version":"0.1.0"}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\343B\330!V_\024\227\267R\017\2265\325\371W,r\343\225]\302wI\334-9HD\247\265\212', ',Ph\317\234\323\364\247\267\310\221\206\330D\253\372\220&\271-\024\321\332\362\253\333>[\257{\022+'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 65, 1795939769426415, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 7, '01a2265a-1c52-7c87-b9cf-860f01021225', 'PolicyChanged', 1, '{"include":["OU=Staff,DC=corp,DC=example"],"exclude":[],"kinds":["CHANGE","SELF_RESET","ADMIN_RESET","UNLOCK","REQUIRE_CHANGE"],"allow_password_not_required":false}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, ',Ph\317\234\323\364\247\267\310\221\206\330D\253\372\220&\271-\024\321\332\362\253\333>[\257{\022+', 'TI\347\307\221\267\034\024\223\367\327,\300s\341u\012\333\366^\332\237\200\362D\236\243\024Z\345gA'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 66, 1795939769438531, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 8, '01a2265a-1c5e-7a0f-856e-38f5f0d25c5e', 'DcSelected', 1, '{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, 'TI\347\307\221\267\034\024\223\367\327,\300s\341u\012\333\366^\332\237\200\362D\236\243\024Z\345gA', 'L\201"\337\011 \243 \327\365\262H\024\306\0051w\213a\215\356''<\325\254@\230\333"\032\364j'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 67, 1795939769536872, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 9, '01a2265a-1cc0-7a33-979d-8d9ed8f88f59', 'Attached', 1, '{"directory":"https://gateway:9443"}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, 'L\201"\337\011 \243 \327\365\262H\024\306\0051w\213a\215\356''<\325\254@\230\333"\032\364j', '\204\324+\265\344\370\332m\216\344\354\0311\211\2408\216\011^s/\334\317`\253 \305\302\310P\021d'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 68, 1795939771988723, 'operation/fd01a553-b4fa-40ba-8c6e-94565fa2483d', 1, '01a2265a-2654-79da-b44b-0ef388aeefd9', 'Received', 1, '{"attempt":1,"anchor":"b56514cf-eddb-42f2-ae41-b98a6401e16d","kind":"CHANGE","flags":{"must_change":false,"unlock":false,"allow_disabled":false},"sequence":1,"last_applied_sequence":0,"group_dc":"dc1.corp.example","role":"self_service_app","proof":"none","expires_at_ms":1795939791976,"content_digest":"d14426015a4b87abd0fca1c354bc76a2e10bc41e63dc11c8b3b771a33e7991c8","trace_id":"348747dabec4c2dd9b1fa03a0e43cd4b"}', '{"actor":"app","traceparent":"00-348747dabec4c2dd9b1fa03a0e43cd4b-d86a5259c0bc2c81-01","correlation":"fd01a553-b4fa-40ba-8c6e-94565fa2483d"}', NULL, '\204\324+\265\344\370\332m\216\344\354\0311\211\2408\216\011^s/\334\317`\253 \305\302\310P\021d', '\347\326\002ss\245E\346\353''\326]\242T\247\345\322V\035\236bq\262!\007\353|\364\243\205\237\006'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 69, 1795939772000547, 'operation/fd01a553-b4fa-40ba-8c6e-94565fa2483d', 2, '01a2265a-2660-71cb-8926-5b09c5b8e685', 'WriteIntended', 1, '{"attempt":1,"fence_count":0,"marker_seen":{"is":"absent"},"password_version_seen":1,"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"app","traceparent":"00-348747dabec4c2dd9b1fa03a0e43cd4b-d86a5259c0bc2c81-01","correlation":"fd01a553-b4fa-40ba-8c6e-94565fa2483d"}', NULL, '\347\326\002ss\245E\346\353''\326]\242T\247\345\322V\035\236bq\262!\007\353|\364\243\205\237\006', 'Hl\271\327\211~\363\330\234~\362\000^:w\351\320\233u\012\340k2"\267\335\177!3\007{\000'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 70, 1795939777009000, 'operation/fd01a553-b4fa-40ba-8c6e-94565fa2483d', 3, '01a2265a-39f1-7e07-8656-6d66662f86c8', 'FenceIntended', 1, '{"attempt":1,"count":1,"marker_seen":{"is":"absent"}}', '{"actor":"app","traceparent":"00-348747dabec4c2dd9b1fa03a0e43cd4b-d86a5259c0bc2c81-01","correlation":"fd01a553-b4fa-40ba-8c6e-94565fa2483d"}', NULL, 'Hl\271\327\211~\363\330\234~\362\000^:w\351\320\233u\012\340k2"\267\335\177!3\007{\000', '\264\262\371+&\2248\026\2216\333k]\021I2\321\006\363W\272\251\243\015\267\016\343}\020 P\234'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 71, 1795939782042203, 'operation/fd01a553-b4fa-40ba-8c6e-94565fa2483d', 4, '01a2265a-4d9a-7f8a-bf21-276350f72eb5', 'FenceIntended', 1, '{"attempt":1,"count":2,"marker_seen":{"is":"absent"}}', '{"actor":"app","traceparent":"00-348747dabec4c2dd9b1fa03a0e43cd4b-d86a5259c0bc2c81-01","correlation":"fd01a553-b4fa-40ba-8c6e-94565fa2483d"}', NULL, '\264\262\371+&\2248\026\2216\333k]\021I2\321\006\363W\272\251\243\015\267\016\343}\020 P\234', '\265\276B\243%\267\366\365\304\304\377\027M\245\373Yy\231\226\202K\373N:\025\340.\351z\257Ge'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 72, 1795939787106181, 'operation/fd01a553-b4fa-40ba-8c6e-94565fa2483d', 5, '01a2265a-6162-70f3-8c56-898308d2b0a0', 'FenceIntended', 1, '{"attempt":1,"count":3,"marker_seen":{"is":"absent"}}', '{"actor":"app","traceparent":"00-348747dabec4c2dd9b1fa03a0e43cd4b-d86a5259c0bc2c81-01","correlation":"fd01a553-b4fa-40ba-8c6e-94565fa2483d"}', NULL, '\265\276B\243%\267\366\365\304\304\377\027M\245\373Yy\231\226\202K\373N:\025\340.\351z\257Ge', '\215\222z\357/\361^\224\207N\3320\317\335\324\314\305\227M{\316\020iK\227\003\262\354\336@\237\035'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 73, 1795939792564543, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 10, '01a2265a-76b4-7102-b234-cab63c302f0d', 'DcLost', 1, '{"dc":"dc1.corp.example","reason":{"code":"DC_UNREACHABLE","fields":{"dc":"dc1.corp.example"}}}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\215\222z\357/\361^\224\207N\3320\317\335\324\314\305\227M{\316\020iK\227\003\262\354\336@\237\035', '1w\303\340\207G\313\364\244g\324\243\223\346\030\356q!\246|\212\242\305\017G\252C\036y3\335\213'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 74, 1795939798218418, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 11, '01a2265a-8cca-7858-9d59-f73e3145e790', 'Started', 1, '{"version":"0.1.0"}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '1w\303\340\207G\313\364\244g\324\243\223\346\030\356q!\246|\212\242\305\017G\252C\036y3\335\213', '\020kb\261\320\020\335\340~h\271\361\250Zw\274\210?\214\300\260\237\307\251\201\363\026j\212\237\366\262'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 75, 1795939798229244, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 12, '01a2265a-8cd5-768d-8afe-c2ea88d9e058', 'PolicyChanged', 1, '{"include":["OU=Staff,DC=corp,DC=example"],"exclude":[],"kinds":["CHANGE","SELF_RESET","ADMIN_RESET","UNLOCK","REQUIRE_CHANGE"],"allow_password_not_required":false}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\020kb\261\320\020\335\340~h\271\361\250Zw\274\210?\214\300\260\237\307\251\201\363\026j\212\237\366\262', '7W6t\274eG\212\342&\331@\352\245\001\004\344\264\021\275\341\227\270\335\022^#\365\313\025\231\357'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 76, 1795939798235914, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 13, '01a2265a-8cdb-7fbc-ab68-0cbb569617d9', 'DcSelected', 1, '{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '7W6t\274eG\212\342&\331@\352\245\001\004\344\264\021\275\341\227\270\335\022^#\365\313\025\231\357', '\300V\005\316\272!\346\000\334\271\011\333\320\354`\357\325\264u`|K\343\377\\\241\215\220kJ\351\315'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 77, 1795939798294617, 'operation/fd01a553-b4fa-40ba-8c6e-94565fa2483d', 6, '01a2265a-8d16-7663-ad4c-d162a23d1dac', 'Applied', 1, '{"attempt":1,"anchor":"b56514cf-eddb-42f2-ae41-b98a6401e16d","kind":"CHANGE","sequence":1,"role":"self_service_app","proof":"none","evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a","password_version":2},"durations":{"resolve_us":6908},"recovered":true,"ended_at_ms":1795939798292,"trace_id":"348747dabec4c2dd9b1fa03a0e43cd4b"}', '{"actor":"app","traceparent":"00-348747dabec4c2dd9b1fa03a0e43cd4b-d86a5259c0bc2c81-01","correlation":"fd01a553-b4fa-40ba-8c6e-94565fa2483d"}', 't\312S\215h \247\342\371\355\371\210\231\233\237\300$\277\254:\342\206\312C\033/*\034\311T\257J', '\300V\005\316\272!\346\000\334\271\011\333\320\354`\357\325\264u`|K\343\377\\\241\215\220kJ\351\315', '\302.\252\327\364~TZ\316\031\332\302B\267U${\333\013B4X\012\374!\331^\345\032\264L\341'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 78, 1795939798323146, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 14, '01a2265a-8d33-7c14-94f4-66480beaf3f2', 'Attached', 1, '{"directory":"https://gateway:9443"}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\302.\252\327\364~TZ\316\031\332\302B\267U${\333\013B4X\012\374!\331^\345\032\264L\341', '`H\231\307\302\3267P\213h\030r \271\001\254\034$vEL\003~\370\326\251\255P\256j7\202'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 79, 1795939798329595, 'operation/fd01a553-b4fa-40ba-8c6e-94565fa2483d', 7, '01a2265a-8d39-767d-8193-5795b774765d', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":5323,"report_us":31297}', '{"actor":"app","traceparent":"00-348747dabec4c2dd9b1fa03a0e43cd4b-d86a5259c0bc2c81-01","correlation":"fd01a553-b4fa-40ba-8c6e-94565fa2483d"}', NULL, '`H\231\307\302\3267P\213h\030r \271\001\254\034$vEL\003~\370\326\251\255P\256j7\202', '\023\330*\013$\260\226\0201\217\037\202 7\373"\322|\224\007u\327g \345z\334\227\011\212D\036'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 80, 1795939801122873, 'operation/4f70ff7b-ce93-4e05-a5a2-92284743cb8c', 1, '01a2265a-9822-73d8-a1d6-8025d4c6a43e', 'Received', 1, '{"attempt":1,"anchor":"68909a77-6b31-4960-86fc-f70e435d8922","kind":"CHANGE","flags":{"must_change":false,"unlock":false,"allow_disabled":false},"sequence":1,"last_applied_sequence":0,"group_dc":"dc1.corp.example","role":"self_service_app","proof":"none","expires_at_ms":1795939821105,"content_digest":"b1ef2bcbb1cc6fd75d065205b96bf2178d2a4a35bd69d0fc8fa1433a9df2e01d","trace_id":"06e5f801ed160392b059b18f703e0aa8"}', '{"actor":"app","traceparent":"00-06e5f801ed160392b059b18f703e0aa8-45ed2d28b270a47e-01","correlation":"4f70ff7b-ce93-4e05-a5a2-92284743cb8c"}', NULL, '\023\330*\013$\260\226\0201\217\037\202 7\373"\322|\224\007u\327g \345z\334\227\011\212D\036', '\205@\024\015\177\005\307[\221\220\242\327\012>\245\365\200\261\000n`\036\357\200\354w\261u\003\336\265\256'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 81, 1795939801139807, 'operation/4f70ff7b-ce93-4e05-a5a2-92284743cb8c', 2, '01a2265a-9833-771e-9b08-31e3a9c3e894', 'WriteIntended', 1, '{"attempt":1,"fence_count":0,"marker_seen":{"is":"absent"},"password_version_seen":1,"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"app","traceparent":"00-06e5f801ed160392b059b18f703e0aa8-45ed2d28b270a47e-01","correlation":"4f70ff7b-ce93-4e05-a5a2-92284743cb8c"}', NULL, '\205@\024\015\177\005\307[\221\220\242\327\012>\245\365\200\261\000n`\036\357\200\354w\261u\003\336\265\256', '\261p\354\202\206 Yota\251\355z\027\335\350h\011\211\351\206-\313<\254\225{\2078\354R\233'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 82, 1795939811456744, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 15, '01a2265a-c080-755e-88fe-24bc7b5e28f6', 'Started', 1, '{"version":"0.1.0"}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\261p\354\202\206 Yota\251\355z\027\335\350h\011\211\351\206-\313<\254\225{\2078\354R\233', '\026\013\264\020\215>%,\376\252\254\263\231f\0228h\313\233\244mq#\215\222\231\320\356\266\315\364\226'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 83, 1795939811460202, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 16, '01a2265a-c084-7aed-91e9-7241d98d328e', 'PolicyChanged', 1, '{"include":["OU=Staff,DC=corp,DC=example"],"exclude":[],"kinds":["CHANGE","SELF_RESET","ADMIN_RESET","UNLOCK","REQUIRE_CHANGE"],"allow_password_not_required":false}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\026\013\264\020\215>%,\376\252\254\263\231f\0228h\313\233\244mq#\215\222\231\320\356\266\315\364\226', '\012/\02005\346\316!\322\030\2414K\244^\\\246o\373\3372\246\275W\246T\001\364(\224\352D'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 84, 1795939811514000, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 17, '01a2265a-c0ba-78f4-954f-1e02c6f34c0d', 'DcSelected', 1, '{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\012/\02005\346\316!\322\030\2414K\244^\\\246o\373\3372\246\275W\246T\001\364(\224\352D', '\234D`\270\365:\271_\205\302\342\326\206\207\340\225\035\267\351hC\361h\372\316%\213\204SH7\210'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 85, 1795939811524732, 'operation/4f70ff7b-ce93-4e05-a5a2-92284743cb8c', 3, '01a2265a-c0c4-7ad7-8ab1-e10fffd6243b', 'FenceIntended', 1, '{"attempt":1,"count":1,"marker_seen":{"is":"absent"}}', '{"actor":"app","traceparent":"00-06e5f801ed160392b059b18f703e0aa8-45ed2d28b270a47e-01","correlation":"4f70ff7b-ce93-4e05-a5a2-92284743cb8c"}', NULL, '\234D`\270\365:\271_\205\302\342\326\206\207\340\225\035\267\351hC\361h\372\316%\213\204SH7\210', '\377xxn\377\375\220\030/\010\302\2246a\377\265\204\252R\247\223{\031A\206\277\242]\270\341\370\375'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 86, 1795939811554854, 'operation/4f70ff7b-ce93-4e05-a5a2-92284743cb8c', 4, '01a2265a-c0e2-7c2a-b2a6-58da968d1eed', 'Fenced', 1, '{"attempt":1,"count":1,"dc":"dc1.corp.example"}', '{"actor":"app","traceparent":"00-06e5f801ed160392b059b18f703e0aa8-45ed2d28b270a47e-01","correlation":"4f70ff7b-ce93-4e05-a5a2-92284743cb8c"}', NULL, '\377xxn\377\375\220\030/\010\302\2246a\377\265\204\252R\247\223{\031A\206\277\242]\270\341\370\375', '\323\354HG\240\222P\241\330\020\004i\\/\265\006\0341Y\2632\3252\2127\357\250:h\375\346\253'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 87, 1795939811579046, 'operation/4f70ff7b-ce93-4e05-a5a2-92284743cb8c', 5, '01a2265a-c0fb-7102-b4ee-0ee9c563af62', 'Expired', 1, '{"attempt":1,"anchor":"68909a77-6b31-4960-86fc-f70e435d8922","kind":"CHANGE","sequence":1,"role":"self_service_app","proof":"none","reasons":[{"code":"SECRET_LOST"}],"evidence":{"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"},"durations":{"resolve_us":29637,"write_us":24919},"recovered":false,"ended_at_ms":1795939811578,"trace_id":"06e5f801ed160392b059b18f703e0aa8"}', '{"actor":"app","traceparent":"00-06e5f801ed160392b059b18f703e0aa8-45ed2d28b270a47e-01","correlation":"4f70ff7b-ce93-4e05-a5a2-92284743cb8c"}', '}\001\301\021\025\264\007\254\311\271\263ye\324\360!\264\315E\377\031 v_\000\222\234\274\022\3103Y', '\323\354HG\240\222P\241\330\020\004i\\/\265\006\0341Y\2632\3252\2127\357\250:h\375\346\253', '\206xh\216D,\2020\3043~k@\247)x%z\366\373\372\314T\376y\000 \374\025\246\214\245'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 88, 1795939811639636, 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 18, '01a2265a-c137-7003-89c3-2516450212a9', 'Attached', 1, '{"directory":"https://gateway:9443"}', '{"actor":"connector/c7938aea-eeb7-4bab-aece-83e7718b429b"}', NULL, '\206xh\216D,\2020\3043~k@\247)x%z\366\373\372\314T\376y\000 \374\025\246\214\245', 'Z\221\006\\\257RR\237*`\314\202\277\314\026\342\266\254%\363\016lYja\215\252\246\245\200t='),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 89, 1795939811647463, 'operation/4f70ff7b-ce93-4e05-a5a2-92284743cb8c', 6, '01a2265a-c13f-70c1-b04d-e525bb32d62a', 'Reported', 1, '{"attempt":1,"disposition":"COMMITTED","record_us":13841,"report_us":23148}', '{"actor":"app","traceparent":"00-06e5f801ed160392b059b18f703e0aa8-45ed2d28b270a47e-01","correlation":"4f70ff7b-ce93-4e05-a5a2-92284743cb8c"}', NULL, 'Z\221\006\\\257RR\237*`\314\202\277\314\026\342\266\254%\363\016lYja\215\252\246\245\200t=', 'v\034\000\375`\000c\353\310o|\374I\2343\206\200\253\231\344\356\223^\212\342-\022\206\352<\032g'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 90, 1795939814136800, 'operation/d796eb49-1153-4f42-867a-d92318269466', 1, '01a2265a-caf8-7c48-bb1a-6c18aaf515b3', 'Received', 1, '{"attempt":1,"anchor":"9a8f4a75-d401-4f48-a20a-8b598f1a5d9b","kind":"CHANGE","flags":{"must_change":false,"unlock":false,"allow_disabled":false},"sequence":1,"last_applied_sequence":0,"group_dc":"dc1.corp.example","role":"self_service_app","proof":"none","expires_at_ms":1795939834125,"content_digest":"5fb19b82f226fcdb6f8de33073ab39636f63d997c3dc079777dbda72ae3e9f29","trace_id":"8500ccd20313afec6e135aea7223d692"}', '{"actor":"app","traceparent":"00-8500ccd20313afec6e135aea7223d692-4528a947cb087f42-01","correlation":"d796eb49-1153-4f42-867a-d92318269466"}', NULL, 'v\034\000\375`\000c\353\310o|\374I\2343\206\200\253\231\344\356\223^\212\342-\022\206\352<\032g', '\242\214\364k\272\376"$Z+\214\361\011\265\003NL\306[\275\206\227\374\302\012G\001\233_\026\020\203'),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 91, 1795939814148248, 'operation/d796eb49-1153-4f42-867a-d92318269466', 2, '01a2265a-cb04-782c-89f4-a83aec86acc6', 'WriteIntended', 1, '{"attempt":1,"fence_count":0,"marker_seen":{"is":"absent"},"password_version_seen":1,"dc":"dc1.corp.example","invocation_id":"e04ed350-773f-4ae1-8e6e-b4661cb83e5a"}', '{"actor":"app","traceparent":"00-8500ccd20313afec6e135aea7223d692-4528a947cb087f42-01","correlation":"d796eb49-1153-4f42-867a-d92318269466"}', NULL, '\242\214\364k\272\376"$Z+\214\361\011\265\003NL\306[\275\206\227\374\302\012G\001\233_\026\020\203', '\252}u"2\325\334\261\347\227\363\2229ePM\310\323\304]&\275\006\007\272\020\232\254\342\306s\006');


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
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/49e22223-0658-40b8-92e9-1cfcc7a67301', 4),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/3adeda0e-d312-45dd-9e1b-b3439eb90b24', 4),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/587904e6-f9ba-436f-a3b9-2ca2a455d98c', 4),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/c57b1552-e88f-4ba6-a58a-9b6ad43fbb7a', 4),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/ff89689d-e26a-45e4-824d-f91ed8671edf', 3),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/9709e660-b905-471e-847d-17b70d1aed86', 4),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'connector/c7938aea-eeb7-4bab-aece-83e7718b429b', 18),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/f195bb51-0f9d-4c64-88d8-163dec7aa29e', 3),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/c9c5b975-0d4a-4c57-9146-1980236c8f6d', 4),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/43fc0106-6cd4-47d2-a739-fd4a9f1da541', 5),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/4f5388d9-54d3-4f5c-8c28-ec1eaabc860f', 5),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/56a25db2-0cee-4a44-bc7a-8fdfaa6cd13b', 3),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/b33815f4-902c-4615-b65c-eade5bcec4c2', 4),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/effb892b-ef3b-4db6-b6e1-8328ec33741a', 3),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/fb629bb0-82b3-455c-a983-6a596ae5a7ba', 4),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/d849015b-e259-4258-9581-55b289f2e1e1', 4),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/fd01a553-b4fa-40ba-8c6e-94565fa2483d', 7),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/4f70ff7b-ce93-4e05-a5a2-92284743cb8c', 6),
	('4cb2c837-ab7d-401d-a151-c94d648999b5', 'operation/d796eb49-1153-4f42-867a-d92318269466', 2);


--
-- Name: _migrations _migrations_pkey; Type: CONSTRAINT; Schema: connector; Owner: -
--

ALTER TABLE ONLY connector._migrations
    ADD CONSTRAINT _migrations_pkey PRIMARY KEY (version);


--
-- Name: audit_store audit_store_pkey; Type: CONSTRAINT; Schema: connector; Owner: -
--

ALTER TABLE ONLY connector.audit_store
    ADD CONSTRAINT audit_store_pkey PRIMARY KEY (only_one);


--
-- Name: operations operations_pkey; Type: CONSTRAINT; Schema: connector; Owner: -
--

ALTER TABLE ONLY connector.operations
    ADD CONSTRAINT operations_pkey PRIMARY KEY (operation);


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
-- Name: operations_open; Type: INDEX; Schema: connector; Owner: -
--

CREATE INDEX operations_open ON connector.operations USING btree (connector) WHERE open;


--
-- Name: operations_trace; Type: INDEX; Schema: connector; Owner: -
--

CREATE INDEX operations_trace ON connector.operations USING btree (trace_id) WHERE (trace_id IS NOT NULL);


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
-- PostgreSQL database dump complete
--


