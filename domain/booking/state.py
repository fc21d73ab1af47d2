"""What is known of a booking, the guards that its decisions ask first, and its places as changes of capacity."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from domain.booking.refusals import PaymentInProgress, PriceTooHigh
from domain.booking.values import PendingChange, Status, Trip
from domain.capacity import KeepClaim, MoveClaim, SellClaim, TakeClaim
from domain.chargeable import charge_step_minor, in_steps
from domain.contested import PaymentDisputed
from domain.money import AMOUNT_MAX_MINOR
from domain.refusal import WrongState
from domain.root import Root
from domain.terms import FrozenTerms, Outcome, Stake


class BookingEvent(Root.Event):
    """The base of every event of a booking."""

    TOPIC = ""


class BookingState(Root):
    """`payments` are those that bought something, oldest first, with what is left of each to give back.

    `giving_back` is what the last outcome gives back of them. `earned_minor` is what vendor and platform have earned
    together so far; `contested` what disputes have taken of the price, by dispute.
    """

    Event = BookingEvent

    def __init__(self) -> None:
        self.listing_id = UUID(int=0)
        self.vendor_id = UUID(int=0)
        self.traveller_id = UUID(int=0)
        self.kind: Literal["departure", "stay"] = "departure"
        self.booking_mode: Literal["instant", "request"] = "instant"
        self.answer_within = ""
        self.starts_at = datetime.min.replace(tzinfo=UTC)
        self.ends_at = datetime.min.replace(tzinfo=UTC)
        self.cells = 1
        self.quantity = 0
        self.unit_price_minor = 0
        self.price_minor = 0
        self.currency = ""
        self.commission_bp = 0
        self.terms = FrozenTerms("", (), 0, 0, "refused", None, "UTC", "")
        self.status: Status = "held"
        self.expires_at: datetime | None = None
        self.answer_by: datetime | None = None
        self.asked_at: datetime | None = None
        self.reminded: dict[str, datetime] = {}
        self.payment_id: UUID | None = None
        self.payment_open = False
        self.payments: dict[UUID, int] = {}
        self.giving_back: dict[UUID, int] = {}
        self.paid = False
        self.earned_minor = 0
        self.pending_change: PendingChange | None = None
        self.cancelled: Outcome | None = None
        self.contested: dict[UUID, int] = {}

    @property
    def trip(self) -> Trip:
        return Trip(self.starts_at, self.ends_at, self.cells, self.quantity)

    @property
    def due_minor(self) -> int:
        """What the next payment is for: the difference of a change, or else the price."""
        return self.pending_change.due_minor if self.pending_change else self.price_minor

    @property
    def capturing(self) -> bool:
        """The vendor has accepted, and the money that was set aside is being taken."""
        return self.status == "confirmed" and not self.paid

    @property
    def unearned_minor(self) -> int:
        """What of the price is paid, and neither earned yet nor taken away by a dispute."""
        return self.price_minor - sum(self.contested.values()) if self.status == "confirmed" and self.paid else 0

    def price_at(self, trip: Trip) -> int:
        """The price if it became this trip, at the unit price that was booked. Raises PriceTooHigh."""
        price_minor = max(0, self.price_minor + self.unit_price_minor * (trip.units - self.trip.units))
        if price_minor > AMOUNT_MAX_MINOR:
            raise PriceTooHigh
        return price_minor

    def stake(self, price_minor: int | None = None) -> Stake:
        """The whole price, or a part of it, as the terms decide about it."""
        price_minor = self.price_minor if price_minor is None else price_minor
        most_minor = sum(in_steps(left_minor, self.currency) for left_minor in self.payments.values())
        return Stake(price_minor, self.commission_bp, self.earned_minor, charge_step_minor(self.currency), most_minor)

    def check_confirmed(self, what: str) -> None:
        """Raises WrongState unless it is confirmed, PaymentInProgress while its money is taken, PaymentDisputed."""
        if self.status != "confirmed":
            raise WrongState(f"A booking that is {self.status.replace('_', ' ')} cannot be {what}.")
        if self.capturing:
            raise PaymentInProgress
        if self.contested:
            raise PaymentDisputed

    def apply_outcome(self, outcome: Outcome) -> None:
        """Earned is what was retained; what goes back is allotted to the payments, newest first, as it can be sent."""
        self.earned_minor += outcome.retained_minor
        self.giving_back = {}
        left_minor = outcome.refund_minor
        for payment_id in reversed(self.payments):
            minor = min(left_minor, in_steps(self.payments[payment_id], self.currency))
            if minor:
                self.giving_back[payment_id] = minor
                self.payments[payment_id] -= minor
                left_minor -= minor

    def as_held(self, *, holds_max: int | None = None) -> TakeClaim:
        """The places this booking holds; `holds_max` is how many live holds its traveller may have."""
        assert self.expires_at is not None
        return TakeClaim(
            self.id,
            self.listing_id,
            self.starts_at,
            self.ends_at,
            self.quantity,
            self.expires_at,
            self.cells,
            self.traveller_id,
            holds_max,
        )

    def as_kept(self) -> KeepClaim:
        """The same places, while the vendor thinks."""
        assert self.answer_by is not None
        return KeepClaim(
            self.id, self.listing_id, self.starts_at, self.ends_at, self.quantity, self.answer_by, self.cells
        )

    def as_sold(self) -> SellClaim:
        """The same places, for good."""
        return SellClaim(self.id, self.listing_id, self.starts_at, self.ends_at, self.quantity, self.cells)

    def as_moved(self) -> MoveClaim:
        """The places as they are now, instead of those sold before."""
        return MoveClaim(self.id, self.listing_id, self.starts_at, self.ends_at, self.quantity, self.cells)
