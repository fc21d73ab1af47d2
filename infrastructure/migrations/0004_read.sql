-- The read models. Every table is filled by one follower and can be rebuilt from the log.

CREATE TABLE read.account (
    account_id uuid PRIMARY KEY,
    role text NOT NULL,
    status text NOT NULL,
    sealed jsonb NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE read.listing (
    listing_id uuid PRIMARY KEY,
    vendor_id uuid NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    kind text NOT NULL,
    time_zone text NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    terms jsonb NOT NULL,
    status text NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX listing_newest ON read.listing (created_at DESC, listing_id);
CREATE INDEX listing_of_vendor ON read.listing (vendor_id, created_at DESC, listing_id);

CREATE TABLE read.booking (
    booking_id uuid PRIMARY KEY,
    listing_id uuid NOT NULL,
    vendor_id uuid NOT NULL,
    traveller_id uuid NOT NULL,
    status text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    quantity integer NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    commission_bp integer NOT NULL,
    refunded_minor bigint NOT NULL DEFAULT 0,
    terms jsonb NOT NULL,
    expires_at timestamptz,
    payment_id uuid,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX booking_of_traveller ON read.booking (traveller_id, created_at DESC, booking_id);
CREATE INDEX booking_of_vendor ON read.booking (vendor_id, created_at DESC, booking_id);
CREATE INDEX booking_newest ON read.booking (created_at DESC, booking_id);
CREATE INDEX booking_of_listing ON read.booking (listing_id, created_at DESC, booking_id);
CREATE INDEX booking_to_complete ON read.booking (ends_at) WHERE status = 'confirmed';
CREATE INDEX booking_to_expire ON read.booking (expires_at) WHERE status IN ('held', 'awaiting_payment');

CREATE TABLE read.payment (
    payment_id uuid PRIMARY KEY,
    booking_id uuid NOT NULL,
    vendor_id uuid NOT NULL,
    traveller_id uuid NOT NULL,
    status text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    captured_minor bigint NOT NULL DEFAULT 0,
    refunded_minor bigint NOT NULL DEFAULT 0,
    intent_id text,
    charge_id text,
    failure_code text,
    decline_code text,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX payment_of_booking ON read.payment (booking_id, created_at DESC, payment_id);
CREATE INDEX payment_of_traveller ON read.payment (traveller_id, created_at DESC, payment_id);
CREATE INDEX payment_of_vendor ON read.payment (vendor_id, created_at DESC, payment_id);
CREATE INDEX payment_newest ON read.payment (created_at DESC, payment_id);
CREATE UNIQUE INDEX payment_of_intent ON read.payment (intent_id);

CREATE TABLE read.refund (
    refund_id uuid PRIMARY KEY,
    payment_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    at_fault text NOT NULL,
    stripe_refund_id text,
    created_at timestamptz NOT NULL
);
CREATE INDEX refund_of_payment ON read.refund (payment_id);
CREATE UNIQUE INDEX refund_of_stripe ON read.refund (stripe_refund_id);

CREATE TABLE read.vendor (
    vendor_id uuid PRIMARY KEY,
    cadence text NOT NULL,
    account_requested boolean NOT NULL DEFAULT false,
    stripe_account_id text,
    ready boolean NOT NULL DEFAULT false,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX vendor_of_stripe ON read.vendor (stripe_account_id);

CREATE TABLE read.vendor_balance (
    vendor_id uuid NOT NULL,
    currency text NOT NULL,
    pending_minor bigint NOT NULL DEFAULT 0,
    available_minor bigint NOT NULL DEFAULT 0,
    reserved_minor bigint NOT NULL DEFAULT 0,
    in_transit_minor bigint NOT NULL DEFAULT 0,
    paid_out_minor bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (vendor_id, currency)
);

CREATE TABLE read.vendor_line (
    line_id uuid PRIMARY KEY,
    vendor_id uuid NOT NULL,
    currency text NOT NULL,
    booking_id uuid NOT NULL,
    kind text NOT NULL,
    amount_minor bigint NOT NULL,
    earned_at timestamptz NOT NULL,
    available_from timestamptz NOT NULL,
    state text NOT NULL,
    payout_id uuid
);
CREATE INDEX vendor_line_unpaid ON read.vendor_line (available_from) WHERE state <> 'paid_out';
CREATE INDEX vendor_line_pending ON read.vendor_line (available_from) WHERE state = 'pending';
CREATE INDEX vendor_line_of_vendor ON read.vendor_line (vendor_id, currency, state);
CREATE INDEX vendor_line_of_payout ON read.vendor_line (payout_id) WHERE payout_id IS NOT NULL;

CREATE TABLE read.statement_line (
    position bigint PRIMARY KEY,
    vendor_id uuid NOT NULL,
    currency text NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    booking_id uuid,
    payout_id uuid,
    amount_minor bigint NOT NULL
);
CREATE INDEX statement_of_vendor ON read.statement_line (vendor_id, currency, position);

CREATE TABLE read.payout (
    payout_id uuid PRIMARY KEY,
    vendor_id uuid NOT NULL,
    currency text NOT NULL,
    cadence text NOT NULL,
    period_end date NOT NULL,
    amount_minor bigint NOT NULL,
    status text NOT NULL,
    destination text NOT NULL,
    transfer_id text,
    stripe_payout_id text,
    failure_code text,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX payout_of_vendor ON read.payout (vendor_id, created_at DESC, payout_id);
CREATE INDEX payout_of_period ON read.payout (period_end, created_at DESC, payout_id);
CREATE UNIQUE INDEX payout_of_stripe ON read.payout (stripe_payout_id);

CREATE TABLE read.payout_run (
    run_id uuid PRIMARY KEY,
    cadence text NOT NULL,
    period_end date NOT NULL,
    cutoff timestamptz NOT NULL,
    status text NOT NULL,
    payouts integer NOT NULL DEFAULT 0,
    carried integer NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL,
    finished_at timestamptz
);

CREATE TABLE read.journal (
    position bigint NOT NULL,
    line integer NOT NULL,
    at timestamptz NOT NULL,
    topic text NOT NULL,
    currency text NOT NULL,
    account text NOT NULL,
    owner_id uuid,
    debit_minor bigint NOT NULL CHECK (debit_minor >= 0),
    credit_minor bigint NOT NULL CHECK (credit_minor >= 0),
    booking_id uuid,
    vendor_id uuid,
    provider_ref text,
    PRIMARY KEY (position, line),
    CHECK (debit_minor = 0 OR credit_minor = 0)
);
CREATE INDEX journal_of_booking ON read.journal (booking_id, position) WHERE booking_id IS NOT NULL;

CREATE TABLE read.ledger_account (
    account text NOT NULL,
    currency text NOT NULL,
    debit_minor bigint NOT NULL DEFAULT 0,
    credit_minor bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account, currency)
);
