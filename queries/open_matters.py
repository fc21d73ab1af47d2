"""What keeps an account from being erased: trips ahead, and money on its way to or from the person."""

from dataclasses import dataclass
from uuid import UUID

from domain.account import OpenMatter
from queries.rows import Connection, many

# The followers whose read models are asked: each must have read all that was written before the question.
ASKED = ("bookings", "payments", "listings", "vendor_money", "payouts", "disputes")

_COUNTS = """
    SELECT 'bookings' AS field, count(*) AS open FROM read.booking
     WHERE (traveller_id = %(account)s OR vendor_id = %(account)s)
       AND status IN ('held', 'awaiting_payment', 'awaiting_vendor', 'confirmed')
    UNION ALL
    SELECT 'payments', count(*) FROM read.payment
     WHERE (traveller_id = %(account)s OR vendor_id = %(account)s)
       AND (status NOT IN ('captured', 'voided', 'failed') OR unresolved_step IS NOT NULL)
    UNION ALL
    SELECT 'refunds', count(*) FROM read.refund AS r JOIN read.payment AS p USING (payment_id)
     WHERE (p.traveller_id = %(account)s OR p.vendor_id = %(account)s)
       AND r.status NOT IN ('succeeded', 'rejected', 'paid_otherwise', 'overtaken')
    UNION ALL
    SELECT 'disputes', count(*) FROM read.dispute AS d JOIN read.payment AS p USING (payment_id)
     WHERE (p.traveller_id = %(account)s OR p.vendor_id = %(account)s) AND d.ended_at IS NULL
    UNION ALL
    SELECT 'listings', count(*) FROM read.listing WHERE vendor_id = %(account)s AND status <> 'closed'
    UNION ALL
    SELECT 'balance', count(*) FROM read.vendor_balance
     WHERE vendor_id = %(account)s
       AND (pending_minor, available_minor, reserved_minor, in_transit_minor) <> (0, 0, 0, 0)
    UNION ALL
    SELECT 'payouts', count(*) FROM read.payout
     WHERE vendor_id = %(account)s AND status NOT IN ('paid', 'failed', 'cancelled')
"""
_SAID = {
    "bookings": "trips are still ahead or under way",
    "payments": "payments have not come to an end",
    "refunds": "refunds have not arrived",
    "disputes": "disputes are open",
    "listings": "listings are not closed",
    "balance": "balances of the vendor account are not zero",
    "payouts": "payouts are on their way",
}


@dataclass(frozen=True, slots=True)
class _Count:
    field: str
    open: int


async def open_matters(connection: Connection, account_id: UUID) -> tuple[OpenMatter, ...]:
    """Nothing, if everything is settled."""
    counts = await many(connection, _Count, _COUNTS, {"account": account_id})
    return tuple(OpenMatter(c.field, f"{c.open} {_SAID[c.field]}") for c in counts if c.open)
