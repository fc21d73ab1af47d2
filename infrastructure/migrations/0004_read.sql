-- The read models. Every table is filled by one follower and can be rebuilt from the log.

CREATE TABLE read.account (
    account_id uuid PRIMARY KEY,
    role text NOT NULL,
    status text NOT NULL,
    email_verified boolean NOT NULL,
    second_factor boolean NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX account_newest ON read.account (created_at DESC, account_id);

-- Text as it is searched: small letters without accents, and nothing between words but spaces, so that what is written
-- and what is asked for fall into the same words.
CREATE FUNCTION read.plain(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(regexp_replace(lower(normalize(p_text, NFKD)), '[\u0300-\u036f]', '', 'g'),
                     '-_./\:@&''"<>()[]{}#+*=|!?,;~^%$`', repeat(' ', 32))
$$;

-- What matches all the words of `p_words`, in the parts of a text with these weights ('' is all of them). A word of three
-- letters or more is also found as the beginning of a longer one.
CREATE FUNCTION read.words_wanted(p_words text, p_weights text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsquery('simple', coalesce(string_agg(
               quote_literal(word) || ':' || p_weights || CASE WHEN length(word) > 2 THEN '*' ELSE '' END, ' & '), ''))
      FROM regexp_split_to_table(read.plain(p_words), '\s+') AS word WHERE word <> ''
$$;

CREATE TABLE read.listing (
    listing_id uuid PRIMARY KEY,
    vendor_id uuid NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    place text NOT NULL,
    kind text NOT NULL,
    time_zone text NOT NULL,
    check_in text NOT NULL,
    check_out text NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    terms jsonb NOT NULL,
    booking_mode text NOT NULL,
    answer_within text NOT NULL,
    status text NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL,
    search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', read.plain(title)), 'A')
        || setweight(to_tsvector('simple', read.plain(place)), 'B')
        || setweight(to_tsvector('simple', read.plain(description)), 'C')) STORED
);
CREATE INDEX listing_newest ON read.listing (created_at DESC, listing_id);
CREATE INDEX listing_of_vendor ON read.listing (vendor_id, created_at DESC, listing_id);
-- Without a list of pending entries: a search would go through all of it.
CREATE INDEX listing_search ON read.listing USING gin (search) WITH (fastupdate = off);

CREATE TABLE read.booking (
    booking_id uuid PRIMARY KEY,
    listing_id uuid NOT NULL,
    vendor_id uuid NOT NULL,
    traveller_id uuid NOT NULL,
    status text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    kind text NOT NULL,
    cells integer NOT NULL,
    quantity integer NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    commission_bp integer NOT NULL,
    refunded_minor bigint NOT NULL DEFAULT 0,
    terms jsonb NOT NULL,
    expires_at timestamptz,
    answer_by timestamptz,
    asked_at timestamptz,
    paid boolean NOT NULL DEFAULT false,
    payment_id uuid,
    pending_change jsonb,
    change_expires_at timestamptz,
    payment_reminded timestamptz,
    answer_reminded timestamptz,
    trip_reminded timestamptz,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX booking_of_traveller ON read.booking (traveller_id, created_at DESC, booking_id);
CREATE INDEX booking_of_vendor ON read.booking (vendor_id, created_at DESC, booking_id);
CREATE INDEX booking_newest ON read.booking (created_at DESC, booking_id);
CREATE INDEX booking_of_listing ON read.booking (listing_id, created_at DESC, booking_id);
CREATE INDEX booking_to_complete ON read.booking (ends_at) WHERE status = 'confirmed';
CREATE INDEX booking_to_remind ON read.booking (starts_at) WHERE status = 'confirmed';
CREATE INDEX booking_to_expire ON read.booking (expires_at) WHERE status IN ('held', 'awaiting_payment');
CREATE INDEX booking_to_lapse ON read.booking (answer_by) WHERE status = 'awaiting_vendor';
CREATE INDEX booking_change_to_expire ON read.booking (change_expires_at) WHERE change_expires_at IS NOT NULL;
CREATE INDEX booking_live_of_listing ON read.booking (listing_id, starts_at)
    WHERE status IN ('held', 'awaiting_payment', 'awaiting_vendor', 'confirmed');

CREATE TABLE read.departure_cancellation (
    run_id uuid PRIMARY KEY,
    listing_id uuid NOT NULL,
    starts_from timestamptz NOT NULL,
    starts_before timestamptz NOT NULL,
    currency text NOT NULL,
    reason text NOT NULL,
    started_by uuid NOT NULL,
    expected integer NOT NULL,
    done integer NOT NULL DEFAULT 0,
    remaining integer NOT NULL DEFAULT 0,
    refund_minor bigint NOT NULL DEFAULT 0,
    status text NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX departure_cancellation_newest ON read.departure_cancellation (created_at DESC, run_id);

-- How far each booking got and when, for figures over time.
CREATE TABLE read.booking_milestone (
    booking_id uuid PRIMARY KEY,
    listing_id uuid NOT NULL,
    currency text NOT NULL,
    status text NOT NULL,
    held_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX milestone_held ON read.booking_milestone (held_at);
CREATE INDEX milestone_ended ON read.booking_milestone (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE read.payment (
    payment_id uuid PRIMARY KEY,
    booking_id uuid NOT NULL,
    vendor_id uuid NOT NULL,
    traveller_id uuid NOT NULL,
    status text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    capture text NOT NULL,
    capture_before timestamptz,
    captured_minor bigint NOT NULL DEFAULT 0,
    refunded_minor bigint NOT NULL DEFAULT 0,
    unresolved_step text,
    unresolved_since timestamptz,
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
CREATE INDEX payment_unresolved ON read.payment (unresolved_since) WHERE unresolved_since IS NOT NULL;
CREATE INDEX payment_authorised ON read.payment (capture_before) WHERE status = 'authorised';

CREATE TABLE read.refund (
    refund_id uuid PRIMARY KEY,
    payment_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    at_fault text NOT NULL,
    proposed_by uuid,
    decided_by uuid,
    stripe_refund_id text,
    failure_code text,
    paid_otherwise text,
    attempt integer NOT NULL DEFAULT 1,
    unresolved_since timestamptz,
    changed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX refund_of_payment ON read.refund (payment_id, created_at DESC, refund_id);
CREATE INDEX refund_newest ON read.refund (created_at DESC, refund_id);
CREATE INDEX refund_waiting ON read.refund (status) WHERE status IN ('awaiting_approval', 'failed');
CREATE UNIQUE INDEX refund_of_stripe ON read.refund (stripe_refund_id);

CREATE TABLE read.vendor (
    vendor_id uuid PRIMARY KEY,
    cadence text NOT NULL,
    account_requested boolean NOT NULL DEFAULT false,
    stripe_account_id text,
    ready boolean NOT NULL DEFAULT false,
    requirements jsonb NOT NULL DEFAULT '[]',
    bank_account_id text,
    payouts_on_hold boolean NOT NULL DEFAULT false,
    payout_method text NOT NULL DEFAULT 'stripe',
    clawback_bp integer NOT NULL DEFAULT 10000,
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
    booking_id uuid,
    kind text NOT NULL,
    amount_minor bigint NOT NULL,
    earned_at timestamptz NOT NULL,
    available_from timestamptz NOT NULL,
    state text NOT NULL,
    payout_id uuid
);
CREATE INDEX vendor_line_waiting ON read.vendor_line (vendor_id, currency, available_from) WHERE state <> 'paid_out';
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
    amount_minor bigint NOT NULL,
    known_at timestamptz
);
CREATE INDEX statement_of_vendor ON read.statement_line (vendor_id, position);

CREATE TABLE read.payout (
    payout_id uuid PRIMARY KEY,
    vendor_id uuid NOT NULL,
    currency text NOT NULL,
    cadence text NOT NULL,
    period_end date NOT NULL,
    amount_minor bigint NOT NULL,
    status text NOT NULL,
    method text NOT NULL,
    destination text NOT NULL,
    on_hold boolean NOT NULL DEFAULT false,
    returned boolean NOT NULL DEFAULT false,
    transfer_id text,
    stripe_payout_id text,
    reversal_id text,
    failure_code text,
    unresolved_at timestamptz,
    unresolved_why text,
    file_id uuid,
    paid_at timestamptz,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX payout_of_file ON read.payout (file_id) WHERE file_id IS NOT NULL;
CREATE INDEX payout_for_file ON read.payout (created_at, payout_id)
    WHERE method = 'bank_transfer' AND status = 'drafted' AND NOT on_hold;
CREATE INDEX payout_of_vendor ON read.payout (vendor_id, created_at DESC, payout_id);
CREATE INDEX payout_of_period ON read.payout (period_end, created_at DESC, payout_id);
CREATE INDEX payout_newest ON read.payout (created_at DESC, payout_id);
CREATE INDEX payout_of_status ON read.payout (status, created_at DESC, payout_id);
CREATE UNIQUE INDEX payout_of_stripe ON read.payout (stripe_payout_id);

-- What a payout was drafted with, for ever: a line that came back stands in the next payout, too.
CREATE TABLE read.payout_line (
    payout_id uuid NOT NULL,
    line_id uuid NOT NULL,
    booking_id uuid,
    kind text NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    earned_at timestamptz NOT NULL,
    PRIMARY KEY (payout_id, line_id)
);
CREATE INDEX payout_line_in_order ON read.payout_line (payout_id, earned_at, line_id);
CREATE INDEX payout_line_of_booking ON read.payout_line (booking_id) WHERE booking_id IS NOT NULL;

-- Files for our bank: payouts by bank transfer.
CREATE TABLE read.payment_file (
    file_id uuid PRIMARY KEY,
    currency text NOT NULL,
    payouts integer NOT NULL,
    total_minor bigint NOT NULL,
    execution_date date NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX payment_file_newest ON read.payment_file (created_at DESC, file_id);

-- Who was not paid for a period, and why.
CREATE TABLE read.payout_carried (
    vendor_id uuid NOT NULL,
    currency text NOT NULL,
    cadence text NOT NULL,
    period_end date NOT NULL,
    payable_minor bigint NOT NULL,
    minimum_minor bigint NOT NULL,
    reason text NOT NULL,
    carried_at timestamptz NOT NULL,
    PRIMARY KEY (vendor_id, currency, cadence, period_end)
);
CREATE INDEX payout_carried_of_period ON read.payout_carried (cadence, period_end, vendor_id, currency);

CREATE TABLE read.payout_run (
    run_id uuid PRIMARY KEY,
    cadence text NOT NULL,
    period_end date NOT NULL,
    cutoff timestamptz NOT NULL,
    status text NOT NULL,
    waiting integer NOT NULL DEFAULT 0,
    payouts integer NOT NULL DEFAULT 0,
    carried integer NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL,
    finished_at timestamptz
);

-- `at` is when an entry took effect; `known_at` when it was written, where that was later.
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
    stream_id uuid,
    known_at timestamptz,
    PRIMARY KEY (position, line),
    CHECK (debit_minor = 0 OR credit_minor = 0)
);
CREATE INDEX journal_at_stripe ON read.journal (account, position)
    WHERE account IN ('stripe.clearing', 'stripe.balance', 'suspense');
CREATE INDEX journal_of_booking ON read.journal (booking_id, position) WHERE booking_id IS NOT NULL;

CREATE TABLE read.ledger_account (
    account text NOT NULL,
    currency text NOT NULL,
    debit_minor bigint NOT NULL DEFAULT 0,
    credit_minor bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account, currency)
);
