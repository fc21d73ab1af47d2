"""Booking: a traveller's claim through its life, from hold to completion or cancellation."""

from domain.booking.booking import Booking
from domain.booking.parts import remaining
from domain.booking.refusals import (
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
from domain.booking.values import Extra, Part, PendingChange, Preview, Purpose, Status, Trip, WhyDropped

__all__ = [
    "AnswerTooLate",
    "Booking",
    "Extra",
    "HasBegun",
    "HasEnded",
    "HoldExpired",
    "NotAPart",
    "NotBegun",
    "NotEnded",
    "Part",
    "PartRefused",
    "PaymentInProgress",
    "PendingChange",
    "Preview",
    "PreviewOutdated",
    "PriceTooHigh",
    "Purpose",
    "StartsInThePast",
    "Status",
    "Trip",
    "VendorMustAgree",
    "WhyDropped",
    "remaining",
]
