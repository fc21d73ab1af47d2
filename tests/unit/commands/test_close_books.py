"""A day is closed when it is over, once, after the day before it; its digest holds the digest of that one."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from commands.close_books import CloseBooks
from domain.actor import Actor
from domain.daily_close import AccountTotal, DailyClose, DayBeforeOpen, DayNotOver, Standing, daily_close_id, digest_of
from domain.refusal import NotAllowed
from tests.unit.close_facts import CLOSE_ONE, CLOSE_TWO, DAY_ONE, DAY_TWO, STANDING
from tests.unit.story import Step, fact, given

NEXT_DAY = datetime(2026, 3, 3, tzinfo=UTC)


def test_a_day_is_closed_when_it_is_over_and_not_before() -> None:
    given().when(CLOSE_ONE, at=NEXT_DAY - timedelta(seconds=1)).then(DayNotOver)
    given().when(CLOSE_ONE, at=NEXT_DAY).then(
        fact(DailyClose.Closed, day=DAY_ONE, cutoff=NEXT_DAY, standing=STANDING, previous=None)
    )


def test_over_is_what_the_platforms_time_zone_says() -> None:
    berlin = replace(CLOSE_ONE, time_zone="Europe/Berlin")
    given().when(berlin, at=NEXT_DAY - timedelta(hours=1)).then(
        fact(DailyClose.Closed, cutoff=NEXT_DAY - timedelta(hours=1))
    )
    given().when(replace(CLOSE_ONE, time_zone="America/New_York"), at=NEXT_DAY).then(DayNotOver)


def test_it_is_closed_once_and_stays_as_it_was_closed() -> None:
    story = given(Step(CLOSE_ONE, at=NEXT_DAY))
    story.when(replace(CLOSE_ONE, standing=Standing(9, (), None))).then_nothing()
    assert story.done is not None
    assert story.done.result.standing == STANDING


def test_of_two_that_close_a_day_at_once_one_does() -> None:
    story = given().when(CLOSE_ONE, at=NEXT_DAY, meanwhile=Step(CLOSE_ONE))
    assert [type(event) for event in story.new] == [DailyClose.Closed]


def test_days_are_closed_in_order_and_each_holds_the_digest_of_the_one_before() -> None:
    later = NEXT_DAY + timedelta(days=1)
    given().when(CLOSE_TWO, at=later).then(DayBeforeOpen)
    story = given(Step(CLOSE_ONE, at=later))
    before = story.state(DailyClose, daily_close_id(DAY_ONE))
    story.when(CLOSE_TWO).then(fact(DailyClose.Closed, day=DAY_TWO, previous=before.digest))


def test_books_that_were_read_before_the_day_before_was_closed_are_not_sealed() -> None:
    story = given(Step(CLOSE_ONE, at=NEXT_DAY + timedelta(days=1)))
    story.when(replace(CLOSE_TWO, standing=replace(STANDING, position=6))).then(DayBeforeOpen)


@pytest.mark.parametrize("role", ["traveller", "vendor", "operator", "auditor"])
def test_only_finance_and_the_schedule_close(role: str) -> None:
    given().when(CLOSE_ONE, by=Actor(uuid4(), role), at=NEXT_DAY).then(NotAllowed)  # type: ignore[arg-type]
    given().when(CLOSE_ONE, by=Actor(uuid4(), "finance"), at=NEXT_DAY).then(DailyClose.Closed)


def test_it_says_whether_clearing_and_suspense_are_0() -> None:
    given().when(CLOSE_ONE, at=NEXT_DAY).then(fact(DailyClose.Closed, clearing_is_zero=True, suspense_is_zero=True))
    open_ones = (AccountTotal("stripe.clearing", "EUR", 2, 1), AccountTotal("suspense", "JPY", 0, 1))
    command = CloseBooks(DAY_ONE, "UTC", Standing(7, open_ones, None), is_first=True)
    given().when(command, at=NEXT_DAY).then(fact(DailyClose.Closed, clearing_is_zero=False, suspense_is_zero=False))


def test_anybody_can_make_the_digest_from_what_is_shown() -> None:
    """As an auditor would, without any code of ours: RFC 8785 for ASCII texts and whole numbers below 2^53."""
    comparison = STANDING.comparison
    assert comparison is not None
    shown = {
        "day": "2026-03-02",
        "time_zone": "UTC",
        "cutoff": "2026-03-03T00:00:00Z",
        "position": 7,
        "clearing_is_zero": True,
        "suspense_is_zero": True,
        "reconciliation": {
            "run_id": str(comparison.run_id),
            "matched": 1,
            "ours_only": 0,
            "theirs_only": 2,
            "different": 1,
        },
        "totals": [[t.account, t.currency, str(t.debit_minor), str(t.credit_minor)] for t in STANDING.totals],
        "previous": None,
    }
    canonical = json.dumps(shown, sort_keys=True, separators=(",", ":")).encode()
    assert digest_of(DAY_ONE, "UTC", NEXT_DAY, STANDING, None) == hashlib.sha256(canonical).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        replace(STANDING, position=8),
        replace(STANDING, totals=STANDING.totals[:-1]),
        replace(STANDING, totals=(replace(STANDING.totals[0], credit_minor=100_01), *STANDING.totals[1:])),
        replace(STANDING, comparison=None),
    ],
)
def test_whatever_is_sealed_changes_the_digest(other: Standing) -> None:
    known = digest_of(DAY_ONE, "UTC", NEXT_DAY, STANDING, None)
    assert digest_of(DAY_ONE, "UTC", NEXT_DAY, other, None) != known
    assert digest_of(DAY_ONE, "UTC", NEXT_DAY, STANDING, known) != known
    assert digest_of(DAY_TWO, "UTC", NEXT_DAY, STANDING, None) != known
