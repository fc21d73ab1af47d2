-- What finance works with beside the journal: adjustments, totals by day, and closed days.

CREATE TABLE read.adjustment (
    adjustment_id uuid PRIMARY KEY,
    vendor_id uuid NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    reason text NOT NULL,
    document text NOT NULL,
    effective_at timestamptz,
    status text NOT NULL,
    proposed_by uuid NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX adjustment_newest ON read.adjustment (created_at DESC, adjustment_id);
CREATE INDEX adjustment_of_vendor ON read.adjustment (vendor_id, created_at DESC, adjustment_id);
CREATE INDEX adjustment_of_status ON read.adjustment (status, created_at DESC, adjustment_id);

-- What every account moved on each day (UTC), by when it took effect, when it became known, and by what kind of event:
-- the trial balance of any instant is the days before it and the entries of one day, however long the history.
CREATE TABLE read.account_day (
    account text NOT NULL,
    currency text NOT NULL,
    day date NOT NULL,
    known_day date NOT NULL,
    topic text NOT NULL,
    debit_minor bigint NOT NULL DEFAULT 0,
    credit_minor bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account, currency, day, known_day, topic)
);
CREATE INDEX journal_at ON read.journal (at);
CREATE INDEX journal_known ON read.journal (known_at) WHERE known_at IS NOT NULL;

-- What every vendor's statement gained on each day (UTC) on which it became known: the order of positions.
CREATE TABLE read.statement_day (
    vendor_id uuid NOT NULL,
    currency text NOT NULL,
    day date NOT NULL,
    amount_minor bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (vendor_id, currency, day)
);
CREATE INDEX statement_at ON read.statement_line (vendor_id, at, position) WHERE known_at IS NULL;
CREATE INDEX statement_backdated ON read.statement_line (vendor_id, position) WHERE known_at IS NOT NULL;
CREATE INDEX vendor_balance_owing ON read.vendor_balance (vendor_id, currency) WHERE available_minor < 0;
CREATE INDEX account_day_by_day ON read.account_day (account, day);
