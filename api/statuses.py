"""The one table of HTTP statuses: every refusal there is, and what the framework itself refuses."""

from typing import Final

from api import refusals as door
from commands.append import Busy, IdempotencyMismatch
from commands.place_hold import NoSuchDeparture
from domain.account import EmailTaken
from domain.booking import HoldExpired, NotEnded, PaymentInProgress, PreviewOutdated, PriceTooHigh, StartsInThePast
from domain.capacity import ClaimLost, OpenedAlready, SoldOut
from domain.listing import NotOnOffer
from domain.payment import RefundTooLarge
from domain.periods import NotAPeriod
from domain.refusal import (
    InvalidTerms,
    NotAllowed,
    NotFound,
    Refusal,
    UnsupportedCurrency,
    VersionMismatch,
    WrongState,
)

STATUSES: Final[dict[type[Refusal], int]] = {
    door.BadJson: 400,
    door.BadSignature: 400,
    door.BadWebhook: 400,
    door.WrongMode: 400,
    door.Unauthenticated: 401,
    door.WrongCredentials: 401,
    door.SessionOver: 401,
    NotAllowed: 403,
    NotFound: 404,
    NoSuchDeparture: 404,
    EmailTaken: 409,
    SoldOut: 409,
    ClaimLost: 409,
    OpenedAlready: 409,
    NotOnOffer: 409,
    StartsInThePast: 409,
    HoldExpired: 409,
    PaymentInProgress: 409,
    WrongState: 409,
    NotEnded: 409,
    PreviewOutdated: 409,
    RefundTooLarge: 409,
    VersionMismatch: 412,
    door.BodyTooLarge: 413,
    door.ValidationFailed: 422,
    door.PreviewNotOurs: 422,
    door.ClockMovesForward: 422,
    IdempotencyMismatch: 422,
    UnsupportedCurrency: 422,
    InvalidTerms: 422,
    PriceTooHigh: 422,
    NotAPeriod: 422,
    door.Unexpected: 500,
    Busy: 503,
    door.NotCaughtUp: 503,
    door.ClockStillMoving: 503,
    door.Unavailable: 503,
    door.TooManyWaiting: 503,
    door.NotKnown: 503,
}

# What the framework raises by itself, as codes of ours.
FRAMEWORK: Final[dict[int, str]] = {
    400: "bad_json",
    404: "no_such_route",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}


def status_of(refusal: Refusal) -> int:
    return STATUSES[type(refusal)]
