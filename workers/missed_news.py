"""News that no webhook brought: after downtime, and every few minutes, whatever Stripe tells and nobody has stored.

Stripe gives up on a webhook after three days and keeps events for thirty (docs.stripe.com/webhooks), so what was missed
is asked for. The inbox stores each event once, so asking for too much does no harm.
"""

import threading
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg
import stripe
import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure.stripe_inbox import STORE, stored_as
from workers.hands import Hands

EVERY_S: Final = 300.0
# Stripe's clock and ours may differ, and an event may be listed a moment after its time.
OVERLAP: Final = timedelta(minutes=5)
# After so long a silence the vendors' own accounts are asked about, too.
DOWNTIME: Final = timedelta(hours=1)
KEPT_FOR: Final = timedelta(days=30)
_LOCK: Final = 824_150_004
_ACCOUNTS: Final = "SELECT stripe_account_id FROM read.vendor WHERE stripe_account_id IS NOT NULL"
_SEEN: Final = "stripe_events_seen_until"

log = structlog.get_logger()


def fetch_missed_news(hands: Hands, *, live: bool, stop: threading.Event) -> None:
    """At the start, and again every few minutes, until told to stop; by one process at a time."""
    while not stop.is_set():
        try:
            with hands.pool.connection() as connection:
                row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
                if row is not None and row[0]:
                    try:
                        fetch_once(connection, hands, live=live)
                    finally:
                        connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
        except (stripe.StripeError, psycopg.Error) as error:
            log.warning("missed_news_not_fetched", error=str(error))
        stop.wait(EVERY_S)


def fetch_once(connection: Connection[TupleRow], hands: Hands, *, live: bool) -> int:
    """Store what happened since the last time; how many events nobody had stored."""
    now = datetime.now(UTC)
    seen_until = _seen_until(connection) or now
    since = max(seen_until - OVERLAP, now - KEPT_FOR)
    accounts: list[str | None] = [None]
    if now - seen_until > DOWNTIME:
        accounts += [account for (account,) in connection.execute(_ACCOUNTS)]
    missed, newest = 0, now
    for account in accounts:
        for happened_at, news in hands.stripe.news.since(since, account):
            newest = max(newest, happened_at)
            if news.livemode == live:
                missed += connection.execute(STORE, stored_as(news)).rowcount
    connection.execute(
        "INSERT INTO ops.setting VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
        (_SEEN, newest.isoformat()),
    )
    if missed:
        log.info("missed_news_stored", events=missed)
    return missed


def _seen_until(connection: Connection[TupleRow]) -> datetime | None:
    row = connection.execute("SELECT value FROM ops.setting WHERE key = %s", (_SEEN,)).fetchone()
    return datetime.fromisoformat(row[0]) if row else None
