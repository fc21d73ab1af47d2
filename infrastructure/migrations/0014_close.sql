-- The daily close of the books, and what reports by local day are counted from. All of it belongs to the journal's
-- follower, so that an entry and the close that makes it late are always seen together.

CREATE TABLE read.daily_close (
    day date PRIMARY KEY,
    close_id uuid NOT NULL,
    time_zone text NOT NULL,
    cutoff timestamptz NOT NULL,
    position bigint NOT NULL,
    clearing_is_zero boolean NOT NULL,
    suspense_is_zero boolean NOT NULL,
    run_id uuid,
    matched bigint,
    ours_only bigint,
    theirs_only bigint,
    different bigint,
    previous text,
    digest text NOT NULL,
    closed_at timestamptz NOT NULL
);
-- The newest close before an entry: that it is late is asked of every line that is shown.
CREATE INDEX daily_close_in_order ON read.daily_close (position, day);

CREATE TABLE read.close_account (
    day date NOT NULL,
    account text NOT NULL,
    currency text NOT NULL,
    debit_minor bigint NOT NULL,
    credit_minor bigint NOT NULL,
    PRIMARY KEY (day, account, currency)
);

-- Comparisons with Stripe that have finished, by where in the log: a close names the newest before it.
CREATE TABLE read.reconciled (
    position bigint PRIMARY KEY,
    run_id uuid NOT NULL,
    matched bigint NOT NULL,
    ours_only bigint NOT NULL,
    theirs_only bigint NOT NULL,
    different bigint NOT NULL
);

-- What income and unearned money moved in each quarter of an hour: the days of every time zone begin on one, so a
-- rebuild needs no setting, and reports by local day do not look at single entries.
CREATE TABLE read.account_quarter (
    account text NOT NULL,
    currency text NOT NULL,
    quarter timestamptz NOT NULL,
    topic text NOT NULL,
    debit_minor bigint NOT NULL DEFAULT 0,
    credit_minor bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account, currency, quarter, topic)
);
CREATE INDEX account_quarter_in_time ON read.account_quarter (account, quarter);
