"""Record that a traveller did not come: the terms' no-show share goes back, the rest is earned."""

from dataclasses import dataclass
from uuid import UUID

from commands.access import as_host, cancels_as
from commands.booking_money import settle
from commands.pending_change import drop_change
from commands.work import Work
from domain.booking import Booking


@dataclass(frozen=True, slots=True)
class RecordNoShow:
    booking_id: UUID
    if_version: int | None = None


async def record_no_show(command: RecordNoShow, work: Work) -> Booking:
    booking = await as_host(work, command.booking_id, command.if_version)
    outcome = booking.record_no_show(by=cancels_as(work), now=await work.now())
    if outcome is not None:
        await settle(work, booking, outcome, "no_show", at_fault="traveller")
        await drop_change(work, booking, "withdrawn")
    return booking
