"""The platform cancels a departure for everybody: start, one booking after the other, finish."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.cancel_booking import CancelBooking, cancel_booking
from commands.work import Work
from domain.departure_cancellation import AffectedBooking, DepartureCancellation
from domain.listing import Listing
from domain.refusal import NotAllowed


@dataclass(frozen=True, slots=True)
class StartDepartureCancellation:
    """Of every departure or night that begins in `[starts_from, starts_before)`; `expected` bookings are known."""

    run_id: UUID
    listing_id: UUID
    starts_from: datetime
    starts_before: datetime
    reason: str
    expected: int


@dataclass(frozen=True, slots=True)
class CancelAffectedBooking:
    run_id: UUID
    booking_id: UUID


@dataclass(frozen=True, slots=True)
class FinishDepartureCancellation:
    """`left` could not be cancelled, because their money is disputed."""

    run_id: UUID
    left: int


async def start_departure_cancellation(command: StartDepartureCancellation, work: Work) -> DepartureCancellation:
    if work.by.role not in {"operator", "admin"} or work.by.account_id is None:
        raise NotAllowed
    run = work.add(
        DepartureCancellation.start(
            run_id=command.run_id,
            listing=await work.get(Listing, command.listing_id),
            starts_from=command.starts_from,
            starts_before=command.starts_before,
            reason=command.reason,
            started_by=work.by.account_id,
            expected=command.expected,
            now=await work.now(),
        )
    )
    work.change(run.as_capacity())
    return run


async def cancel_affected_booking(command: CancelAffectedBooking, work: Work) -> AffectedBooking:
    """With all the money back, in the name of the platform. Raises what cancelling raises."""
    run = await work.get(DepartureCancellation, command.run_id)
    booking = await cancel_booking(CancelBooking(command.booking_id, run.reason), work)
    return work.add(AffectedBooking.of(run, booking, now=await work.now()))


async def finish_departure_cancellation(command: FinishDepartureCancellation, work: Work) -> DepartureCancellation:
    run = await work.get(DepartureCancellation, command.run_id)
    run.finish(left=command.left, now=await work.now())
    return run
