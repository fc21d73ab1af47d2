"""What stands on suspense is explained by two people of finance, and leaves it."""

from typing import Any
from uuid import UUID

import pytest

from commands.explain_entry import ApproveExplanation, ProposeExplanation, RejectExplanation
from commands.reconcile import IdentifyEntry, SuspendEntry
from domain.actor import SYSTEM, Actor
from domain.four_eyes import SecondPersonNeeded
from domain.refusal import NotAllowed, NotFound, VersionMismatch, WrongState
from domain.stray_entry import StrayEntry, stray_entry_id
from domain.stray_entry_events import Explanation
from tests.unit.books import balances
from tests.unit.facts import AUDITOR, FINANCE, OPERATOR, VENDOR, booking_id, confirmed, entry_of, on_offer
from tests.unit.payment_life import COLLEAGUE
from tests.unit.story import Step, Story, given

ENTRY = entry_of("stray", -50_00, 1_00)
ENTRY_ID = stray_entry_id(ENTRY.balance_transaction_id)
SUSPENDED = Step(SuspendEntry(ENTRY, "payout", "po_9"))
APPROVE, REJECT = ApproveExplanation(ENTRY_ID), RejectExplanation(ENTRY_ID)


def propose(account: Any = "bank", booking: UUID | None = None) -> ProposeExplanation:
    return ProposeExplanation(ENTRY_ID, Explanation(account, booking, "bank_transfer", "FIN-142"))


def books(story: Story) -> dict[str, int]:
    return {account: minor for (_, account), minor in balances(story.log.events_after(0)).items()}


def test_it_stays_on_suspense_until_somebody_else_agrees() -> None:
    story = given(SUSPENDED).when(propose(), by=FINANCE).then(StrayEntry.ExplanationProposed)
    assert books(story) == {"stripe.balance": -51_00, "suspense": 51_00}
    story.when(APPROVE, by=FINANCE).then(SecondPersonNeeded)
    story.when(APPROVE, by=COLLEAGUE).then(StrayEntry.Explained)
    assert books(story) == {"stripe.balance": -51_00, "bank": 51_00}


def test_one_that_was_rejected_may_be_explained_otherwise() -> None:
    story = given(SUSPENDED, Step(propose(), FINANCE)).when(REJECT, by=FINANCE).then(StrayEntry.ExplanationRejected)
    story.when(APPROVE, by=COLLEAGUE).then(WrongState)
    story.tell([Step(propose("goodwill"), COLLEAGUE), Step(APPROVE, FINANCE)])
    assert books(story) == {"stripe.balance": -51_00, "goodwill": 51_00}


def test_it_is_explained_once() -> None:
    story = given(SUSPENDED, Step(propose(), FINANCE))
    story.when(propose("goodwill"), by=COLLEAGUE).then(WrongState)
    story.tell(Step(APPROVE, COLLEAGUE))
    for command in (APPROVE, REJECT, propose()):
        story.when(command, by=FINANCE).then(WrongState)


def test_an_event_that_books_it_after_all_takes_the_explanation_back() -> None:
    story = given(SUSPENDED, Step(propose(), FINANCE), Step(APPROVE, COLLEAGUE))
    story.when(IdentifyEntry(ENTRY.balance_transaction_id)).then(StrayEntry.ExplanationWithdrawn, StrayEntry.Identified)
    assert books(story) == {}
    story.when(IdentifyEntry(ENTRY.balance_transaction_id)).then_nothing()


def test_an_event_that_books_it_ends_a_proposal() -> None:
    story = given(SUSPENDED, Step(propose(), FINANCE))
    story.when(IdentifyEntry(ENTRY.balance_transaction_id)).then(StrayEntry.Identified)
    story.when(APPROVE, by=COLLEAGUE).then(WrongState)
    assert books(story) == {}


def test_it_may_be_about_a_booking_that_there_is() -> None:
    story = given(on_offer(), confirmed(), SUSPENDED)
    story.when(propose(booking=UUID(int=5)), by=FINANCE).then(NotFound)
    story.when(propose(booking=booking_id()), by=FINANCE).then(StrayEntry.ExplanationProposed)


def test_what_was_not_suspended_or_looks_otherwise_by_now_is_refused() -> None:
    given(on_offer()).when(propose(), by=FINANCE).then(NotFound)
    story = given(SUSPENDED, Step(propose(), FINANCE))
    story.when(ApproveExplanation(ENTRY_ID, 1), by=COLLEAGUE).then(VersionMismatch)


@pytest.mark.parametrize("by", [VENDOR, OPERATOR, AUDITOR, SYSTEM, Actor(None, "finance")])
def test_only_people_of_finance_may(by: Actor) -> None:
    story = given(SUSPENDED)
    for command in (propose(), APPROVE, REJECT):
        story.when(command, by=by).then(NotAllowed)
