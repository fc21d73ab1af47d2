"""Cancellation terms: deadlines fixed when the place is held, and one pure function that decides."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.duration import instant_before, parse_duration
from domain.money import platform_share_minor
from domain.refusal import InvalidTerms
from domain.terms import (
    PRESETS,
    By,
    FrozenTerms,
    Grace,
    Outcome,
    Stake,
    Terms,
    Tier,
    cancellation,
    checked,
    freeze,
    no_show,
    refreeze,
)
from tests.unit.clock_changes import CHANGES, noon

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
    frozen = freeze(PRESETS["flexible"], starts_at=start, booked_at=BOOKED, time_zone=zone, currency="EUR")
    until = start - timedelta(hours=hours)
    assert [deadline.until for deadline in frozen.deadlines] == [until, start]
    refunds = [
        cancellation(frozen, Stake(100, 0), now=now, by="traveller").refund_minor
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
    frozen = freeze(
        PRESETS["moderate"], starts_at=START, booked_at=START - booked_before, time_zone="UTC", currency="EUR"
    )
    assert frozen.grace is not None
    assert frozen.grace.until == START - until


def test_who_books_too_late_has_no_grace() -> None:
    booked = START - timedelta(days=3)
    frozen = freeze(PRESETS["moderate"], starts_at=START, booked_at=booked, time_zone="UTC", currency="EUR")
    outcome = cancellation(frozen, Stake(100_00, 2_000), now=booked, by="traveller")
    assert (outcome.refund_minor, outcome.valid_until) == (50_00, START - timedelta(days=2))


def test_a_fee_is_kept_of_every_refund_and_never_more_than_it() -> None:
    terms = Terms("fee", (Tier("P7D", 10_000), Tier("P1D", 1_000), Tier("PT0S", 0)), fee_minor=15_00)
    frozen = freeze(terms, starts_at=START, booked_at=BOOKED, time_zone="UTC", currency="EUR")
    refunds = [cancellation(frozen, Stake(100_00, 0), now=START - timedelta(days=d), by="traveller") for d in (8, 3, 0)]
    assert [outcome.refund_minor for outcome in refunds] == [85_00, 0, 0]


def test_after_the_last_deadline_nothing_comes_back() -> None:
    terms = Terms("early birds", (Tier("P7D", 10_000),))
    frozen = freeze(terms, starts_at=START, booked_at=BOOKED, time_zone="UTC", currency="EUR")
    outcome = cancellation(frozen, Stake(100, 0), now=START - timedelta(days=6), by="traveller")
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
    frozen = freeze(
        PRESETS[preset], starts_at=START, booked_at=START - timedelta(days=30), time_zone="UTC", currency="EUR"
    )
    now = START - timedelta(days=days)
    outcome = cancellation(frozen, Stake(price, commission_bp), now=now, by=by)
    parts = (outcome.refund_minor, outcome.vendor_share_minor, outcome.platform_share_minor)
    assert min(parts) >= 0
    assert sum(parts) == price


def frozen_at(terms: Terms, start: datetime = START, *, booked: datetime = BOOKED, zone: str = "UTC") -> FrozenTerms:
    return freeze(terms, starts_at=start, booked_at=booked, time_zone=zone, currency="EUR")


def cancelled(terms: FrozenTerms, now: datetime, price: int = 100_00) -> Outcome:
    return cancellation(terms, Stake(price, 2_000), now=now, by="traveller")


@pytest.mark.parametrize(
    ("terms", "before", "clause"),
    [
        (PRESETS["moderate"], 8, "Moderate: full refund until 7 days before the start ({}, 12:00 Europe/Berlin)."),
        (PRESETS["moderate"], 3, "Moderate: 50 % refund until 2 days before the start ({}, 12:00 Europe/Berlin)."),
        (PRESETS["moderate"], 1, "Moderate: no refund later than 2 days before the start ({}, 12:00 Europe/Berlin)."),
        (PRESETS["moderate"], -1, "Moderate: no refund later than 2 days before the start ({}, 12:00 Europe/Berlin)."),
        (PRESETS["non_refundable"], 9, "Non-refundable: no refund."),
        (PRESETS["non_refundable"], -1, "Non-refundable: no refund."),
        (
            Terms("own", (Tier("PT36H", 2_550), Tier("PT0S", 0)), fee_minor=5_00),
            2,
            "Own: 25.5 % refund, less a fee of EUR 5.00, until 36 hours before the start ({}, 00:00 Europe/Berlin).",
        ),
        (
            Terms("to the end", (Tier("PT0S", 5_000),)),
            0,
            "To the end: 50 % refund until the start ({}, 12:00 Europe/Berlin).",
        ),
    ],
)
def test_a_clause_is_a_sentence_with_the_local_time_of_its_deadline(terms: Terms, before: int, clause: str) -> None:
    day = {7: "Mon 25 May 2026", 2: "Sat 30 May 2026", 36: "Sun 31 May 2026", 0: "Mon 1 June 2026"}
    said = next(
        (day[n] for n, word in ((7, "7 days"), (2, "2 days"), (36, "36 hours"), (0, "the start")) if word in clause), ""
    )
    frozen = frozen_at(terms, zone="Europe/Berlin")
    assert cancelled(frozen, START - timedelta(days=before)).clause == clause.format(said)


def test_the_grace_is_said_with_its_end() -> None:
    frozen = frozen_at(PRESETS["strict"], booked=START - timedelta(days=30), zone="Asia/Kathmandu")
    assert cancelled(frozen, START - timedelta(days=29)).clause == (
        "Strict: full refund within 48 hours of booking (until Mon 4 May 2026, 15:45 Asia/Kathmandu)."
    )


TIERS = Terms("tiers", (Tier("P7D", 10_000), Tier("P1D", 5_000), Tier("PT12H", 2_500), Tier("PT0S", 0)))


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
@pytest.mark.parametrize("tier", range(3))
def test_every_deadline_holds_to_its_last_instant_when_the_clocks_change(
    zone: str, day: date, hours: float, tier: int
) -> None:
    start = noon(day, zone).astimezone(UTC)
    frozen = frozen_at(TIERS, start, zone=zone)
    until = start - (timedelta(days=6, hours=hours), timedelta(hours=hours), timedelta(hours=12))[tier]
    refunds = [cancelled(frozen, now).refund_minor for now in (until, until + TICK)]
    assert frozen.deadlines[tier].until == until
    assert refunds == [TIERS.tiers[n].refund_bp for n in (tier, tier + 1)]


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_a_grace_of_a_day_ends_at_the_same_time_of_the_next_day(zone: str, day: date, hours: float) -> None:
    """Booked at noon before the clocks change; of 24 hours it is 24 hours."""
    booked = noon(day, zone).astimezone(UTC) - timedelta(hours=hours)
    start = booked + timedelta(days=60)
    by_day = frozen_at(Terms("d", (Tier("PT0S", 0),), Grace("P1D", "P7D")), start, booked=booked, zone=zone)
    by_hours = frozen_at(Terms("h", (Tier("PT0S", 0),), Grace("PT24H", "P7D")), start, booked=booked, zone=zone)
    assert by_day.grace is not None
    assert by_hours.grace is not None
    assert (by_day.grace.until - booked, by_hours.grace.until - booked) == (timedelta(hours=hours), timedelta(hours=24))


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize(
    ("zone", "local"),
    [
        ("Europe/Berlin", datetime(2026, 10, 25, 2, 30)),  # noqa: DTZ001 -- placed in the zone below
        ("America/New_York", datetime(2026, 11, 1, 1, 30)),  # noqa: DTZ001
        ("Australia/Lord_Howe", datetime(2026, 4, 5, 1, 45)),  # noqa: DTZ001
    ],
)
def test_a_start_in_the_hour_that_comes_twice_is_its_own_last_deadline(zone: str, local: datetime, fold: int) -> None:
    start = local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)
    frozen = frozen_at(Terms("to the end", (Tier("PT1H", 10_000), Tier("PT0S", 5_000))), start, zone=zone)
    assert [deadline.until for deadline in frozen.deadlines] == [start - timedelta(hours=1), start]


@pytest.mark.parametrize(
    ("name", "days", "refunds"),
    [
        ("moderate", 8, [100_00, 50_00, 0]),
        ("moderate", 7, [100_00, 50_00, 0]),
        ("moderate", 6, [50_00, 50_00, 0]),
        ("moderate", 1, [0, 0, 0]),
        ("flexible", 2, [100_00, 100_00, 0]),
        ("flexible", 0, [0, 0, 0]),
    ],
)
def test_terms_for_another_start_are_never_better_than_cancelling_now(name: str, days: int, refunds: list[int]) -> None:
    other = START + timedelta(days=90)
    old = frozen_at(PRESETS[name])
    moved_at = START - timedelta(days=days) + (TICK if days == 0 else timedelta())
    new = refreeze(old, starts_at=other, now=moved_at, currency="EUR")
    assert [cancelled(new, other - timedelta(days=d)).refund_minor for d in (30, 3, 0)] == refunds
    assert new.grace is None
    assert [d.until for d in new.deadlines] == [
        instant_before(other, parse_duration(tier.before), "UTC") for tier in PRESETS[name].tiers
    ]


def test_within_the_grace_a_new_start_keeps_the_tiers_but_not_the_grace() -> None:
    booked = START - timedelta(days=30)
    new = refreeze(frozen_at(PRESETS["strict"], booked=booked), starts_at=START, now=booked, currency="EUR")
    assert cancelled(new, booked).refund_minor == 50_00


@pytest.mark.parametrize(
    ("no_show_bp", "refund", "clause"),
    [(0, 0, "no refund"), (2_500, 25_00, "25 % refund"), (10_000, 100_00, "full refund")],
)
def test_who_does_not_come_gets_the_no_show_share_back(no_show_bp: int, refund: int, clause: str) -> None:
    frozen = frozen_at(Terms("own", (Tier("PT0S", 0),), no_show_bp=no_show_bp))
    outcome = no_show(frozen, Stake(100_00, 2_000))
    assert (outcome.refund_minor, outcome.clause) == (refund, f"Not shown up: {clause}.")
    assert outcome.platform_share_minor == platform_share_minor(100_00 - refund, 2_000)


@settings(deadline=None, max_examples=200)
@given(parts=st.lists(st.integers(0, 99_999), min_size=1, max_size=6), commission_bp=st.integers(0, 10_000))
def test_what_is_kept_of_many_parts_is_split_as_if_it_were_one(parts: list[int], commission_bp: int) -> None:
    frozen = frozen_at(PRESETS["moderate"])
    kept = platform = 0
    for part in parts:
        outcome = cancellation(frozen, Stake(part, commission_bp, kept), now=START - timedelta(days=3), by="traveller")
        kept += outcome.retained_minor
        platform += outcome.platform_share_minor
    assert platform == platform_share_minor(kept, commission_bp)
