"""The table of all messages: which event makes which message, to whom, by which channels, and what it belongs to.

Channels are those that a message may take; a person's preferences decide among them (domain/preferences.py). What is
urgent does not wait for the end of anybody's quiet hours. What somebody `asked` for is tried even where mail bounced.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from domain.account import Account
from domain.booking import Booking
from domain.dispute import Dispute
from domain.payment import Payment
from domain.payout import Payout
from domain.preferences import Channel, Group
from domain.root import Event
from domain.vendor_ledger import VendorLedger

To = Literal["traveller", "vendor", "account"]
MAIL: Final[tuple[Channel, ...]] = ("email",)
MAIL_PUSH: Final[tuple[Channel, ...]] = ("email", "push")
ALL: Final[tuple[Channel, ...]] = ("email", "sms", "push")


@dataclass(frozen=True, slots=True)
class Message:
    """`causes` is empty for what is asked for directly, without an event; `when` is asked of the event alone."""

    kind: str
    causes: tuple[type[Event], ...]
    to: To
    group: Group
    channels: tuple[Channel, ...]
    urgent: bool = False
    asked: bool = False
    when: Callable[[Any], bool] = lambda _: True


MESSAGES: Final = (
    # For travellers.
    Message("booking_held", (Booking.Held,), "traveller", "payments", MAIL_PUSH, urgent=True),
    Message("booking_confirmed", (Booking.Confirmed,), "traveller", "bookings", ALL),
    Message("booking_requested", (Booking.Authorised,), "traveller", "bookings", MAIL_PUSH),
    Message("booking_accepted", (Booking.Accepted,), "traveller", "bookings", ALL),
    Message("booking_declined", (Booking.Declined,), "traveller", "bookings", ALL),
    Message("booking_rescheduled", (Booking.Rescheduled,), "traveller", "bookings", ALL),
    Message("booking_cancelled", (Booking.Cancelled,), "traveller", "bookings", ALL),
    Message("booking_part_cancelled", (Booking.PartCancelled,), "traveller", "bookings", MAIL_PUSH),
    Message("booking_expired", (Booking.Expired,), "traveller", "bookings", MAIL_PUSH),
    Message("no_show_recorded", (Booking.NoShowRecorded,), "traveller", "bookings", MAIL_PUSH),
    Message("payment_action", (Payment.ActionRequired,), "traveller", "payments", ALL, urgent=True),
    Message("payment_failed", (Payment.Failed,), "traveller", "payments", ALL, urgent=True),
    Message(
        "payment_reminder",
        (Booking.Reminded,),
        "traveller",
        "payments",
        ALL,
        urgent=True,
        when=lambda e: e.what == "payment",
    ),
    Message("trip_reminder", (Booking.Reminded,), "traveller", "reminders", ALL, when=lambda e: e.what == "trip"),
    Message("refund_sent", (Payment.RefundSucceeded, Payment.RefundOtherwisePaid), "traveller", "bookings", MAIL_PUSH),
    # For vendors.
    Message("request_received", (Booking.Authorised,), "vendor", "sales", ALL),
    Message("request_reminder", (Booking.Reminded,), "vendor", "sales", ALL, when=lambda e: e.what == "answer"),
    Message("sale_confirmed", (Booking.Confirmed,), "vendor", "sales", MAIL_PUSH),
    Message("sale_rescheduled", (Booking.Rescheduled,), "vendor", "sales", MAIL_PUSH),
    Message("sale_cancelled", (Booking.Cancelled,), "vendor", "sales", ALL),
    Message("sale_part_cancelled", (Booking.PartCancelled,), "vendor", "sales", MAIL_PUSH),
    Message("payout_sent", (Payout.Paid,), "vendor", "payouts", MAIL_PUSH),
    Message("payout_failed", (Payout.Failed,), "vendor", "payouts", MAIL_PUSH),
    Message("payout_carried", (VendorLedger.CarriedForward,), "vendor", "payouts", MAIL),
    Message("dispute_opened", (Dispute.Opened,), "vendor", "payouts", MAIL_PUSH),
    # For everybody with an account. The links in them are secrets, therefore they go by mail only.
    Message("verify_email", (Account.Registered,), "account", "security", MAIL, urgent=True, asked=True),
    Message("password_reset", (), "account", "security", MAIL, urgent=True, asked=True),
    Message(
        "password_changed",
        (Account.PasswordChanged,),
        "account",
        "security",
        ALL,
        urgent=True,
        when=lambda e: e.why != "rehashed",
    ),
    Message("new_sign_in", (), "account", "security", ALL, urgent=True),
    Message("erasure_done", (), "account", "security", MAIL, urgent=True, asked=True),
)

BY_KIND: Final = {message.kind: message for message in MESSAGES}
CAUSES: Final[frozenset[type[Event]]] = frozenset(cause for message in MESSAGES for cause in message.causes)


def caused_by(event: Event) -> tuple[Message, ...]:
    """What an event has us tell, in the order of the table. Pure: who hears of it is found out at sending."""
    return tuple(message for message in MESSAGES if type(event) in message.causes and message.when(event))
