"""How a vendor is paid."""

from dataclasses import dataclass
from uuid import UUID

from queries.rows import Connection, one


@dataclass(frozen=True, slots=True)
class VendorRow:
    vendor_id: UUID
    cadence: str
    ready: bool
    payouts_on_hold: bool


async def vendor(connection: Connection, vendor_id: UUID) -> VendorRow | None:
    return await one(
        connection,
        VendorRow,
        "SELECT vendor_id, cadence, ready, payouts_on_hold FROM read.vendor WHERE vendor_id = %(id)s",
        {"id": vendor_id},
    )
