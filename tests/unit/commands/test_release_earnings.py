"""Make a vendor's pending money available once its settlement delay has passed."""

from commands.release_earnings import ReleaseEarnings
from domain.refusal import NotFound
from domain.vendor_ledger import VendorLedger
from tests.unit.facts import (
    ENDS_AT,
    HOUR,
    TICK,
    VENDOR_ID,
    cancelled,
    completed,
    confirmed,
    ledger_id,
    on_offer,
)
from tests.unit.story import Step, fact, given

RELEASE = ReleaseEarnings(VENDOR_ID, "EUR")
DUE = ENDS_AT + 48 * HOUR


def test_what_was_earned_is_pending_until_the_delay_has_passed() -> None:
    given(on_offer(), confirmed(), completed()).when(RELEASE, at=DUE - TICK).then_nothing()


def test_what_was_earned_is_available_when_the_delay_has_passed() -> None:
    story = given(on_offer(), confirmed(), completed()).when(RELEASE, at=DUE)
    (line,) = story.state(VendorLedger, ledger_id()).lines.values()
    assert line.available
    story.then(fact(VendorLedger.Released, currency="EUR", amount_minor=80_00, line_ids=(line.line_id,)))


def test_everything_that_is_due_is_one_event() -> None:
    story = given(on_offer(), confirmed(1), confirmed(2), completed(1), completed(2))
    story.when(RELEASE, at=DUE).then(fact(VendorLedger.Released, amount_minor=160_00))


def test_only_what_is_due_is_released() -> None:
    early = cancelled(2, at=ENDS_AT - 5 * HOUR)
    story = given(on_offer(), confirmed(1), confirmed(2), early, completed(1))
    story.when(RELEASE, at=DUE - TICK).then(fact(VendorLedger.Released, amount_minor=80_00))
    story.when(RELEASE, at=DUE).then(fact(VendorLedger.Released, amount_minor=80_00))


def test_releasing_twice_is_no_event() -> None:
    given(on_offer(), confirmed(), completed(), Step(RELEASE, at=DUE)).when(RELEASE).then_nothing()


def test_a_vendor_that_does_not_exist_is_not_found() -> None:
    given().when(RELEASE).then(NotFound)
