"""Which messages follow from what happens: tasks with ids only, the same ones however often an event is read."""

from typing import Any
from uuid import UUID

from commands.expire_booking import ExpireBooking
from domain.root import Event
from infrastructure.messages.catalogue import CAUSES
from tests.unit.facts import MINUTE, accepted, booking_id, cancelled, confirmed, held, on_offer, requested
from tests.unit.payment_life import CAREFUL
from tests.unit.story import T0, Given, Step, given
from tests.unit.test_golden_events import life
from workers.react import REACT


def told(*story: Given, after: int = 0) -> list[str]:
    """Which messages the story makes due, in its order."""
    return [values["arguments"]["message"] for _, values in _tasks(given(*story).log.events_after(after))]


def _tasks(events: list[Event]) -> list[tuple[UUID, dict[str, Any]]]:
    found = []
    for position, event in enumerate(events, 1):
        for change in REACT.project(event, position) if type(event) in REACT.events else ():
            values: Any = getattr(change, "values", {})
            if values.get("kind") == "message":
                found.append((change.key["task_id"], values))
    return found


def test_both_sides_hear_of_a_booking() -> None:
    assert told(on_offer(), held()) == ["booking_held"]
    assert told(on_offer(), confirmed()) == ["booking_held", "booking_confirmed", "sale_confirmed"]
    assert told(on_offer(), confirmed(), cancelled())[3:] == ["booking_cancelled", "sale_cancelled"]


def test_both_sides_hear_of_a_request() -> None:
    asked = ["booking_held", "booking_requested", "request_received"]
    assert told(on_offer(booking_mode="request"), requested()) == asked
    assert told(on_offer(booking_mode="request"), requested(), accepted()) == [*asked, "booking_accepted"]


def test_who_did_not_pay_hears_of_it_once() -> None:
    expired = Step(ExpireBooking(booking_id()), at=T0 + 15 * MINUTE)
    assert told(on_offer(), held(), expired, expired) == ["booking_held", "booking_expired"]


def test_a_task_says_which_event_it_is_about_and_nothing_else() -> None:
    (task,) = _tasks(given(on_offer(), held()).log.events_after(0))
    assert task[1]["arguments"] == {"message": "booking_held", "stream_id": booking_id(), "version": 1}


def test_every_event_that_is_told_reaches_the_reaction_and_makes_the_same_tasks_again() -> None:
    assert set(REACT.events) >= CAUSES
    events = given(life(), policy=CAREFUL).log.events_after(0)
    tasks = _tasks(events)
    assert tasks == _tasks(events)
    ids = [task_id for task_id, _ in tasks]
    assert len(ids) == len(set(ids)) > 60


def test_nothing_in_a_task_is_personal() -> None:
    for _, values in _tasks(given(life(), policy=CAREFUL).log.events_after(0)):
        assert set(values["arguments"]) == {"message", "stream_id", "version"}
