-- The tables of the CRUD peers: a booking is a row that is changed. The columns and lists are those of our read model.

CREATE TABLE listing (
    id uuid PRIMARY KEY,
    vendor_id uuid NOT NULL,
    title text NOT NULL,
    status text NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    terms jsonb NOT NULL
);

CREATE TABLE departure (
    listing_id uuid NOT NULL REFERENCES listing (id),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    capacity integer NOT NULL,
    taken integer NOT NULL DEFAULT 0,
    PRIMARY KEY (listing_id, starts_at),
    CHECK (taken BETWEEN 0 AND capacity)
);

CREATE TABLE booking (
    id uuid PRIMARY KEY,
    listing_id uuid NOT NULL REFERENCES listing (id),
    vendor_id uuid NOT NULL,
    traveller_id uuid NOT NULL,
    status text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    quantity integer NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    refunded_minor bigint NOT NULL DEFAULT 0,
    terms jsonb NOT NULL,
    expires_at timestamptz,
    payment_id uuid,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL
);
CREATE INDEX booking_of_traveller ON booking (traveller_id, created_at DESC, id);
CREATE INDEX booking_of_vendor ON booking (vendor_id, created_at DESC, id);
CREATE INDEX booking_of_listing ON booking (listing_id, created_at DESC, id);
CREATE INDEX booking_to_expire ON booking (expires_at) WHERE status = 'held';

CREATE TABLE idempotency (
    account_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    status integer NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (account_id, key)
);
