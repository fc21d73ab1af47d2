"""Change cells that are open: their capacity, never below what is sold; or close them, or open them again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.access import my_listing
from commands.work import Work
from domain.opening import CellChange


@dataclass(frozen=True, slots=True)
class ChangeCells:
    """Those that start in `[starts_from, starts_before)`; what is None stays as it is."""

    change_id: UUID
    listing_id: UUID
    starts_from: datetime
    starts_before: datetime
    capacity: int | None
    closed: bool | None
    reason: str = ""


async def change_cells(command: ChangeCells, work: Work) -> CellChange:
    listing = await my_listing(work, command.listing_id)
    change = work.add(
        CellChange.make(
            change_id=command.change_id,
            listing=listing,
            starts_from=command.starts_from,
            starts_before=command.starts_before,
            capacity=command.capacity,
            closed=command.closed,
            reason=command.reason,
            now=await work.now(),
        )
    )
    work.change(change.as_capacity())
    return change
