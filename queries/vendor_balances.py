"""What a vendor has with us, per currency."""

from dataclasses import dataclass
from uuid import UUID

from queries.rows import Connection, many


@dataclass(frozen=True, slots=True)
class BalanceRow:
    currency: str
    pending_minor: int
    available_minor: int
    reserved_minor: int
    in_transit_minor: int
    paid_out_minor: int


async def vendor_balances(connection: Connection, vendor_id: UUID) -> list[BalanceRow]:
    return await many(
        connection,
        BalanceRow,
        "SELECT currency, pending_minor, available_minor, reserved_minor, in_transit_minor, paid_out_minor"
        " FROM read.vendor_balance WHERE vendor_id = %(vendor_id)s ORDER BY currency",
        {"vendor_id": vendor_id},
    )
