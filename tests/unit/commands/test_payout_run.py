"""A payout run: started once per cadence and period, finished when every vendor has been looked at."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from commands.payout_run import FinishPayoutRun, StartPayoutRun
from domain.actor import SYSTEM, Actor
from domain.ids import payout_run_id
from domain.payout_run import PayoutRun
from domain.periods import NotAPeriod
from domain.refusal import NotAllowed, NotFound
from domain.vendor import Cadence
from tests.unit.facts import AUDITOR, FINANCE, OPERATOR, PERIOD_END, RUN_AT, TICK, TRAVELLER, VENDOR
from tests.unit.story import Step, fact, given

RUN_ID = payout_run_id("weekly", PERIOD_END)
START = StartPayoutRun("weekly", "UTC", PERIOD_END)


@pytest.mark.parametrize("by", [SYSTEM, FINANCE])
def test_a_run_is_for_the_period_that_is_over(by: Actor) -> None:
    given().when(StartPayoutRun("weekly", "UTC"), by=by, at=RUN_AT).then(
        fact(
            PayoutRun.Started,
            originator_id=RUN_ID,
            cadence="weekly",
            period_end=PERIOD_END,
            cutoff=datetime(2026, 4, 27, tzinfo=UTC),
        )
    )


def test_a_run_caught_up_later_in_the_week_is_the_same_run() -> None:
    given(Step(START, at=RUN_AT)).when(
        StartPayoutRun("weekly", "UTC"), at=datetime(2026, 5, 3, 23, 59, tzinfo=UTC)
    ).then_nothing()


def test_the_same_period_twice_is_the_same_run() -> None:
    story = given(Step(START, at=RUN_AT)).when(START, by=FINANCE).then_nothing()
    assert story.done is not None
    assert story.done.result.id == RUN_ID


def test_a_month_ends_on_the_first() -> None:
    given().when(StartPayoutRun("monthly", "Europe/Berlin"), at=datetime(2026, 4, 3, tzinfo=UTC)).then(
        fact(PayoutRun.Started, period_end=date(2026, 4, 1), cutoff=datetime(2026, 3, 31, 22, tzinfo=UTC))
    )


def test_the_day_is_the_platforms_own() -> None:
    """Late on Sunday in UTC it is Monday in Kathmandu already."""
    sunday = datetime(2026, 4, 26, 18, 15, tzinfo=UTC)
    given().when(StartPayoutRun("weekly", "Asia/Kathmandu"), at=sunday).then(
        fact(PayoutRun.Started, period_end=PERIOD_END, cutoff=sunday)
    )
    given().when(StartPayoutRun("weekly", "Asia/Kathmandu"), at=sunday - TICK).then(
        fact(PayoutRun.Started, period_end=date(2026, 4, 20))
    )


@pytest.mark.parametrize(
    ("cadence", "end"),
    [
        ("weekly", date(2026, 4, 26)),
        ("weekly", date(2026, 4, 21)),
        ("monthly", date(2026, 4, 2)),
        ("monthly", date(2026, 3, 31)),
        ("weekly", date(2026, 5, 4)),
        ("monthly", date(2026, 5, 1)),
    ],
)
def test_a_period_must_end_on_a_monday_or_the_first_and_be_over(cadence: Cadence, end: date) -> None:
    given().when(StartPayoutRun(cadence, "UTC", end), at=RUN_AT).then(NotAPeriod)


@pytest.mark.parametrize("by", [TRAVELLER, VENDOR, OPERATOR, AUDITOR])
def test_only_finance_starts_a_run(by: Actor) -> None:
    given().when(START, by=by, at=RUN_AT).then(NotAllowed)


def test_a_run_is_finished_once() -> None:
    story = given(Step(START, at=RUN_AT)).when(FinishPayoutRun(RUN_ID, payouts=3, carried=2))
    story.then(fact(PayoutRun.Finished, payouts=3, carried=2))
    story.when(FinishPayoutRun(RUN_ID, payouts=9, carried=9)).then_nothing()


def test_a_run_that_never_started_cannot_finish() -> None:
    given().when(FinishPayoutRun(UUID(int=1), 0, 0)).then(NotFound)
