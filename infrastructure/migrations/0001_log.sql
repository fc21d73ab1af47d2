-- The append-only log, the capacity guard, identities and idempotency records: all that one append writes.

CREATE SCHEMA log;
CREATE SCHEMA capacity;
CREATE SCHEMA people;
CREATE SCHEMA ops;
CREATE SCHEMA board;
CREATE SCHEMA read;

-- The clock of the business. `ahead` is 0 for ever outside the sandbox; there it only grows.
CREATE TABLE ops.clock (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    ahead interval NOT NULL DEFAULT '0' CHECK (ahead >= '0'),
    target timestamptz
);
INSERT INTO ops.clock DEFAULT VALUES;

CREATE FUNCTION ops.business_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS
$$ SELECT clock_timestamp() + ahead FROM ops.clock $$;

-- The columns of the eventsourcing library's recorder, and two of ours: who and why, and when it was really written.
CREATE TABLE log.events (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL CHECK (originator_version > 0),
    topic text NOT NULL,
    state bytea NOT NULL,
    notification_id bigint NOT NULL CHECK (notification_id > 0),
    metadata json NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (originator_id, originator_version)
);
CREATE UNIQUE INDEX events_position ON log.events (notification_id);
CREATE INDEX events_erased ON log.events (originator_id) WHERE topic = 'account.erased';

-- How whoever reads the whole log, or a whole stream, reads it: wherever the events are kept. Inlined by the planner.
CREATE FUNCTION log.events_between(p_after bigint, p_upto bigint) RETURNS SETOF log.events LANGUAGE sql STABLE AS
$$ SELECT * FROM log.events WHERE notification_id > p_after AND notification_id <= p_upto $$;

CREATE FUNCTION log.events_of(p_streams uuid[]) RETURNS SETOF log.events LANGUAGE sql STABLE AS
$$ SELECT * FROM log.events WHERE originator_id = ANY (p_streams) $$;

CREATE TABLE log.idempotency (
    scope uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint text NOT NULL,
    status smallint NOT NULL,
    body bytea NOT NULL,
    version bigint,
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (scope, key)
);

CREATE TABLE people.identity (
    account_id uuid PRIMARY KEY,
    email_index text NOT NULL CONSTRAINT identity_email UNIQUE,
    wrapped_key text NOT NULL
);

-- Messages that no provider was there to take, sealed under their recipient's key; only mail has HTML.
CREATE TABLE people.mailbox (
    mail_id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL,
    subject_sealed text NOT NULL,
    text_sealed text NOT NULL,
    html_sealed text,
    sent_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX mailbox_of_account ON people.mailbox (account_id, sent_at DESC, mail_id);

-- The newest one-time code that each account has used: none is good twice.
CREATE TABLE people.code_used (
    account_id uuid PRIMARY KEY,
    step bigint NOT NULL
);

CREATE TABLE capacity.cell (
    listing_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    capacity integer NOT NULL CHECK (capacity >= 0),
    held integer NOT NULL DEFAULT 0 CHECK (held >= 0),
    sold integer NOT NULL DEFAULT 0 CHECK (sold >= 0),
    closed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (listing_id, starts_at),
    CONSTRAINT never_oversold CHECK (held + sold <= capacity)
) WITH (fillfactor = 50);

-- `traveller_id` stands only in holds that count against the limit of their traveller.
CREATE TABLE capacity.claim (
    booking_id uuid PRIMARY KEY,
    listing_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    state text NOT NULL CHECK (state IN ('held', 'sold', 'freed')),
    expires_at timestamptz,
    traveller_id uuid
);
CREATE INDEX claim_held_of_listing ON capacity.claim (listing_id, expires_at) WHERE state = 'held';
CREATE INDEX claim_held_of_traveller ON capacity.claim (traveller_id, expires_at)
    WHERE state = 'held' AND traveller_id IS NOT NULL;
