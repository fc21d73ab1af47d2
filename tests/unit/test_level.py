"""Whom the schedule waits for before the clock moves on: followers that have something to read."""

from projections.bookings import BOOKINGS
from workers.schedule import concerns


def test_a_follower_is_waited_for_if_it_reads_such_events() -> None:
    assert concerns("booking.held", BOOKINGS.name)
    assert not concerns("vendor_ledger.released", BOOKINGS.name)


def test_an_event_that_nobody_knows_stops_everybody() -> None:
    assert concerns("booking.from_the_future", BOOKINGS.name)


def test_a_follower_that_is_not_known_here_may_read_any_event() -> None:
    assert concerns("vendor_ledger.released", "of another version")
