"""A comparison is begun and ended once; what nobody knew stands on suspense until somebody does."""

import pytest

from commands.reconcile import (
    FinishReconciliation,
    IdentifyEntry,
    StartReconciliation,
    SuspendEntry,
    daily_run_id,
)
from domain.reconciliation import Reconciliation
from domain.refusal import NotFound
from domain.stray_entry import StrayEntry
from tests.unit.books import balances
from tests.unit.facts import DAY, booking_id, entry_of
from tests.unit.story import T0, Step, given

RUN_ID = booking_id(99)
STRAY = entry_of("stray", -5_00, 25)
SUSPEND = SuspendEntry(STRAY, "other_adjustment", "adj_1")
FINISH = FinishReconciliation(RUN_ID, matched=3, ours_only=0, theirs_only=1, different=0)


def test_a_run_is_begun_and_ended_once() -> None:
    story = given().when(StartReconciliation(RUN_ID)).then(Reconciliation.Started)
    story.when(StartReconciliation(RUN_ID)).then_nothing()
    story.when(FINISH).then(Reconciliation.Finished)
    story.when(FINISH).then_nothing()


def test_a_run_that_was_never_begun_cannot_end() -> None:
    given().when(FINISH).then(NotFound)


def test_there_is_one_run_a_day() -> None:
    today = T0.date()
    assert daily_run_id(today) == daily_run_id(today) != daily_run_id(today + DAY)


def test_what_nobody_knows_is_suspended_once_with_what_it_did_to_the_balance() -> None:
    story = given().when(SUSPEND).then(StrayEntry.Suspended)
    story.when(SUSPEND).then_nothing()
    books = balances(story.log.events_after(0))
    assert books == {("EUR", "stripe.balance"): -5_25, ("EUR", "suspense"): 5_25}


def test_once_it_is_known_suspense_is_empty() -> None:
    story = given(Step(SUSPEND)).when(IdentifyEntry(STRAY.balance_transaction_id)).then(StrayEntry.Identified)
    story.when(IdentifyEntry(STRAY.balance_transaction_id)).then_nothing()
    assert balances(story.log.events_after(0)) == {}


@pytest.mark.parametrize("reference", ["txn_never_seen"])
def test_what_was_never_suspended_cannot_be_identified(reference: str) -> None:
    given().when(IdentifyEntry(reference)).then(NotFound)
