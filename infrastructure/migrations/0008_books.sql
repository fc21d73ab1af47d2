-- The books: every entry balances, whoever writes it; what Stripe says moved; and what is contested.

-- A posting is written by one statement, so it is checked once a statement and not once a row (ADR 0017).
-- Rows of one position may come in parts only from somebody who mends by hand: then the table itself is asked.
CREATE FUNCTION read.refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    suspects bigint[] := ARRAY(
        SELECT position FROM written GROUP BY position, currency HAVING sum(debit_minor) <> sum(credit_minor));
    found record;
BEGIN
    IF cardinality(suspects) > 0 THEN
        EXECUTE format(
            'SELECT position, currency, sum(debit_minor) AS debit, sum(credit_minor) AS credit FROM %I.%I'
            ' WHERE position = ANY($1) GROUP BY position, currency HAVING sum(debit_minor) <> sum(credit_minor)'
            ' LIMIT 1', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO found USING suspects;
        IF found.position IS NOT NULL THEN
            RAISE EXCEPTION 'the entry at position % does not balance in %: debit %, credit %',
                found.position, found.currency, found.debit, found.credit
                USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_balanced';
        END IF;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER journal_balanced_when_made AFTER INSERT ON read.journal
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION read.refuse_unbalanced();
CREATE TRIGGER journal_balanced_when_changed AFTER UPDATE ON read.journal
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION read.refuse_unbalanced();

CREATE TABLE read.dispute (
    dispute_id uuid PRIMARY KEY,
    stripe_dispute_id text NOT NULL,
    payment_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    vendor_id uuid NOT NULL,
    status text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    reason text NOT NULL,
    withdrawn_minor bigint NOT NULL DEFAULT 0,
    fee_minor bigint NOT NULL DEFAULT 0,
    reserved_minor bigint NOT NULL DEFAULT 0,
    evidence_sent integer NOT NULL DEFAULT 0,
    respond_by timestamptz,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    version bigint NOT NULL
);
CREATE INDEX dispute_newest ON read.dispute (created_at DESC, dispute_id);
CREATE INDEX dispute_of_vendor ON read.dispute (vendor_id, created_at DESC, dispute_id);
CREATE INDEX dispute_of_booking ON read.dispute (booking_id);
CREATE INDEX dispute_open ON read.dispute (respond_by) WHERE ended_at IS NULL;

CREATE TABLE read.reconciliation (
    run_id uuid PRIMARY KEY,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    matched bigint,
    ours_only bigint,
    theirs_only bigint,
    different bigint,
    version bigint NOT NULL
);
CREATE INDEX reconciliation_newest ON read.reconciliation (started_at DESC, run_id);

-- What nobody knew in time, and what people of finance say it is.
CREATE TABLE read.stray_entry (
    entry_id uuid PRIMARY KEY,
    balance_transaction_id text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    kind text NOT NULL,
    source text,
    status text NOT NULL,
    account text,
    booking_id uuid,
    reason text,
    document text,
    proposed_by uuid,
    decided_by uuid,
    decided_at timestamptz,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX stray_entry_newest ON read.stray_entry (created_at DESC, entry_id);
CREATE INDEX stray_entry_of_status ON read.stray_entry (status, created_at DESC, entry_id);

-- What Stripe said moved its balance, word for word. No read model: it is their word, not ours, and no rebuild makes it.
CREATE TABLE ops.stripe_entry (
    balance_transaction_id text PRIMARY KEY,
    kind text NOT NULL,
    source text,
    gross_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    currency text NOT NULL,
    made_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- How far Stripe's list has been read: everything made before `since` is known. A reading that was broken off goes on
-- behind `after_id`; once it is whole, `since` becomes `newest`.
CREATE TABLE ops.stripe_reading (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    since timestamptz,
    newest timestamptz,
    after_id text
);
INSERT INTO ops.stripe_reading DEFAULT VALUES;
