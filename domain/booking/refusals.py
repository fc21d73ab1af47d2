"""What a booking refuses, each by name."""

from domain.refusal import Refusal


class StartsInThePast(Refusal):
    """This has started already."""


class PriceTooHigh(Refusal):
    """The price of this booking is more than a card can be charged with at once."""


class HoldExpired(Refusal):
    """The hold has run out."""


class PaymentInProgress(Refusal):
    """A payment for this booking is under way."""


class AnswerTooLate(Refusal):
    """The time to answer this request is over."""


class NotBegun(Refusal):
    """It has not begun yet."""


class NotEnded(Refusal):
    """It has not ended yet."""


class HasBegun(Refusal):
    """It has begun: its traveller cannot change or cancel it any more."""


class HasEnded(Refusal):
    """It has ended: nobody can cancel it any more."""


class PreviewOutdated(Refusal):
    """That preview is not valid any more; ask for a new one."""


class PartRefused(Refusal):
    """By its terms this booking can only be cancelled as a whole."""


class NotAPart(Refusal):
    """A part is fewer guests than are booked, or nights at the beginning or the end of a stay, and never all of it."""


class VendorMustAgree(Refusal):
    """The vendor agrees to every booking of this listing: other times need a new request, or our help."""
