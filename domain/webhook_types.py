"""What vendors are told about, by names that never change, and the events that these are made of."""

from typing import Final, Literal

from domain.booking import Booking
from domain.dispute import Dispute
from domain.payout import Payout
from domain.root import Event

WebhookType = Literal[
    "booking.held",
    "booking.requested",
    "booking.confirmed",
    "booking.declined",
    "booking.rescheduled",
    "booking.part_cancelled",
    "booking.cancelled",
    "booking.expired",
    "booking.completed",
    "booking.no_show",
    "payout.paid",
    "payout.failed",
    "dispute.opened",
    "dispute.won",
    "dispute.lost",
    "dispute.closed",
]
PING: Final = "webhook.ping"

TYPE_OF: Final[dict[type[Event], WebhookType]] = {
    Booking.Held: "booking.held",
    Booking.Authorised: "booking.requested",
    Booking.Accepted: "booking.confirmed",
    Booking.Confirmed: "booking.confirmed",
    Booking.Declined: "booking.declined",
    Booking.Rescheduled: "booking.rescheduled",
    Booking.PartCancelled: "booking.part_cancelled",
    Booking.Cancelled: "booking.cancelled",
    Booking.Expired: "booking.expired",
    Booking.Completed: "booking.completed",
    Booking.NoShowRecorded: "booking.no_show",
    Payout.Paid: "payout.paid",
    Payout.Failed: "payout.failed",
    Dispute.Opened: "dispute.opened",
    Dispute.Won: "dispute.won",
    Dispute.Lost: "dispute.lost",
    Dispute.Closed: "dispute.closed",
}
