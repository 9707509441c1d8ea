-- Appending in one round trip. A process that knows the log's head (it appended last) sends a batch that it decided
-- upon that head as one statement, which is a transaction of its own: nothing waits between statements, and no process
-- that stalls holds the log's lock. Where the head is another one, nothing is written and the batch goes the long way
-- (lock_log, decide, insert).
--
-- The fence: such a statement may reach the server long after its sender gave it up (a network that stalls), when the
-- head is still the one it was decided upon. Whoever gave it up raises the fence (look_and_fence) before saying that
-- nothing was written; a statement that was sent under an older fence writes nothing.

ALTER TABLE eventlog.log_heads ADD COLUMN fence bigint NOT NULL DEFAULT 0;

-- As lock_heads (0001), and the fence. lock_heads stays, with the rights that were granted on it, for the processes that a
-- deploy has not replaced yet.
CREATE FUNCTION eventlog.lock_log(
    p_log uuid, p_streams text[], p_kinds text[], p_keys text[],
    OUT "position" bigint, OUT hash bytea, OUT fence bigint, OUT versions bigint[], OUT taken boolean[])
    LANGUAGE plpgsql SECURITY INVOKER SET enable_seqscan = off AS
$$
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

-- Appends records that continue the head which the caller knows; false if the log's head or fence is another one. The
-- versions of streams are held by the trigger of the records (40001 if one is not continued); a claim that is taken is
-- 40001 too. Durable when the statement is answered: synchronous_commit is set for this transaction.
CREATE FUNCTION eventlog.append_next(
    p_log uuid, p_position bigint, p_hash bytea, p_fence bigint, p_lock_timeout text,
    p_setting_names text[], p_setting_values text[], p_calls text[], p_call_arguments jsonb[], p_recorded_at_us bigint,
    p_positions bigint[], p_streams text[], p_stream_versions bigint[], p_event_ids uuid[], p_event_types text[],
    p_schema_versions integer[], p_bodies bytea[], p_metadata bytea[], p_erasable_digests bytea[],
    p_previous_hashes bytea[], p_hashes bytea[], p_erasable_positions bigint[], p_salts bytea[], p_erasable_bodies bytea[],
    p_claim_kinds text[], p_claim_keys text[], p_claim_positions bigint[])
    RETURNS boolean LANGUAGE plpgsql SECURITY INVOKER SET enable_seqscan = off AS
$$
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
$$;

-- Whether a record is in the log; if not, no batch that was sent under the present fence will be any more. Waits for the
-- log's lock: whoever held it is then over, one way or the other. Runs with the owner's rights: the fence is all that it
-- changes, and row-level security does not bind the owner.
CREATE FUNCTION eventlog.look_and_fence(p_log uuid, p_position bigint, p_recorded_at_us bigint, p_hash bytea)
    RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
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

-- As before (0001), and a shorter way for the few records that a lone append writes: row by row, each upon the one before.
CREATE OR REPLACE FUNCTION eventlog.advance_heads() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS
$$
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

REVOKE ALL ON FUNCTION eventlog.lock_log(uuid, text[], text[], text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION eventlog.look_and_fence(uuid, bigint, bigint, bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION eventlog.append_next FROM PUBLIC;

-- Insert and select, nothing else; and the functions of the append path.
CREATE OR REPLACE FUNCTION eventlog.grant_writer(p_role text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
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
