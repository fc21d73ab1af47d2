"""The one table of HTTP statuses: every refusal there is, and what the framework itself refuses."""

from typing import Final

from api import refusals as door
from commands.administer_account import NotYourself
from commands.append import Busy, IdempotencyMismatch, NotQuiet
from commands.trips import NoSuchDeparture
from domain.account import AccountErased, CodeUsed, EmailTaken, RoleFixed, SecondFactorState, StillOpen
from domain.adjustment import MoreThanOwed, NothingToWriteOff, NotInTheFuture
from domain.booking import (
    AnswerTooLate,
    HasBegun,
    HasEnded,
    HoldExpired,
    NotAPart,
    NotBegun,
    NotEnded,
    PartRefused,
    PaymentInProgress,
    PreviewOutdated,
    PriceTooHigh,
    StartsInThePast,
    VendorMustAgree,
)
from domain.capacity import BelowSold, ClaimLost, NoSuchCells, OpenedAlready, SoldOut, TooManyHolds
from domain.chargeable import AmountNotChargeable, AmountTooSmall
from domain.contested import PaymentDisputed
from domain.daily_close import DayBeforeOpen, DayNotOver
from domain.four_eyes import SecondPersonNeeded
from domain.listing import InvalidAnswerTime, NotOnOffer, OtherCurrency, WrongKind
from domain.payment_file import FileForgotten, NoPayingAccount, NothingToPay, NotInThisFile, NotOneFile
from domain.payout import NotInAFile
from domain.payout_control import PayoutOnHold, PayoutUnderWay
from domain.periods import NotAPeriod
from domain.preferences import CannotSwitchOff
from domain.recurrence import InvalidRecurrence, TooManyCells
from domain.refunds import RefundTooLarge, WrongCurrency
from domain.refusal import (
    InvalidTerms,
    NotAllowed,
    NotFound,
    Refusal,
    UnsupportedCurrency,
    VersionMismatch,
    WrongState,
)
from domain.stay import InvalidStayTimes, NotNights, StayTooLong

STATUSES: Final[dict[type[Refusal], int]] = {
    door.BadJson: 400,
    door.BadSignature: 400,
    door.BadWebhook: 400,
    door.WrongMode: 400,
    door.Unauthenticated: 401,
    door.WrongCredentials: 401,
    door.SessionOver: 401,
    door.SecondFactorNeeded: 401,
    door.WrongCode: 401,
    door.AccountSuspended: 403,
    door.WrongPassword: 403,
    NotAllowed: 403,
    NotFound: 404,
    NoSuchDeparture: 404,
    EmailTaken: 409,
    StillOpen: 409,
    AccountErased: 409,
    RoleFixed: 409,
    NotYourself: 409,
    SecondFactorState: 409,
    door.TooManyEndpoints: 409,
    door.TooManyReplays: 409,
    CodeUsed: 409,
    SoldOut: 409,
    ClaimLost: 409,
    OpenedAlready: 409,
    TooManyHolds: 409,
    BelowSold: 409,
    NoSuchCells: 409,
    NotOnOffer: 409,
    StartsInThePast: 409,
    HoldExpired: 409,
    PaymentInProgress: 409,
    PaymentDisputed: 409,
    WrongState: 409,
    PayoutUnderWay: 409,
    PayoutOnHold: 409,
    NotInAFile: 409,
    NothingToPay: 409,
    NotOneFile: 409,
    NoPayingAccount: 409,
    MoreThanOwed: 409,
    FileForgotten: 410,
    DayNotOver: 409,
    DayBeforeOpen: 409,
    NotEnded: 409,
    NotBegun: 409,
    HasBegun: 409,
    HasEnded: 409,
    AnswerTooLate: 409,
    VendorMustAgree: 409,
    PartRefused: 409,
    PreviewOutdated: 409,
    RefundTooLarge: 409,
    SecondPersonNeeded: 409,
    VersionMismatch: 412,
    door.BodyTooLarge: 413,
    door.ValidationFailed: 422,
    door.LinkNotGood: 422,
    CannotSwitchOff: 422,
    door.PreviewNotOurs: 422,
    door.ClockMovesForward: 422,
    IdempotencyMismatch: 422,
    UnsupportedCurrency: 422,
    AmountTooSmall: 422,
    AmountNotChargeable: 422,
    WrongCurrency: 422,
    InvalidTerms: 422,
    PriceTooHigh: 422,
    NotAPart: 422,
    NotInThisFile: 422,
    NotAPeriod: 422,
    NotInTheFuture: 422,
    NothingToWriteOff: 422,
    InvalidRecurrence: 422,
    TooManyCells: 422,
    InvalidStayTimes: 422,
    NotNights: 422,
    StayTooLong: 422,
    WrongKind: 422,
    OtherCurrency: 422,
    InvalidAnswerTime: 422,
    door.TooManyRequests: 429,
    door.TooManyStreams: 429,
    door.HeadersTooLarge: 431,
    door.Unexpected: 500,
    Busy: 503,
    NotQuiet: 503,
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
