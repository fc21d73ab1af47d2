"""Bookings in a journey that were asked for, changed and given up in part; Stripe's words are given as facts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from commands.answer_request import AcceptBooking, DeclineBooking
from commands.cancel_part import CancelPart
from commands.record_no_show import RecordNoShow
from commands.record_payment import Intent, RecordPayment
from commands.reschedule_booking import RescheduleBooking
from domain.booking import Part

if TYPE_CHECKING:
    from tests.integration.journey import Journey


def asked(journey: Journey, price_minor: int) -> UUID:
    """A booking whose money is set aside."""
    booking_id = journey.paying()
    payment_id = journey.payment_ids[booking_id]
    aside = Intent(
        f"pi_{payment_id}",
        "requires_capture",
        currency=journey.currency,
        charge_id=f"ch_{payment_id}",
        capturable_minor=price_minor,
    )
    journey.world.do(RecordPayment(payment_id, aside))
    return booking_id


def changed(journey: Journey, price_minor: int) -> UUID:
    """Every answer a vendor can give, and every change a booking can see before it begins."""
    world = journey.world
    world.do(DeclineBooking(asked(journey, price_minor), "full"), journey.vendor)
    booking_id = asked(journey, price_minor)
    world.do(AcceptBooking(booking_id), journey.vendor)
    journey.stripe_says(booking_id, "succeeded")
    for quantity in (3, 2):
        world.do(RescheduleBooking(booking_id, quantity=quantity), journey.traveller)
    journey.paying(booking_id)
    journey.stripe_says(booking_id, "succeeded")
    world.do(CancelPart(booking_id, Part(quantity=1), "one is ill"), journey.traveller)
    return booking_id


def missed(journey: Journey, booking_id: UUID) -> None:
    journey.world.do(RecordNoShow(booking_id), journey.vendor)
