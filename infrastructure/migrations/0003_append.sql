-- The only way into the log. One call is one append: all of it or nothing.
--
-- The advisory lock makes the order of positions the order of commits, without gaps (ADR 0003): the next position is
-- read under the lock, so a rollback leaves no hole, and a follower that has seen position n has seen all before it.
--
-- Refusals: TV001 version conflict, TV002 sold out, TV003 claim lost, TV004 opened already, TV005 e-mail taken,
-- TV006 idempotency mismatch, TV007 stale fence.
CREATE FUNCTION log.append(
    p_ids uuid[], p_versions bigint[], p_topics text[], p_states bytea[], p_metadata text, p_capacity jsonb,
    p_account uuid, p_email_index text, p_wrapped_key text,
    p_scope uuid, p_key text, p_fingerprint text, p_status smallint, p_body bytea, p_version bigint,
    p_task uuid, p_fence bigint, p_closes boolean
) RETURNS TABLE (head bigint, replayed boolean, status smallint, body bytea, version bigint) LANGUAGE plpgsql AS $$
DECLARE
    known log.idempotency;
    change jsonb;
    inserted integer;
BEGIN
    PERFORM pg_advisory_xact_lock(824150001);

    IF p_scope IS NOT NULL THEN
        SELECT i.* INTO known FROM log.idempotency AS i WHERE i.scope = p_scope AND i.key = p_key;
        IF FOUND THEN
            IF known.fingerprint <> p_fingerprint THEN
                RAISE EXCEPTION 'idempotency mismatch' USING ERRCODE = 'TV006';
            END IF;
            RETURN QUERY SELECT known.position, true, known.status, known.body, known.version;
            RETURN;
        END IF;
    END IF;

    IF p_task IS NOT NULL THEN
        UPDATE board.task
           SET state = CASE WHEN p_closes THEN 'done' ELSE state END,
               done_at = CASE WHEN p_closes THEN clock_timestamp() END,
               lease_until = CASE WHEN p_closes THEN NULL ELSE lease_until END,
               last_error = CASE WHEN p_closes THEN NULL ELSE last_error END
         WHERE task_id = p_task AND state = 'running' AND fence = p_fence;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'stale fence' USING ERRCODE = 'TV007';
        END IF;
    END IF;

    SELECT coalesce(max(notification_id), 0) INTO head FROM log.events;
    INSERT INTO log.events (originator_id, originator_version, topic, state, notification_id, metadata)
    SELECT e.id, e.version, e.topic, e.state, head + e.n, p_metadata::json
      FROM unnest(p_ids, p_versions, p_topics, p_states) WITH ORDINALITY AS e(id, version, topic, state, n)
    ON CONFLICT (originator_id, originator_version) DO NOTHING;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    IF inserted <> cardinality(p_ids) THEN
        RAISE EXCEPTION 'version conflict' USING ERRCODE = 'TV001';
    END IF;
    head := head + inserted;

    FOR change IN SELECT jsonb_array_elements(p_capacity) LOOP
        PERFORM capacity.change(change);
    END LOOP;

    IF p_account IS NOT NULL THEN
        INSERT INTO people.identity VALUES (p_account, p_email_index, p_wrapped_key)
        ON CONFLICT ON CONSTRAINT identity_email DO NOTHING;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'e-mail taken' USING ERRCODE = 'TV005';
        END IF;
    END IF;

    IF p_scope IS NOT NULL THEN
        INSERT INTO log.idempotency VALUES (p_scope, p_key, p_fingerprint, p_status, p_body, p_version, head);
    END IF;

    IF inserted > 0 THEN
        PERFORM pg_notify('travellr_log', head::text);
    END IF;
    RETURN QUERY SELECT head, false, NULL::smallint, NULL::bytea, NULL::bigint;
END $$;
