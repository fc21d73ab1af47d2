-- The task board, and what the processes keep about themselves.

CREATE TABLE board.task (
    task_id uuid PRIMARY KEY,
    kind text NOT NULL,
    arguments jsonb NOT NULL,
    caused_by bigint,
    state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'running', 'done', 'parked')),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    lease_until timestamptz,
    fence bigint NOT NULL DEFAULT 0,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz
);
CREATE INDEX task_due ON board.task (due_at) WHERE state = 'due';
CREATE INDEX task_newest ON board.task (created_at DESC, task_id);
CREATE INDEX task_running ON board.task (lease_until) WHERE state = 'running';

-- What a traveller needs to finish 3-D Secure: a secret of the moment, never part of the log.
CREATE TABLE board.payment_action (
    payment_id uuid PRIMARY KEY,
    client_secret text NOT NULL,
    next_action jsonb
);

CREATE TABLE ops.follower (
    name text PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    error text,
    error_position bigint
);

CREATE TABLE ops.heartbeat (
    process text PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- `seed` is half of what a refresh token is made of, the signing key the other half; `generation` is the number of the one
-- that is good now, and `rotated_at` when the one before it was used.
CREATE TABLE ops.session (
    session_id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    role text NOT NULL,
    seed bytea NOT NULL,
    generation integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    rotated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz
);
CREATE INDEX session_of_account ON ops.session (account_id) WHERE ended_at IS NULL;
