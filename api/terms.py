"""Cancellation terms as a vendor writes them: the name of a preset, or all of it."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from api.fields import Body, Text, Whole
from domain.money import AMOUNT_MAX_MINOR, BASIS_POINTS
from domain.terms import PRESETS, Grace, Terms, Tier

DEFAULT: Final = "moderate"

Duration = Annotated[Text, StringConstraints(max_length=32)]
BasisPoints = Annotated[Whole, Field(ge=0, le=BASIS_POINTS)]
Preset = Literal["flexible", "moderate", "strict", "non_refundable"]


class TierIn(Body):
    before: Duration = Field(description="How long before the start, ISO 8601.", examples=["P7D"])
    refund_bp: BasisPoints


class GraceIn(Body):
    within: Duration
    at_least_before_start: Duration


class TermsIn(Body):
    tiers: Annotated[list[TierIn], Field(min_length=1, max_length=20)]
    grace: GraceIn | None = None
    fee_minor: Annotated[Whole, Field(ge=0, le=AMOUNT_MAX_MINOR)] = 0
    no_show_bp: BasisPoints = 0
    partial: Literal["allowed", "refused"] = "refused"


def terms_of(given: Preset | TermsIn) -> Terms:
    """Whether they contradict themselves is for the domain to say."""
    if not isinstance(given, TermsIn):
        return PRESETS[given]
    return Terms(
        "custom",
        tuple(Tier(tier.before, tier.refund_bp) for tier in given.tiers),
        Grace(given.grace.within, given.grace.at_least_before_start) if given.grace else None,
        given.fee_minor,
        given.no_show_bp,
        given.partial,
    )
