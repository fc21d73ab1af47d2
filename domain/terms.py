"""Cancellation terms: what a traveller gets back, decided by one pure function for preview and cancellation alike."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from domain.duration import instant_before, parse_duration
from domain.money import BASIS_POINTS, platform_share_minor
from domain.refusal import InvalidTerms

By = Literal["traveller", "vendor", "platform"]


@dataclass(frozen=True, slots=True)
class Tier:
    """A cancellation at least `before` the start is refunded `refund_bp` basis points of the price."""

    before: str
    refund_bp: int


@dataclass(frozen=True, slots=True)
class Grace:
    """Full refund `within` a time of booking, if the start is still `at_least_before_start` away."""

    within: str
    at_least_before_start: str


@dataclass(frozen=True, slots=True)
class Terms:
    name: str
    tiers: tuple[Tier, ...]
    grace: Grace | None = None
    fee_minor: int = 0
    no_show_bp: int = 0
    partial: Literal["allowed", "refused"] = "refused"


PRESETS: dict[str, Terms] = {
    "flexible": Terms("flexible", (Tier("P1D", 10_000), Tier("PT0S", 0))),
    "moderate": Terms("moderate", (Tier("P7D", 10_000), Tier("P2D", 5_000), Tier("PT0S", 0)), Grace("PT24H", "P7D")),
    "strict": Terms("strict", (Tier("P7D", 5_000), Tier("PT0S", 0)), Grace("PT48H", "P14D")),
    "non_refundable": Terms("non_refundable", (Tier("PT0S", 0),)),
}


def checked(terms: Terms) -> Terms:
    """These terms, if they make sense: tiers strictly descending in time, refunds never rising. Raises InvalidTerms."""
    seconds = [parse_duration(tier.before).total_seconds for tier in terms.tiers]
    if not seconds or any(later >= earlier for earlier, later in pairwise(seconds)):
        raise InvalidTerms("Tiers must be listed from the longest to the shortest time before the start, at least one.")
    refunds = [tier.refund_bp for tier in terms.tiers]
    if any(later > earlier for earlier, later in pairwise(refunds)):
        raise InvalidTerms("A later cancellation may not be refunded more than an earlier one.")
    if not all(0 <= bp <= BASIS_POINTS for bp in (*refunds, terms.no_show_bp)) or terms.fee_minor < 0:
        raise InvalidTerms("Refunds are 0 to 10000 basis points, fees not negative.")
    if terms.grace:
        parse_duration(terms.grace.within)
        parse_duration(terms.grace.at_least_before_start)
    return terms


@dataclass(frozen=True, slots=True)
class Deadline:
    """Cancelled at or before `until` (UTC): `refund_bp` back, by `clause`."""

    until: datetime
    refund_bp: int
    clause: str


@dataclass(frozen=True, slots=True)
class FrozenTerms:
    """Terms as one booking has them, every deadline an instant: fixed when the place is held, never looked up again."""

    name: str
    deadlines: tuple[Deadline, ...]
    fee_minor: int
    no_show_bp: int
    partial: Literal["allowed", "refused"]
    grace: Deadline | None


def freeze(terms: Terms, *, starts_at: datetime, booked_at: datetime, time_zone: str) -> FrozenTerms:
    """The deadlines of these terms for one booking, as UTC instants from the listing's local time."""
    deadlines = tuple(
        Deadline(
            instant_before(starts_at, parse_duration(tier.before), time_zone),
            tier.refund_bp,
            f"{terms.name}: {tier.refund_bp / 100:g} % back until {tier.before} before the start",
        )
        for tier in terms.tiers
    )
    grace = None
    if terms.grace:
        within = booked_at + timedelta(seconds=parse_duration(terms.grace.within).total_seconds)
        latest = instant_before(starts_at, parse_duration(terms.grace.at_least_before_start), time_zone)
        clause = (
            f"{terms.name}: full refund within {terms.grace.within} of booking,"
            f" {terms.grace.at_least_before_start} or more before the start"
        )
        grace = Deadline(min(within, latest), BASIS_POINTS, clause)
    return FrozenTerms(terms.name, deadlines, terms.fee_minor, terms.no_show_bp, terms.partial, grace)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cancellation does with the price: refund + vendor's share + platform's share = price, in minor units."""

    refund_minor: int
    vendor_share_minor: int
    platform_share_minor: int
    clause: str
    valid_until: datetime | None


def cancellation(terms: FrozenTerms, *, price_minor: int, commission_bp: int, now: datetime, by: By) -> Outcome:
    """Who gets what if the booking is cancelled at `now`. Exactly at a deadline counts as before it.

    A vendor or the platform that cancels is at fault: everything goes back (domain.md, Booking).
    """
    if by != "traveller":
        return Outcome(price_minor, 0, 0, f"cancelled by the {by}: 100 % back", None)
    if terms.grace and now <= terms.grace.until:
        return Outcome(price_minor, 0, 0, terms.grace.clause, terms.grace.until)
    for deadline in terms.deadlines:
        if now <= deadline.until:
            refund = max(0, price_minor * deadline.refund_bp // BASIS_POINTS - terms.fee_minor)
            return _outcome(price_minor, refund, commission_bp, deadline.clause, deadline.until)
    return _outcome(price_minor, 0, commission_bp, f"{terms.name}: nothing back after the last deadline", None)


def _outcome(price_minor: int, refund_minor: int, commission_bp: int, clause: str, until: datetime | None) -> Outcome:
    retained = price_minor - refund_minor
    platform = platform_share_minor(retained, commission_bp)
    return Outcome(refund_minor, retained - platform, platform, clause, until)
