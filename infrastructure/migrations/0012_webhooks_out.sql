-- Webhooks out: whom vendors want to be told, what they are to be told, and each try to tell them.

CREATE TABLE read.webhook_endpoint (
    endpoint_id uuid PRIMARY KEY,
    vendor_id uuid NOT NULL,
    url text NOT NULL,
    types jsonb NOT NULL,
    status text NOT NULL,
    disabled_because text,
    generation integer NOT NULL DEFAULT 1,
    rotated_at timestamptz,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX webhook_endpoint_of_vendor ON read.webhook_endpoint (vendor_id, created_at DESC, endpoint_id);

CREATE SCHEMA webhook;

-- The same rows as the follower that makes deliveries knows them, exact at its own checkpoint: an event is told to those
-- who were registered when it happened, whatever the read model has got to.
CREATE TABLE webhook.webhook_endpoint (LIKE read.webhook_endpoint INCLUDING ALL);

-- One event for one endpoint; `delivery_id` is its webhook-id. What it says is read from the log when it is sent, so
-- nothing of it is kept here. `tries` are those since it was last asked for, `attempt` has all of them. A ping is of no
-- event and has no position.
CREATE TABLE webhook.delivery (
    delivery_id uuid PRIMARY KEY,
    endpoint_id uuid NOT NULL,
    type text NOT NULL,
    position bigint,
    stream_id uuid NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed', 'dropped')),
    tries integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz
);
CREATE INDEX delivery_of_endpoint ON webhook.delivery (endpoint_id, created_at DESC, delivery_id);
CREATE INDEX delivery_pending ON webhook.delivery (endpoint_id) WHERE state = 'pending';
CREATE INDEX delivery_done ON webhook.delivery (done_at) WHERE done_at IS NOT NULL;

CREATE TABLE webhook.attempt (
    delivery_id uuid NOT NULL REFERENCES webhook.delivery ON DELETE CASCADE,
    number integer NOT NULL,
    at timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    status_code integer,
    error text,
    PRIMARY KEY (delivery_id, number)
);

-- Since when nothing has got through to an endpoint; no row while all is well.
CREATE TABLE webhook.failing (
    endpoint_id uuid PRIMARY KEY,
    since timestamptz NOT NULL
);

GRANT USAGE ON SCHEMA webhook TO travellr_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA webhook TO travellr_app;
