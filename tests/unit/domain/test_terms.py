"""Cancellation terms: deadlines fixed when the place is held, and one pure function that decides."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.refusal import InvalidTerms
from domain.terms import PRESETS, By, Grace, Terms, Tier, cancellation, checked, freeze
from tests.unit.domain.test_duration import CHANGES, noon

TICK = timedelta(microseconds=1)
BOOKED = datetime(2026, 1, 1, tzinfo=UTC)
START = datetime(2026, 6, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("terms", PRESETS.values(), ids=PRESETS.keys())
def test_every_preset_makes_sense(terms: Terms) -> None:
    assert checked(terms) is terms


@pytest.mark.parametrize(
    "terms",
    [
        Terms("no tiers", ()),
        Terms("rising time", (Tier("P1D", 100), Tier("P2D", 100))),
        Terms("the same time twice", (Tier("P1D", 100), Tier("PT24H", 100))),
        Terms("rising refund", (Tier("P2D", 100), Tier("P1D", 101))),
        Terms("too much back", (Tier("P1D", 10_001),)),
        Terms("less than nothing back", (Tier("P1D", -1),)),
        Terms("negative fee", (Tier("P1D", 0),), fee_minor=-1),
        Terms("no-show above all", (Tier("P1D", 0),), no_show_bp=10_001),
        Terms("no-show below nothing", (Tier("P1D", 0),), no_show_bp=-1),
        Terms("no duration", (Tier("a week", 0),)),
        Terms("no grace", (Tier("P1D", 0),), Grace("soon", "P7D")),
        Terms("no distance", (Tier("P1D", 0),), Grace("P1D", "far")),
    ],
    ids=lambda terms: terms.name,
)
def test_terms_that_contradict_themselves_are_refused(terms: Terms) -> None:
    with pytest.raises(InvalidTerms):
        checked(terms)


def test_terms_may_refund_the_same_at_two_deadlines() -> None:
    checked(Terms("flat", (Tier("P2D", 10_000), Tier("P1D", 10_000)), no_show_bp=10_000))


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_a_deadline_is_frozen_as_an_instant_from_local_time(zone: str, day: date, hours: float) -> None:
    start = noon(day, zone).astimezone(UTC)
    frozen = freeze(PRESETS["flexible"], starts_at=start, booked_at=BOOKED, time_zone=zone)
    until = start - timedelta(hours=hours)
    assert [deadline.until for deadline in frozen.deadlines] == [until, start]
    refunds = [
        cancellation(frozen, price_minor=100, commission_bp=0, now=now, by="traveller").refund_minor
        for now in (until - TICK, until, until + TICK)
    ]
    assert refunds == [100, 100, 0]


@pytest.mark.parametrize(
    ("booked_before", "until"),
    [
        (timedelta(days=30), timedelta(days=29)),
        (timedelta(days=8), timedelta(days=7)),
        (timedelta(days=7, hours=12), timedelta(days=7)),
    ],
)
def test_the_grace_ends_with_its_time_or_its_distance_from_the_start(
    booked_before: timedelta, until: timedelta
) -> None:
    frozen = freeze(PRESETS["moderate"], starts_at=START, booked_at=START - booked_before, time_zone="UTC")
    assert frozen.grace is not None
    assert frozen.grace.until == START - until


def test_who_books_too_late_has_no_grace() -> None:
    booked = START - timedelta(days=3)
    frozen = freeze(PRESETS["moderate"], starts_at=START, booked_at=booked, time_zone="UTC")
    outcome = cancellation(frozen, price_minor=100_00, commission_bp=2_000, now=booked, by="traveller")
    assert (outcome.refund_minor, outcome.valid_until) == (50_00, START - timedelta(days=2))


def test_a_fee_is_kept_of_every_refund_and_never_more_than_it() -> None:
    terms = Terms("fee", (Tier("P7D", 10_000), Tier("P1D", 1_000), Tier("PT0S", 0)), fee_minor=15_00)
    frozen = freeze(terms, starts_at=START, booked_at=BOOKED, time_zone="UTC")
    refunds = [
        cancellation(frozen, price_minor=100_00, commission_bp=0, now=START - timedelta(days=d), by="traveller")
        for d in (8, 3, 0)
    ]
    assert [outcome.refund_minor for outcome in refunds] == [85_00, 0, 0]


def test_after_the_last_deadline_nothing_comes_back() -> None:
    terms = Terms("early birds", (Tier("P7D", 10_000),))
    frozen = freeze(terms, starts_at=START, booked_at=BOOKED, time_zone="UTC")
    outcome = cancellation(frozen, price_minor=100, commission_bp=0, now=START - timedelta(days=6), by="traveller")
    assert (outcome.refund_minor, outcome.valid_until) == (0, None)


@settings(deadline=None, max_examples=200)
@given(
    price=st.integers(0, 99_999_999),
    commission_bp=st.integers(0, 10_000),
    preset=st.sampled_from(list(PRESETS)),
    days=st.integers(-2, 40),
    by=st.sampled_from(["traveller", "vendor", "platform"]),
)
def test_refund_and_shares_always_add_up_to_the_price(
    price: int, commission_bp: int, preset: str, days: int, by: By
) -> None:
    frozen = freeze(PRESETS[preset], starts_at=START, booked_at=START - timedelta(days=30), time_zone="UTC")
    now = START - timedelta(days=days)
    outcome = cancellation(frozen, price_minor=price, commission_bp=commission_bp, now=now, by=by)
    parts = (outcome.refund_minor, outcome.vendor_share_minor, outcome.platform_share_minor)
    assert min(parts) >= 0
    assert sum(parts) == price
