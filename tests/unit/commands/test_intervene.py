"""Taking a task in hand is on record, and for those who run the place only."""

from uuid import UUID

import pytest

from commands.intervene import Intervene
from domain.actor import Actor
from domain.intervention import Intervention
from domain.refusal import NotAllowed, WrongState
from tests.unit.facts import AUDITOR, FINANCE, OPERATOR, TRAVELLER, VENDOR
from tests.unit.story import fact, given

TASK = UUID(int=7)


def test_it_is_on_record() -> None:
    given().when(Intervene(UUID(int=1), TASK, "retry"), by=OPERATOR).then(
        fact(Intervention.Ordered, task_id=TASK, what="retry")
    )


def test_what_is_done_is_done() -> None:
    given().when(Intervene(UUID(int=1), TASK, "park", is_done=True), by=OPERATOR).then(WrongState)


@pytest.mark.parametrize("by", [TRAVELLER, VENDOR, FINANCE, AUDITOR])
def test_others_may_not(by: Actor) -> None:
    given().when(Intervene(UUID(int=1), TASK, "retry"), by=by).then(NotAllowed)
