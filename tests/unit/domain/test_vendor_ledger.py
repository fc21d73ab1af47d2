"""The vendor's ledger by itself: what the commands above it never ask twice."""

from datetime import timedelta

import pytest

from domain.vendor_ledger import VendorLedger
from domain.vendor_line import Line
from tests.unit.facts import CUTOFF, ENDS_AT, VENDOR_ID, booking_id, ledger_id

LINE = Line(booking_id(9), booking_id(), "completed", 80_00, ENDS_AT, ENDS_AT + timedelta(hours=48))


def ledger() -> VendorLedger:
    return VendorLedger.open(
        stream_id=ledger_id(), vendor_id=VENDOR_ID, currency="EUR", number=1, carried=(), now=ENDS_AT
    )


def test_a_line_is_earned_once() -> None:
    period = ledger()
    period.earn(LINE, now=ENDS_AT)
    period.earn(LINE, now=ENDS_AT)
    assert (period.version, period.remaining_lines) == (2, (LINE,))


def test_a_line_that_was_carried_over_is_not_earned_again() -> None:
    period = VendorLedger.open(
        stream_id=ledger_id(2), vendor_id=VENDOR_ID, currency="EUR", number=2, carried=(LINE,), now=ENDS_AT
    )
    period.earn(LINE, now=ENDS_AT)
    assert period.version == 1


def test_a_closed_period_is_closed() -> None:
    period = ledger()
    period.close(payout_id=booking_id(8), cutoff=CUTOFF, now=CUTOFF)
    with pytest.raises(AssertionError):
        period.earn(LINE, now=CUTOFF)
    with pytest.raises(AssertionError):
        period.release_due(now=CUTOFF)
