-- The event log: append-only, hash-chained, partitioned by time.
--
-- Promises kept here, whatever the program does:
--   * positions of a log and versions of a stream are gapless: a trigger derives the heads from the
--     inserted rows and refuses rows that do not continue them;
--   * records and claims are never updated, deleted or truncated (triggers);
--   * a role that may only insert and select can go on for ever: partitions and heads are made by
--     functions that run with their owner's rights.

CREATE SCHEMA IF NOT EXISTS eventlog;
REVOKE ALL ON SCHEMA eventlog FROM PUBLIC;

-- One row per log. The hot row of the append path: kept alone on its page, so that updates stay on it.
CREATE TABLE eventlog.log_heads (
    log          uuid   NOT NULL PRIMARY KEY,
    incarnation  uuid   NOT NULL,
    position     bigint NOT NULL CHECK (position >= 0),
    hash         bytea  NOT NULL CHECK (octet_length(hash) = 32)
) WITH (fillfactor = 10);

CREATE TABLE eventlog.stream_heads (
    log      uuid   NOT NULL,
    stream   text   COLLATE "C" NOT NULL,
    version  bigint NOT NULL CHECK (version >= 1),
    PRIMARY KEY (log, stream)
) WITH (fillfactor = 70);

-- What may be taken once per log, for ever: operation ids, attempts.
CREATE TABLE eventlog.claims (
    log       uuid   NOT NULL,
    kind      text   COLLATE "C" NOT NULL,
    key       text   COLLATE "C" NOT NULL,
    position  bigint NOT NULL CHECK (position >= 1),
    PRIMARY KEY (log, kind, key)
);

-- The key of a partitioned table must contain the time, so it cannot promise that a position is unique:
-- log_heads and the trigger do.
CREATE TABLE eventlog.records (
    log               uuid    NOT NULL,
    position          bigint  NOT NULL CHECK (position >= 1),
    recorded_at_us    bigint  NOT NULL,
    stream            text    COLLATE "C" NOT NULL,
    stream_version    bigint  NOT NULL CHECK (stream_version >= 1),
    event_id          uuid    NOT NULL,
    event_type        text    COLLATE "C" NOT NULL,
    schema_version    integer NOT NULL CHECK (schema_version BETWEEN 0 AND 65535),
    body              bytea   NOT NULL,
    metadata          bytea   NOT NULL,
    erasable_digest   bytea   CHECK (octet_length(erasable_digest) = 32),
    previous_hash     bytea   NOT NULL CHECK (octet_length(previous_hash) = 32),
    hash              bytea   NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (log, position, recorded_at_us),
    UNIQUE (log, stream, stream_version, recorded_at_us)
) PARTITION BY RANGE (recorded_at_us);

COMMENT ON COLUMN eventlog.records.recorded_at_us IS 'unix time in microseconds, by the clock of the appending process';
COMMENT ON COLUMN eventlog.records.body IS 'JSON bytes as written; hashed as they are, never re-serialised';

-- What is personal or may hold it. Bound to its record by a salted digest that is hashed, so that it can be
-- erased (with its salt) and the chain still proves the rest.
CREATE TABLE eventlog.erasable_parts (
    log             uuid   NOT NULL,
    position        bigint NOT NULL CHECK (position >= 1),
    recorded_at_us  bigint NOT NULL,
    salt            bytea  NOT NULL CHECK (octet_length(salt) = 32),
    body            bytea  NOT NULL,
    PRIMARY KEY (log, position, recorded_at_us)
) PARTITION BY RANGE (recorded_at_us);

-- Refusing change ----------------------------------------------------------------------------------------

CREATE FUNCTION eventlog.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    RAISE EXCEPTION '% on %.% is refused: the log is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

-- Row triggers are cloned to every partition; truncate triggers are not (ensure_partitions makes them).
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON eventlog.records
    FOR EACH ROW EXECUTE FUNCTION eventlog.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.records
    FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE ON eventlog.erasable_parts
    FOR EACH ROW EXECUTE FUNCTION eventlog.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.erasable_parts
    FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON eventlog.claims
    FOR EACH ROW EXECUTE FUNCTION eventlog.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.claims
    FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON eventlog.log_heads
    FOR EACH ROW EXECUTE FUNCTION eventlog.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.log_heads
    FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON eventlog.stream_heads
    FOR EACH ROW EXECUTE FUNCTION eventlog.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON eventlog.stream_heads
    FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();

-- Heads follow records -----------------------------------------------------------------------------------

-- Runs with the owner's rights: the only way to move a head is to insert the records that continue it.
-- enable_seqscan: a plan that was cached while a table was small must not scan it when it is large.
CREATE FUNCTION eventlog.advance_heads() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS
$$
DECLARE
    batch    record;
    expected bigint;
    moved    bigint;
BEGIN
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

CREATE TRIGGER heads_follow AFTER INSERT ON eventlog.records
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION eventlog.advance_heads();

-- The append path ----------------------------------------------------------------------------------------

CREATE FUNCTION eventlog.lock_key(p_log uuid) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT hashtextextended('eventlog:' || p_log::text, 0) $$;

-- Makes the log if it is new. The hash at position 0 binds the chain to the log and its incarnation.
CREATE FUNCTION eventlog.open_log(p_log uuid, OUT incarnation uuid, OUT "position" bigint, OUT hash bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
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

-- Takes the log's lock until the transaction ends, and reads what a batch is decided by. Each statement of a
-- volatile function sees what was committed before it began (READ COMMITTED), so the reads see all that was
-- committed under the lock before.
CREATE FUNCTION eventlog.lock_heads(
    p_log uuid, p_streams text[], p_kinds text[], p_keys text[],
    OUT "position" bigint, OUT hash bytea, OUT versions bigint[], OUT taken boolean[])
    LANGUAGE plpgsql SECURITY INVOKER SET enable_seqscan = off AS
$$
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

-- Partitions ---------------------------------------------------------------------------------------------

-- Sees to it that the month of p_time_us and p_months_ahead months after it have partitions, and answers the
-- range of time that is covered by that. Tables are made apart and attached, which does not stop inserts
-- (CREATE TABLE ... PARTITION OF would).
CREATE FUNCTION eventlog.ensure_partitions(
    p_time_us bigint, p_months_ahead integer, OUT from_us bigint, OUT until_us bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
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

-- Erasing ------------------------------------------------------------------------------------------------

-- Erases the erasable parts (with their salts) at these positions of a log; answers how many there were.
CREATE FUNCTION eventlog.erase_parts(p_log uuid, p_positions bigint[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
    erased bigint;
BEGIN
    DELETE FROM eventlog.erasable_parts e WHERE e.log = p_log AND e.position = ANY (p_positions);
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END
$$;

-- Rights -------------------------------------------------------------------------------------------------

REVOKE ALL ON ALL TABLES IN SCHEMA eventlog FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA eventlog FROM PUBLIC;

-- Insert and select, nothing else.
CREATE FUNCTION eventlog.grant_writer(p_role text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA eventlog TO %I', p_role);
    EXECUTE format('GRANT SELECT, INSERT ON eventlog.records, eventlog.erasable_parts, eventlog.claims TO %I', p_role);
    EXECUTE format('GRANT SELECT ON eventlog.log_heads, eventlog.stream_heads TO %I', p_role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION eventlog.lock_key(uuid), eventlog.open_log(uuid),
                    eventlog.lock_heads(uuid, text[], text[], text[]), eventlog.ensure_partitions(bigint, integer) TO %I', p_role);
END
$$;

CREATE FUNCTION eventlog.grant_reader(p_role text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA eventlog TO %I', p_role);
    EXECUTE format('GRANT SELECT ON eventlog.records, eventlog.erasable_parts, eventlog.claims,
                    eventlog.log_heads, eventlog.stream_heads TO %I', p_role);
END
$$;

CREATE FUNCTION eventlog.grant_eraser(p_role text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA eventlog TO %I', p_role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION eventlog.erase_parts(uuid, bigint[]) TO %I', p_role);
END
$$;

-- The second wall between logs: a session sees and writes only the log that its setting names
-- (row-level security; the owner and superusers are not bound by it).
CREATE FUNCTION eventlog.isolate_by_setting(p_setting text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
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

REVOKE ALL ON FUNCTION eventlog.grant_writer(text), eventlog.grant_reader(text), eventlog.grant_eraser(text),
    eventlog.isolate_by_setting(text) FROM PUBLIC;
