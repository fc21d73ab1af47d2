"""Cancellation terms: what a traveller gets back, decided by one pure function for preview and cancellation alike."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from domain.duration import instant_after, instant_before, parse_duration
from domain.money import BASIS_POINTS, refund_shares_minor
from domain.refusal import InvalidTerms
from domain.terms_in_words import grace_clause, no_show_clause, tier_clauses

By = Literal["traveller", "vendor", "platform"]
Partial = Literal["allowed", "refused"]


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
    """`fee_minor` is kept of every refund, `no_show_bp` of the price goes back to who did not come."""

    name: str
    tiers: tuple[Tier, ...]
    grace: Grace | None = None
    fee_minor: int = 0
    no_show_bp: int = 0
    partial: Partial = "refused"


PRESETS: dict[str, Terms] = {
    "flexible": Terms("flexible", (Tier("P1D", 10_000), Tier("PT0S", 0)), partial="allowed"),
    "moderate": Terms(
        "moderate",
        (Tier("P7D", 10_000), Tier("P2D", 5_000), Tier("PT0S", 0)),
        Grace("PT24H", "P7D"),
        partial="allowed",
    ),
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
    """Cancelled at or before `until` (UTC): `refund_bp` back, by `clause`. `before` is the tier it was made from."""

    until: datetime
    refund_bp: int
    clause: str
    before: str


@dataclass(frozen=True, slots=True)
class FrozenTerms:
    """Terms as one booking has them, every deadline an instant: fixed when the place is held, never looked up again.

    `lapsed` is the clause that holds when the last deadline has passed.
    """

    name: str
    deadlines: tuple[Deadline, ...]
    fee_minor: int
    no_show_bp: int
    partial: Partial
    grace: Deadline | None
    time_zone: str
    lapsed: str


def freeze(terms: Terms, *, starts_at: datetime, booked_at: datetime, time_zone: str, currency: str) -> FrozenTerms:
    """The deadlines of these terms for one booking, as UTC instants from the listing's local time."""
    deadlines, lapsed = _deadlines(terms.name, terms.tiers, terms.fee_minor, starts_at, time_zone, currency)
    grace = None
    if terms.grace:
        within = instant_after(booked_at, parse_duration(terms.grace.within), time_zone)
        latest = instant_before(starts_at, parse_duration(terms.grace.at_least_before_start), time_zone)
        until = min(within, latest)
        clause = grace_clause(terms.name, terms.grace.within, until, time_zone)
        grace = Deadline(until, BASIS_POINTS, clause, terms.grace.at_least_before_start)
    return FrozenTerms(
        terms.name, deadlines, terms.fee_minor, terms.no_show_bp, terms.partial, grace, time_zone, lapsed
    )


def refreeze(terms: FrozenTerms, *, starts_at: datetime, now: datetime, currency: str) -> FrozenTerms:
    """The same terms for another start, never better than a cancellation at `now` would be.

    Else moving a booking far away and cancelling it there would be a way around the terms.
    """
    most_bp = _applying(terms, now).refund_bp
    tiers = tuple(Tier(deadline.before, min(deadline.refund_bp, most_bp)) for deadline in terms.deadlines)
    deadlines, lapsed = _deadlines(terms.name, tiers, terms.fee_minor, starts_at, terms.time_zone, currency)
    return replace(terms, deadlines=deadlines, grace=None, lapsed=lapsed)


@lru_cache(maxsize=1_000)  # Everybody who books the same departure has the same ones.
def _deadlines(
    name: str, tiers: tuple[Tier, ...], fee_minor: int, starts_at: datetime, time_zone: str, currency: str
) -> tuple[tuple[Deadline, ...], str]:
    untils = [instant_before(starts_at, parse_duration(tier.before), time_zone) for tier in tiers]
    said = [(tier.before, tier.refund_bp, until) for tier, until in zip(tiers, untils, strict=True)]
    clauses, lapsed = tier_clauses(name, said, fee_minor, time_zone, currency)
    deadlines = tuple(
        Deadline(until, tier.refund_bp, clause, tier.before)
        for tier, until, clause in zip(tiers, untils, clauses, strict=True)
    )
    return deadlines, lapsed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a price: refund + vendor's share + platform's share = price, in minor units."""

    refund_minor: int
    vendor_share_minor: int
    platform_share_minor: int
    clause: str
    valid_until: datetime | None

    @property
    def retained_minor(self) -> int:
        return self.vendor_share_minor + self.platform_share_minor


@dataclass(frozen=True, slots=True)
class Stake:
    """The money that an outcome is about: a price, or a part's. `retained_minor` was kept of parts before it.

    Cards are paid back in multiples of `step_minor` only, and no more than `most_minor` (None: the price).
    """

    price_minor: int
    commission_bp: int
    retained_minor: int = 0
    step_minor: int = 1
    most_minor: int | None = None

    def sendable_minor(self, refund_minor: int) -> int:
        """What of a refund can be sent: rounded up, in the traveller's favour, but to no more than there is."""
        most_minor = self.price_minor if self.most_minor is None else min(self.price_minor, self.most_minor)
        rounded_minor = -(-refund_minor // self.step_minor) * self.step_minor
        return min(rounded_minor, most_minor // self.step_minor * self.step_minor)


@dataclass(frozen=True, slots=True)
class _Applying:
    refund_bp: int
    fee_minor: int
    clause: str
    until: datetime | None


def cancellation(terms: FrozenTerms, stake: Stake, *, now: datetime, by: By) -> Outcome:
    """Who gets what if this is cancelled at `now`. Exactly at a deadline counts as before it.

    A vendor or the platform that cancels is at fault: everything goes back (domain.md, Booking).
    """
    if by != "traveller":
        return split(stake, stake.sendable_minor(stake.price_minor), f"Cancelled by the {by}: full refund.", None)
    applying = _applying(terms, now)
    refund_minor = max(0, stake.price_minor * applying.refund_bp // BASIS_POINTS - applying.fee_minor)
    return split(stake, stake.sendable_minor(refund_minor), applying.clause, applying.until)


def no_show(terms: FrozenTerms, stake: Stake) -> Outcome:
    """Who gets what if the traveller did not come."""
    refund_minor = stake.price_minor * terms.no_show_bp // BASIS_POINTS
    return split(stake, stake.sendable_minor(refund_minor), no_show_clause(terms.no_show_bp), None)


def split(stake: Stake, refund_minor: int, clause: str, until: datetime | None) -> Outcome:
    """The refund as given, and the rest split: cumulatively with what was retained, so that all adds up to the cent."""
    kept = stake.price_minor - refund_minor
    vendor, platform = refund_shares_minor(stake.retained_minor, kept, stake.commission_bp)
    return Outcome(refund_minor, vendor, platform, clause, until)


def _applying(terms: FrozenTerms, now: datetime) -> _Applying:
    """The rule that decides a traveller's cancellation at `now`."""
    if terms.grace and now <= terms.grace.until:
        return _Applying(BASIS_POINTS, 0, terms.grace.clause, terms.grace.until)
    for deadline in terms.deadlines:
        if now <= deadline.until:
            return _Applying(deadline.refund_bp, terms.fee_minor, deadline.clause, deadline.until)
    return _Applying(0, 0, terms.lapsed, None)
