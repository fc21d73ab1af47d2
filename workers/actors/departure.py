"""Cancelling the bookings of a departure that the platform has cancelled, one by one, all money back."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from commands.cancel_departure import CancelAffectedBooking, FinishDepartureCancellation
from domain.booking import HasEnded, PaymentInProgress
from domain.contested import PaymentDisputed
from domain.departure_cancellation import DepartureCancellation
from domain.refusal import WrongState
from projections.bookings import BOOKINGS
from queries.departure_cancellations import AFFECTED, range_of
from workers.actors.argument import uuid_of
from workers.board import Leased
from workers.hands import Hands, NotYet

BATCH_MAX: Final = 200
BEHIND_S: Final = 0.3
PAYING_S: Final = 3.0

_NEXT: Final = f"SELECT b.booking_id {AFFECTED} AND b.booking_id > %(after)s ORDER BY b.booking_id LIMIT %(limit)s"


def cancel_departure(task: Leased, hands: Hands) -> None:
    """Cancel what is live, then finish. Begun again after a crash, it finds what is left.

    The run has closed its cells, so whoever has read the log as far as its start knows every booking there will be.
    """
    run = hands.load(DepartureCancellation, uuid_of(task, "run_id"))
    _wait_for_bookings(hands, run.id)
    disputed = paying = 0
    for booking_id in _affected(hands, run):
        try:
            hands.record(task, CancelAffectedBooking(run.id, booking_id), closes=False)
        except (WrongState, HasEnded):
            pass  # It is over by now: cancelled before, run out, completed, or about to be.
        except PaymentDisputed:
            disputed += 1
        except PaymentInProgress:
            paying += 1
    if paying:
        raise NotYet(PAYING_S, f"{paying} bookings are just being paid")
    hands.record(task, FinishDepartureCancellation(run.id, left=disputed))


def _wait_for_bookings(hands: Hands, run_id: UUID) -> None:
    """Raises NotYet until the read model of bookings has got to the start of the run."""
    with hands.pool.connection() as connection:
        row = connection.execute(
            "SELECT notification_id, coalesce((SELECT position FROM ops.follower WHERE name = %s), 0)"
            " FROM log.events WHERE originator_id = %s AND originator_version = 1",
            (BOOKINGS.name, run_id),
        ).fetchone()
    assert row is not None
    if row[1] < row[0]:
        raise NotYet(BEHIND_S, f"bookings are read to {row[1]}, it began at {row[0]}")


def _affected(hands: Hands, run: DepartureCancellation) -> Iterator[UUID]:
    after = UUID(int=0)
    while True:
        asked = range_of(run.listing_id, run.starts_from, run.starts_before) | {"after": after, "limit": BATCH_MAX}
        with hands.pool.connection() as connection:
            ids = [row[0] for row in connection.execute(_NEXT.encode(), asked).fetchall()]
        yield from ids
        if len(ids) < BATCH_MAX:
            return
        after = ids[-1]
