"""The double-entry journal, and the totals of every account, over all and day by day."""

from collections.abc import Iterator
from datetime import UTC, datetime

from domain.postings import POSTING_EVENTS, posting_of
from domain.root import Event
from projections.change import Add, Change, Projection, Put


def project(event: Event, position: int) -> Iterator[Change]:
    posting = posting_of(event)
    if posting is None:
        return
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


JOURNAL = Projection("journal", POSTING_EVENTS, project, ("journal", "ledger_account", "account_day"))
