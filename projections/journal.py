"""The double-entry journal, the totals of every account, over all and day by day, and the days that are closed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from domain.daily_close import DailyClose
from domain.posting import Posting
from domain.postings import POSTING_EVENTS, posting_of
from domain.reconciliation import Reconciliation
from domain.root import Event
from projections.change import Add, Change, Projection, Put

# What is reported by days of the platform's time zone.
_BY_QUARTER: Final = frozenset({"commission.revenue", "cancellation.revenue", "booking.unearned"})
_COUNTS: Final = ("run_id", "matched", "ours_only", "theirs_only", "different")


def project(event: Event, position: int) -> Iterator[Change]:
    match event:
        case DailyClose.Closed() as e:
            yield from _closed(e)
        case Reconciliation.Finished() as e:
            yield Put(
                "reconciled",
                {"position": position},
                {
                    "run_id": e.originator_id,
                    "matched": e.matched,
                    "ours_only": e.ours_only,
                    "theirs_only": e.theirs_only,
                    "different": e.different,
                },
            )
        case _:
            posting = posting_of(event)
            if posting is not None:
                yield from _posted(event, posting, position)


def _posted(event: Event, posting: Posting, position: int) -> Iterator[Change]:
    at: datetime = getattr(event, "effective_at", event.timestamp)
    days = {
        "day": at.astimezone(UTC).date(),
        "known_day": event.timestamp.astimezone(UTC).date(),
        "topic": event.TOPIC,
    }
    for line, entry in enumerate(posting.entries):
        sides = {"debit_minor": entry.debit_minor, "credit_minor": entry.credit_minor}
        account = {"account": entry.account, "currency": posting.currency}
        yield Put(
            "journal",
            {"position": position, "line": line},
            {
                "at": at,
                "known_at": event.timestamp if at < event.timestamp else None,
                "topic": event.TOPIC,
                "currency": posting.currency,
                "account": entry.account,
                "owner_id": entry.owner,
                **sides,
                "booking_id": posting.booking_id,
                "vendor_id": posting.vendor_id,
                "provider_ref": posting.provider_ref,
                "stream_id": event.originator_id,
            },
        )
        yield Add("ledger_account", account, sides, makes_row=True)
        yield Add("account_day", {**account, **days}, sides, makes_row=True)
        if entry.account in _BY_QUARTER:
            when = {"quarter": _quarter(at), "topic": event.TOPIC}
            yield Add("account_quarter", {**account, **when}, sides, makes_row=True)


def _quarter(at: datetime) -> datetime:
    """The quarter of an hour that it is in: local midnights stand on one in every time zone of today."""
    utc = at.astimezone(UTC)
    return utc.replace(minute=utc.minute // 15 * 15, second=0, microsecond=0)


def _closed(e: DailyClose.Closed) -> Iterator[Change]:
    found = e.standing.comparison
    comparison: dict[str, Any] = {name: getattr(found, name, None) for name in _COUNTS}
    yield Put(
        "daily_close",
        {"day": e.day},
        {
            "close_id": e.originator_id,
            "time_zone": e.time_zone,
            "cutoff": e.cutoff,
            "position": e.standing.position,
            "clearing_is_zero": e.clearing_is_zero,
            "suspense_is_zero": e.suspense_is_zero,
            **comparison,
            "previous": e.previous,
            "digest": e.digest,
            "closed_at": e.timestamp,
        },
    )
    for total in e.standing.totals:
        yield Put(
            "close_account",
            {"day": e.day, "account": total.account, "currency": total.currency},
            {"debit_minor": total.debit_minor, "credit_minor": total.credit_minor},
        )


JOURNAL = Projection(
    "journal",
    (*POSTING_EVENTS, Reconciliation.Finished, DailyClose.Closed),
    project,
    ("journal", "ledger_account", "account_day", "account_quarter", "daily_close", "close_account", "reconciled"),
)
