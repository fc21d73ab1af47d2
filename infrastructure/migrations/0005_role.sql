-- The role that the running system takes: it may add to the log and read it, never change it (ADR 0003).
-- Roles belong to the whole server, so another database may have made it already.
DO $$ BEGIN
    CREATE ROLE travellr_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

-- The login that migrates is the one that runs. Who made the role may grant it; a superuser may take any role anyway.
DO $$ BEGIN
    IF NOT pg_has_role(current_user, 'travellr_app', 'SET') THEN
        EXECUTE format('GRANT travellr_app TO %I', current_user);
    END IF;
END $$;

GRANT USAGE ON SCHEMA log, capacity, people, ops, board, read TO travellr_app;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA log TO travellr_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA capacity, people, board, read TO travellr_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ops TO travellr_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA log, capacity, ops TO travellr_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA read, board, ops, capacity, people
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO travellr_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA log GRANT SELECT, INSERT ON TABLES TO travellr_app;
