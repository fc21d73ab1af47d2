"""Draft the payout of one vendor, currency and period, or carry the money forward and say why."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from commands.release_earnings import ReleaseEarnings
from domain.ids import payout_id
from domain.payable import minimum_payout_minor
from domain.payout import Payout
from domain.policy import Policy
from domain.refusal import NotFound
from domain.vendor import Vendor
from domain.vendor_ledger import VendorLedger
from tests.unit.facts import (
    CUTOFF,
    DAY,
    HOUR,
    PERIOD_END,
    RUN_AT,
    TICK,
    VENDOR_ID,
    VENDOR_STREAM,
    completed,
    confirmed,
    draft_payout,
    ledger_id,
    on_offer,
    payable,
)
from tests.unit.story import Given, Step, Story, fact, given

PAYOUT_ID = payout_id(VENDOR_ID, "EUR", PERIOD_END)
WHOLE = Policy(commission_bp=0)
PAID = (VendorLedger.Released, VendorLedger.Closed, Vendor.PeriodOpened, VendorLedger.Opened, Payout.Drafted)


def earning(price_minor: int, currency: str = "EUR") -> list[Given]:
    """A vendor that can be paid and has earned this price, without commission."""
    return [
        on_offer(price_minor=price_minor, currency=currency),
        confirmed(price_minor=price_minor, currency=currency),
        payable(),
        completed(),
    ]


def kinds(story: Story) -> set[type]:
    return {type(event) for event in story.new}


def test_fifty_is_paid_and_names_exactly_its_lines() -> None:
    story = given(earning(50_00), policy=WHOLE)
    (line,) = story.state(VendorLedger, ledger_id()).lines.values()
    story.when(draft_payout(), at=RUN_AT)
    assert kinds(story) == set(PAID)
    payout = story.state(Payout, PAYOUT_ID)
    assert (payout.amount_minor, payout.currency, payout.destination) == (50_00, "EUR", "acct_kayak")
    assert [(x.line_id, x.amount_minor, x.available) for x in payout.lines] == [(line.line_id, 50_00, True)]
    closed = story.log.stream(ledger_id())[-1]
    assert isinstance(closed, VendorLedger.Closed)
    assert (closed.payout_id, closed.line_ids) == (PAYOUT_ID, (line.line_id,))


def test_one_cent_less_is_carried_forward_and_says_why() -> None:
    given(earning(49_99), policy=WHOLE).when(draft_payout(), at=RUN_AT).then(
        VendorLedger.Released,
        fact(
            VendorLedger.CarriedForward,
            period_end=PERIOD_END,
            payable_minor=49_99,
            minimum_minor=50_00,
            reason="below minimum",
        ),
    )


def test_it_is_carried_forward_once_a_period() -> None:
    story = given(earning(49_99), policy=WHOLE).when(draft_payout(), at=RUN_AT)
    story.when(draft_payout()).then_nothing()
    story.when(draft_payout(date(2026, 5, 4)), at=RUN_AT + 7 * DAY).then(VendorLedger.CarriedForward)


def test_of_two_cadences_that_end_on_one_day_each_says_what_it_carried() -> None:
    """1 June 2026 is a Monday: the week and the month before it end at once."""
    monday = date(2026, 6, 1)
    weekly, monthly = (replace(draft_payout(monday), cadence=cadence) for cadence in ("weekly", "monthly"))
    story = given(earning(49_99), policy=WHOLE).when(weekly, at=RUN_AT + 60 * DAY)
    story.when(monthly).then(fact(VendorLedger.CarriedForward, cadence="monthly", period_end=monday))
    story.when(monthly).then_nothing()


@pytest.mark.parametrize(("currency", "minimum"), [("EUR", 50_00), ("JPY", 5_000), ("KWD", 15_000), ("HUF", 15_000_00)])
def test_every_currency_has_its_minimum(currency: str, minimum: int) -> None:
    assert minimum_payout_minor(currency) == minimum
    enough = given(earning(minimum, currency), policy=WHOLE).when(draft_payout(currency=currency), at=RUN_AT)
    assert Payout.Drafted in kinds(enough)
    least_step = 10 if currency == "KWD" else 1  # Cards are not charged with a single fils.
    short = given(earning(minimum - least_step, currency), policy=WHOLE).when(
        draft_payout(currency=currency), at=RUN_AT
    )
    assert VendorLedger.CarriedForward in kinds(short)


def test_an_account_that_is_not_ready_is_not_paid() -> None:
    story = given(earning(50_00), payable(ready=False), policy=WHOLE).when(draft_payout(), at=RUN_AT)
    story.then(
        VendorLedger.Released, fact(VendorLedger.CarriedForward, payable_minor=50_00, reason="payout account not ready")
    )


def test_a_vendor_without_an_account_is_not_paid() -> None:
    story = given(on_offer(), confirmed(), completed()).when(draft_payout(), at=RUN_AT)
    story.then(VendorLedger.Released, fact(VendorLedger.CarriedForward, reason="payout account not ready"))


def test_a_period_is_paid_once() -> None:
    story = given(earning(50_00), Step(draft_payout(), at=RUN_AT), policy=WHOLE)
    story.when(draft_payout(), at=RUN_AT + HOUR).then_nothing()
    assert story.done is not None
    assert story.done.result.id == PAYOUT_ID


def test_two_runs_at_once_pay_once() -> None:
    story = given(earning(50_00), policy=WHOLE).when(draft_payout(), at=RUN_AT, meanwhile=Step(draft_payout()))
    assert [type(event) for event in story.new].count(Payout.Drafted) == 1
    assert sorted(type(event).__qualname__ for event in story.new) == sorted(kind.__qualname__ for kind in PAID)


def test_nothing_earned_is_nothing_paid() -> None:
    story = given(on_offer(), payable()).when(draft_payout(), at=RUN_AT)
    assert Payout.Drafted not in kinds(story)
    story.when(draft_payout()).then_nothing()


def test_what_becomes_available_after_the_period_is_left_for_the_next() -> None:
    """A run that is late pays what a punctual one would have paid."""
    late = Policy(commission_bp=0, settlement_delay=CUTOFF - completed_at())
    story = given(earning(50_00), policy=late).when(draft_payout(), at=RUN_AT)
    story.then(VendorLedger.Released)
    story.when(draft_payout(date(2026, 5, 4)), at=RUN_AT + 7 * DAY)
    assert Payout.Drafted in kinds(story)
    punctual = Policy(commission_bp=0, settlement_delay=CUTOFF - completed_at() - TICK)
    assert Payout.Drafted in kinds(given(earning(50_00), policy=punctual).when(draft_payout(), at=RUN_AT))


def completed_at() -> datetime:
    at = completed().at
    assert at is not None
    return at


def test_pending_lines_are_carried_into_the_next_period() -> None:
    """Two bookings earn on the same day; one line is released in time, the other completed too late for the period."""
    second = Step(completed(2).command, at=datetime(2026, 4, 26, tzinfo=UTC))
    story = given(on_offer(), confirmed(1), confirmed(2), payable(), completed(1), second)
    story.when(draft_payout(), at=RUN_AT)
    assert story.state(Payout, PAYOUT_ID).amount_minor == 80_00
    assert story.state(Vendor, VENDOR_STREAM).open_periods == {"EUR": 2}
    (carried,) = story.state(VendorLedger, ledger_id(2)).lines.values()
    assert (carried.amount_minor, carried.available) == (80_00, False)
    story.when(ReleaseEarnings(VENDOR_ID, "EUR"), at=RUN_AT + 2 * DAY).then(
        fact(VendorLedger.Released, originator_id=ledger_id(2), amount_minor=80_00)
    )
    next_end = date(2026, 5, 4)
    story.when(draft_payout(next_end), at=RUN_AT + 7 * DAY)
    (line,) = story.state(Payout, payout_id(VENDOR_ID, "EUR", next_end)).lines
    assert line.line_id == carried.line_id


def test_a_vendor_that_does_not_exist_is_not_found() -> None:
    given().when(draft_payout(), at=RUN_AT).then(NotFound)
