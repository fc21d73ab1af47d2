"""Why a payout is what it is: every line to the booking, entry, event, terms and Stripe objects it comes from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.money import Money, major
from queries.payouts import PayoutRow
from queries.rows import Connection, many

_BECAUSE: Final = {
    "completed": "earned by a trip that was completed",
    "cancelled": "kept of a trip that was cancelled",
    "part_cancelled": "kept of the part of a trip that was cancelled",
    "no_show": "kept of a trip that nobody came to",
    "refund": "given back to the traveller",
    "dispute_reserve": "set aside while the traveller's bank decides",
    "dispute_won": "set free, because the traveller's bank decided for you",
    "adjustment": "an adjustment by two people of finance",
    "debt_left": "of what you owe, left for later payouts, because only a part of each is taken for it",
    "debt_carried": "that you still owed from the payout before",
}

# The entry of the journal that gave the vendor this line: by its booking and its amount, or the adjustment itself.
_ENTRY: Final = """
    LEFT JOIN LATERAL (
        SELECT j.position, j.topic FROM read.journal AS j
         WHERE j.booking_id = l.booking_id AND j.vendor_id = p.vendor_id
           AND j.account IN ('vendor.pending', 'vendor.available')
           AND j.credit_minor - j.debit_minor = l.amount_minor
           AND coalesce(j.known_at, j.at) <= p.created_at
         ORDER BY j.position LIMIT 1) AS entry ON true
    LEFT JOIN LATERAL (
        SELECT j.position, j.topic FROM read.journal AS j
         WHERE l.kind = 'adjustment' AND j.topic = 'adjustment.approved' AND j.vendor_id = p.vendor_id
           AND (j.at = l.earned_at OR j.known_at = l.earned_at)
           AND j.account = 'vendor.available' AND j.credit_minor - j.debit_minor = l.amount_minor
         ORDER BY j.position LIMIT 1) AS agreed ON true
    LEFT JOIN LATERAL (
        SELECT convert_from(e.state, 'UTF8')::jsonb AS facts
          FROM log.events_between(entry.position - 1, entry.position) AS e) AS event ON true
    LEFT JOIN read.booking AS b ON b.booking_id = l.booking_id
    LEFT JOIN LATERAL (
        SELECT y.charge_id, y.payment_id FROM read.payment AS y
         WHERE y.booking_id = l.booking_id AND y.charge_id IS NOT NULL
         ORDER BY y.created_at LIMIT 1) AS paid ON true
"""


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """`position` is the event's place in the log and that of its entry in the journal; `clause` the terms that decided.

    `charge_id` is Stripe's charge of the card that the money came from.
    """

    line_id: UUID
    booking_id: UUID | None
    kind: str
    currency: str
    amount_minor: int
    earned_at: datetime
    price_minor: int | None
    commission_bp: int | None
    clause: str | None
    position: int | None
    topic: str | None
    payment_id: UUID | None
    charge_id: str | None

    @property
    def says(self) -> str:
        """Such as: 80.00 EUR earned by a trip that was completed; of its price of 100.00 the platform keeps 20 %."""
        words = f"{in_words(self.amount_minor, self.currency)} {_BECAUSE.get(self.kind, self.kind)}"
        if self.clause:
            words += f", by its terms: {self.clause}"
        if self.price_minor is not None and self.commission_bp is not None:
            price = major(Money(self.price_minor, self.currency))
            words += f"; of its price of {price} the platform keeps {self.commission_bp / 100:g} %"
        return words + "."


@dataclass(frozen=True, slots=True)
class StepRow:
    """What happened to the payout, and Stripe's objects that it names."""

    position: int
    at: datetime
    topic: str
    transfer_id: str | None
    stripe_payout_id: str | None
    reversal_id: str | None
    balance_transaction_id: str | None
    file_id: UUID | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class LeftOutLine:
    line_id: UUID
    booking_id: UUID | None
    kind: str
    currency: str
    amount_minor: int
    state: str
    available_from: datetime

    @property
    def reason(self) -> str:
        """Why it was left out."""
        if self.state == "pending":
            return f"pending until {self.available_from:%Y-%m-%d %H:%M} UTC"
        return "available since the period had ended"


def in_words(minor: int, currency: str) -> str:
    return f"{major(Money(minor, currency))} {currency}"


def payout_says(row: PayoutRow, lines: int) -> str:
    """The whole payout in one sentence."""
    back = ", and its money is available again" if row.returned else ""
    return (
        f"{in_words(row.amount_minor, row.currency)} for the period that ended on {row.period_end}, of {lines} lines:"
        f" {row.status.replace('_', ' ')}{back}."
    )


async def explained_lines(
    connection: Connection, payout_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[ExplainedLine]:
    """The lines of a payout in the order in which they were earned, behind `after`."""
    return await many(
        connection,
        ExplainedLine,
        "SELECT l.line_id, l.booking_id, l.kind, l.currency, l.amount_minor, l.earned_at, b.price_minor,"
        " b.commission_bp, event.facts #>> '{outcome,clause}' AS clause,"
        " coalesce(entry.position, agreed.position) AS position, coalesce(entry.topic, agreed.topic) AS topic,"
        " paid.payment_id, paid.charge_id"
        " FROM read.payout_line AS l JOIN read.payout AS p USING (payout_id)" + _ENTRY + " WHERE l.payout_id = %(id)s"
        " AND (%(at)s::timestamptz IS NULL OR (l.earned_at, l.line_id) > (%(at)s, %(line)s))"
        " ORDER BY l.earned_at, l.line_id LIMIT %(limit)s",
        {
            "id": payout_id,
            "at": after[0] if after else None,
            "line": after[1] if after else None,
            "limit": limit,
        },
        plan_anew=True,
    )


async def payout_steps(connection: Connection, payout_id: UUID) -> list[StepRow]:
    """Everything that happened to it, as the log has it."""
    return await many(
        connection,
        StepRow,
        """
        SELECT e.notification_id AS position, (f.facts ->> 'timestamp')::timestamptz AS at, e.topic,
               f.facts ->> 'transfer_id' AS transfer_id, f.facts ->> 'stripe_payout_id' AS stripe_payout_id,
               f.facts ->> 'reversal_id' AS reversal_id,
               f.facts #>> '{entry,balance_transaction_id}' AS balance_transaction_id,
               (f.facts ->> 'file_id')::uuid AS file_id,
               coalesce(f.facts ->> 'reason', f.facts ->> 'why', f.facts ->> 'code') AS reason
          FROM log.events AS e, LATERAL (SELECT convert_from(e.state, 'UTF8')::jsonb AS facts) AS f
         WHERE e.originator_id = %(id)s ORDER BY e.originator_version
        """,
        {"id": payout_id},
    )


async def left_out(connection: Connection, payout_id: UUID, *, limit: int) -> list[LeftOutLine]:
    """What the vendor had earned or owed in this currency when the payout was drafted, and is not paid yet."""
    return await many(
        connection,
        LeftOutLine,
        "SELECT l.line_id, l.booking_id, l.kind, l.currency, l.amount_minor, l.state, l.available_from"
        "  FROM read.payout AS p JOIN read.vendor_line AS l USING (vendor_id, currency)"
        " WHERE p.payout_id = %(id)s AND l.state <> 'paid_out'"
        "   AND NOT EXISTS (SELECT FROM read.payout_line AS mine"
        "                    WHERE mine.payout_id = p.payout_id AND mine.line_id = l.line_id)"
        " ORDER BY l.available_from, l.line_id LIMIT %(limit)s",
        {"id": payout_id, "limit": limit},
    )
