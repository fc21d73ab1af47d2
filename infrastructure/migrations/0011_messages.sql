-- Messages to people: what was sent to whom and why, their push subscriptions, and what they sign in with.

-- One row for each channel of a message. Nothing personal: what it said was said, and is not kept.
CREATE TABLE people.message (
    message_id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL,
    caused_by bigint,
    stream_id uuid,
    booking_id uuid,
    state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'quiet', 'sent', 'bounced', 'not_wanted')),
    provider_id text,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX message_of_account ON people.message (account_id, at DESC, message_id);
CREATE INDEX message_of_booking ON people.message (booking_id, at, message_id);

-- Where a browser of somebody's takes push messages; `endpoint_index` tells the same one again without saying which.
CREATE TABLE people.push_subscription (
    subscription_id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    endpoint_index text NOT NULL,
    sealed text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (account_id, endpoint_index)
);

-- Addresses and numbers that a provider says do not exist, or want nothing from us: as keyed hashes.
CREATE TABLE people.dead_address (
    account_id uuid NOT NULL,
    channel text NOT NULL,
    address_index text NOT NULL,
    why text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, channel, address_index)
);

-- What was signed in with lately: keyed hashes of where and with what program.
CREATE TABLE people.device (
    account_id uuid NOT NULL,
    device_index text NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, device_index)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA people TO travellr_app;
