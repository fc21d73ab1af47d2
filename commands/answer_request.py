"""Answer a request to book: yes, no, or nothing in time, which is a no."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from commands.access import as_host
from commands.work import Work
from domain.booking import Booking
from domain.capacity import FreeClaim
from domain.payment import Payment


@dataclass(frozen=True, slots=True)
class AcceptBooking:
    booking_id: UUID
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class DeclineBooking:
    booking_id: UUID
    reason: str = ""
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class LapseRequest:
    """Nobody answered; nothing happens if there is time left."""

    booking_id: UUID


async def accept_booking(command: AcceptBooking, work: Work) -> Booking:
    booking = await as_host(work, command.booking_id, command.if_version)
    now = await work.now()
    if booking.accept(by=_answers_as(work), now=now):
        work.change(booking.as_sold())
        payment = await _payment(work, booking)
        payment.request_capture(now=now)
    return booking


async def decline_booking(command: DeclineBooking, work: Work) -> Booking:
    booking = await as_host(work, command.booking_id, command.if_version)
    if booking.decline(by=_answers_as(work), reason=command.reason, now=await work.now()):
        await _let_go(work, booking, "declined")
    return booking


async def lapse_request(command: LapseRequest, work: Work) -> Booking:
    booking = await work.get(Booking, command.booking_id)
    if booking.lapse(now=await work.now()):
        await _let_go(work, booking, "not answered in time")
    return booking


async def _let_go(work: Work, booking: Booking, why: str) -> None:
    """The places go back, and so does the money that was set aside."""
    work.change(FreeClaim(booking.id, booking.listing_id))
    payment = await _payment(work, booking)
    payment.request_void(reason=why, now=await work.now())


def _answers_as(work: Work) -> Literal["vendor", "platform"]:
    return "vendor" if work.by.role == "vendor" else "platform"


async def _payment(work: Work, booking: Booking) -> Payment:
    assert booking.payment_id is not None
    return await work.get(Payment, booking.payment_id)
