-- The only way into the log. One call is a batch of appends: each is written whole or refused whole, by itself.
--
-- The advisory lock makes the order of positions the order of commits, without gaps (ADR 0003): the next position is
-- read under the lock, so a rollback leaves no hole, and a follower that has seen position n has seen all before it.
-- Every writer holds the lock, so what is checked under it stays true until the commit; only an append with several
-- changes of capacity, which can fail half-way, needs a sub-transaction.
--
-- The caller puts no two appends into one batch that could get in each other's way: same stream version, same
-- idempotency key, same e-mail address, same task.
--
-- Arrays that no append of the batch needs are NULL as a whole. Changes of capacity come as JSON; the most frequent, a
-- hold of one departure, in arrays (capacity.hold_together), with `p_holds` the numbers of their appends.
-- `p_event_counts` comes with the keys: how many events each append has.
--
-- Answers the position before the batch, and for each append NULL if it was written, 'known' if its key was answered
-- before, or its refusal: TV001 version conflict, TV002 sold out, TV003 claim lost, TV004 opened already, TV005 e-mail
-- taken, TV006 idempotency mismatch, TV007 stale fence, TV008 too many holds, TV009 below sold, TV010 no such cells,
-- TV011 account erased, TV012 something has happened to the account since it was asked whether anything is open.
--
-- `p_needs` are accounts that the appends `p_needing` need. An append that erases one comes in a batch of its own, so
-- whatever needs the account is either in the log when it is written, or refused after it.
CREATE FUNCTION log.append(
    p_append integer[], p_ids uuid[], p_versions bigint[], p_topics text[], p_states bytea[],
    p_metadata text[], p_capacity jsonb[] DEFAULT NULL,
    p_accounts uuid[] DEFAULT NULL, p_email_indexes text[] DEFAULT NULL, p_wrapped_keys text[] DEFAULT NULL,
    p_scopes uuid[] DEFAULT NULL, p_keys text[] DEFAULT NULL, p_fingerprints text[] DEFAULT NULL,
    p_statuses smallint[] DEFAULT NULL, p_bodies bytea[] DEFAULT NULL, p_answered bigint[] DEFAULT NULL,
    p_event_counts integer[] DEFAULT NULL,
    p_tasks uuid[] DEFAULT NULL, p_fences bigint[] DEFAULT NULL, p_closes boolean[] DEFAULT NULL,
    p_holds integer[] DEFAULT NULL, p_bookings uuid[] DEFAULT NULL, p_listings uuid[] DEFAULT NULL,
    p_from timestamptz[] DEFAULT NULL, p_to timestamptz[] DEFAULT NULL, p_quantities integer[] DEFAULT NULL,
    p_expire timestamptz[] DEFAULT NULL, p_travellers uuid[] DEFAULT NULL, p_holds_max integer[] DEFAULT NULL,
    p_needing integer[] DEFAULT NULL, p_needs uuid[] DEFAULT NULL,
    p_erased uuid[] DEFAULT NULL, p_asked_at bigint[] DEFAULT NULL,
    OUT start_head bigint, OUT refused text[]) LANGUAGE plpgsql AS $$
DECLARE
    appends constant integer := cardinality(p_metadata);
    hit record;
    change jsonb;
    refusal text;
BEGIN
    refused := array_fill(NULL::text, ARRAY[appends]);
    PERFORM pg_advisory_xact_lock(824150001);
    SELECT coalesce(max(notification_id), 0) INTO start_head FROM log.events;

    IF p_scopes IS NOT NULL THEN
        FOR hit IN
            SELECT a.n, CASE WHEN i.fingerprint = a.fingerprint THEN 'known' ELSE 'TV006' END AS why
              FROM unnest(p_scopes, p_keys, p_fingerprints) WITH ORDINALITY AS a(scope, key, fingerprint, n)
              JOIN log.idempotency AS i ON i.scope = a.scope AND i.key = a.key
        LOOP
            refused[hit.n] := hit.why;
        END LOOP;
    END IF;

    FOR hit IN
        SELECT DISTINCT a.append AS n
          FROM unnest(p_append, p_ids, p_versions) AS a(append, id, version)
          JOIN log.events AS e ON e.originator_id = a.id AND e.originator_version = a.version
    LOOP
        refused[hit.n] := coalesce(refused[hit.n], 'TV001');
    END LOOP;

    IF p_accounts IS NOT NULL THEN
        FOR hit IN
            SELECT a.n FROM unnest(p_email_indexes) WITH ORDINALITY AS a(email_index, n)
              JOIN people.identity AS i ON i.email_index = a.email_index
        LOOP
            refused[hit.n] := coalesce(refused[hit.n], 'TV005');
        END LOOP;
    END IF;

    IF p_needs IS NOT NULL THEN
        FOR hit IN
            SELECT a.append AS n FROM unnest(p_needing, p_needs) AS a(append, account_id)
              JOIN log.events AS e ON e.originator_id = a.account_id AND e.topic = 'account.erased'
        LOOP
            refused[hit.n] := coalesce(refused[hit.n], 'TV011');
        END LOOP;
    END IF;

    IF p_erased IS NOT NULL THEN
        FOR hit IN
            SELECT a.n FROM unnest(p_erased, p_asked_at) WITH ORDINALITY AS a(account_id, asked_at, n)
             WHERE EXISTS (SELECT FROM log.events AS e
                            WHERE e.notification_id > a.asked_at
                              AND e.topic NOT IN ('command.refused', 'audit.queried')
                              AND position(convert_to(a.account_id::text, 'UTF8') IN e.state) > 0)
        LOOP
            refused[hit.n] := coalesce(refused[hit.n], 'TV012');
        END LOOP;
    END IF;

    IF p_tasks IS NOT NULL THEN
        -- Locked, so that nobody can lease the task between this look and the commit.
        FOR hit IN
            SELECT a.n, t.task_id FROM unnest(p_tasks, p_fences) WITH ORDINALITY AS a(task_id, fence, n)
              LEFT JOIN LATERAL (
                  SELECT task_id FROM board.task
                   WHERE task_id = a.task_id AND fence = a.fence AND state = 'running' FOR UPDATE) AS t ON true
             WHERE a.task_id IS NOT NULL
        LOOP
            IF hit.task_id IS NULL THEN
                refused[hit.n] := coalesce(refused[hit.n], 'TV007');
            END IF;
        END LOOP;
    END IF;

    IF p_capacity IS NOT NULL THEN
        FOR i IN 1..appends LOOP
            IF refused[i] IS NULL AND p_capacity[i] IS NOT NULL THEN
                IF jsonb_array_length(p_capacity[i]) = 1 THEN
                    refused[i] := capacity.change(p_capacity[i]->0);
                    CONTINUE;
                END IF;
                BEGIN
                    FOR change IN SELECT jsonb_array_elements(p_capacity[i]) LOOP
                        refusal := capacity.change(change);
                        IF refusal IS NOT NULL THEN
                            RAISE EXCEPTION USING ERRCODE = 'TV000', MESSAGE = refusal;
                        END IF;
                    END LOOP;
                EXCEPTION WHEN SQLSTATE 'TV000' THEN
                    refused[i] := SQLERRM;
                END;
            END IF;
        END LOOP;
    END IF;

    IF p_holds IS NOT NULL THEN
        refused := capacity.hold_together(
            refused, p_holds, p_bookings, p_listings, p_from, p_to, p_quantities, p_expire, p_travellers, p_holds_max);
    END IF;

    INSERT INTO log.events (originator_id, originator_version, topic, state, notification_id, metadata)
    SELECT e.id, e.version, e.topic, e.state, start_head + row_number() OVER (ORDER BY e.ordinal),
           p_metadata[e.append]::json
      FROM unnest(p_append, p_ids, p_versions, p_topics, p_states) WITH ORDINALITY
               AS e(append, id, version, topic, state, ordinal)
     WHERE refused[e.append] IS NULL;
    IF FOUND THEN
        NOTIFY travellr_log;
    END IF;

    IF p_accounts IS NOT NULL THEN
        INSERT INTO people.identity
        SELECT a.account_id, a.email_index, a.wrapped_key
          FROM unnest(p_accounts, p_email_indexes, p_wrapped_keys) WITH ORDINALITY
                   AS a(account_id, email_index, wrapped_key, n)
         WHERE a.account_id IS NOT NULL AND refused[a.n] IS NULL;
    END IF;

    IF p_tasks IS NOT NULL THEN
        UPDATE board.task AS t SET state = 'done', done_at = clock_timestamp(), lease_until = NULL, last_error = NULL
          FROM unnest(p_tasks, p_closes) WITH ORDINALITY AS a(task_id, closes, n)
         WHERE t.task_id = a.task_id AND a.closes AND refused[a.n] IS NULL;
    END IF;

    IF p_scopes IS NOT NULL THEN
        INSERT INTO log.idempotency (scope, key, fingerprint, status, body, version, position)
        SELECT scope, key, fingerprint, status, body, version, position
          FROM (SELECT *, start_head + sum(CASE WHEN refused[n] IS NULL THEN events ELSE 0 END) OVER (ORDER BY n) AS position
                  FROM unnest(p_scopes, p_keys, p_fingerprints, p_statuses, p_bodies, p_answered, p_event_counts)
                           WITH ORDINALITY AS a(scope, key, fingerprint, status, body, version, events, n)) AS answered
         WHERE scope IS NOT NULL AND refused[n] IS NULL;
    END IF;
END $$;

-- One plan for good, whatever the tables held when it was made: a fresh plan for every claim costs more than the claim,
-- and a plan made while a table was empty must not scan it for ever. The functions called from here inherit this.
ALTER FUNCTION log.append SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION log.append SET enable_seqscan = off;
ALTER FUNCTION log.append SET enable_hashjoin = off;
ALTER FUNCTION log.append SET enable_mergejoin = off;
