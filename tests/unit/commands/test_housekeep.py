"""A round of housekeeping is begun and ended once; by the schedule it is a task, on demand it is not."""

from commands.housekeep import FinishHousekeeping, StartHousekeeping, nightly_round_id
from domain.housekeeping import Housekeeping, Tidied
from domain.refusal import NotFound
from projections.change import Once
from tests.unit.facts import DAY, booking_id
from tests.unit.story import T0, given
from workers.react import react

RUN_ID = booking_id(98)
REPORT = (Tidied("archive", found=3, done=1), Tidied("prune_tasks", found=0, done=2))
FINISH = FinishHousekeeping(RUN_ID, REPORT)


def test_a_round_is_begun_and_ended_once() -> None:
    story = given().when(StartHousekeeping(RUN_ID, scheduled=True)).then(Housekeeping.Started)
    story.when(StartHousekeeping(RUN_ID, scheduled=True)).then_nothing()
    story.when(FINISH).then(Housekeeping.Finished)
    story.when(FINISH).then_nothing()


def test_a_round_that_was_never_begun_cannot_end() -> None:
    given().when(FINISH).then(NotFound)


def test_there_is_one_round_a_night() -> None:
    night = T0.date()
    assert nightly_round_id(night) == nightly_round_id(night) != nightly_round_id(night + DAY)


def test_the_report_says_what_is_left_over_and_never_less_than_nothing() -> None:
    assert [tidied.left for tidied in REPORT] == [2, 0]


def test_only_the_schedule_leaves_a_task() -> None:
    for scheduled, kinds in ((True, ["housekeep"]), (False, [])):
        story = given().when(StartHousekeeping(RUN_ID, scheduled=scheduled)).then(Housekeeping.Started)
        (started,) = story.log.events_after(0)
        tasks = [change for change in react(started, 7) if isinstance(change, Once)]
        assert [task.values["kind"] for task in tasks] == kinds
