"""The books that a story's events make: every account's balance, and who has a booking's money."""

from collections import defaultdict
from uuid import UUID

from domain.booking import Booking
from domain.payment import Payment
from domain.postings import posting_of
from domain.root import Event

Balances = dict[tuple[str, str], int]


def balances(events: list[Event]) -> Balances:
    """By (currency, account): debits less credits, accounts that are not 0."""
    totals: Balances = defaultdict(int)
    for event in events:
        posting = posting_of(event)
        for entry in posting.entries if posting else ():
            assert posting is not None
            totals[posting.currency, entry.account] += entry.debit_minor - entry.credit_minor
    return {key: minor for key, minor in totals.items() if minor}


def owed_of(events: list[Event], account: str, owner: UUID, currency: str) -> int:
    """Credits less debits of one booking's (or vendor's) own part of an account."""
    postings = [posting for posting in map(posting_of, events) if posting and posting.currency == currency]
    return sum(
        entry.credit_minor - entry.debit_minor
        for posting in postings
        for entry in posting.entries
        if (entry.account, entry.owner) == (account, owner)
    )


def captured_minor(events: list[Event], booking_id: UUID, currency: str) -> int:
    return sum(
        e.amount_minor
        for e in events
        if isinstance(e, Payment.Captured) and (e.booking_id, e.currency) == (booking_id, currency)
    )


def refunded_minor(events: list[Event], booking_id: UUID, currency: str) -> int:
    """What reached the traveller and has not come back."""
    total = 0
    for e in events:
        match e:
            case Payment.RefundSucceeded() | Payment.RefundOtherwisePaid() if (e.booking_id, e.currency) == (
                booking_id,
                currency,
            ):
                total += e.amount_minor
            case Payment.RefundFailed(had_succeeded=True) if (e.booking_id, e.currency) == (booking_id, currency):
                total -= e.amount_minor
    return total


def earned_minor(events: list[Event], booking_id: UUID, currency: str) -> int:
    """The vendor's and the platform's parts of what stayed."""
    total = 0
    for e in events:
        match e:
            case Booking.Completed() if (e.originator_id, e.currency) == (booking_id, currency):
                total += e.vendor_share_minor + e.platform_share_minor
            case Booking.Cancelled() | Booking.PartCancelled() | Booking.Rescheduled() | Booking.NoShowRecorded() if (
                e.originator_id,
                e.currency,
            ) == (booking_id, currency) and e.outcome:
                total += e.outcome.retained_minor
    return total
