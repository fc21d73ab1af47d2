"""The evidence pack: what was agreed and what happened, in sentences that a bank's clerk can read."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from pydantic import BaseModel

from api.views.dispute import DisputeView, dispute_view
from domain.words import said_amount, said_instant
from queries.disputes import DisputeRow
from queries.evidence import DisputedTrip, EvidenceRow

Facts = dict[str, Any]


class Happened(BaseModel):
    """One event: when, caused by whom (a role, never a name), and what it was in words."""

    position: int
    at: datetime
    by: str
    what: str


class Agreed(BaseModel):
    """The cancellation terms, frozen when the place was held, and when the traveller agreed to them by holding it."""

    at: datetime
    name: str
    clauses: list[str]


class EvidencePack(BaseModel):
    """`text` is the pack as one text, ready to be looked through, completed and sent."""

    dispute: DisputeView
    booking_id: UUID
    service: str
    description: str
    agreed: Agreed | None
    history: list[Happened]
    text: str


def _amount(facts: Facts, name: str = "amount_minor") -> str:
    return said_amount(facts[name], facts["currency"])


# How an event is told. What is not here says nothing to a bank: balance transactions, ids, keys.
_TOLD: Final[dict[str, Callable[[Facts], str]]] = {
    "booking.held": lambda f: f"The traveller chose {f['quantity']} place(s) for {_amount(f, 'price_minor')}.",
    "booking.payment_started": lambda _: "The traveller began to pay.",
    "booking.confirmed": lambda _: "The booking was confirmed.",
    "booking.accepted": lambda _: "The vendor accepted the booking.",
    "booking.rescheduled": lambda f: f"The booking was changed to {_amount(f, 'price_minor')}.",
    "booking.part_cancelled": lambda f: f"A part was cancelled by the {f['by']}: {f['outcome']['clause']}",
    "booking.cancelled": lambda f: f"It was cancelled by the {f['by']}: {f['outcome']['clause']}",
    "booking.no_show_recorded": lambda _: "The traveller did not come.",
    "booking.completed": lambda _: "The service was delivered in full.",
    "payment.requested": lambda f: f"{_amount(f)} were asked for.",
    "payment.action_required": lambda _: "The card's bank asked the cardholder to authenticate (3-D Secure).",
    "payment.authorised": lambda f: f"The card's bank set {_amount(f)} aside.",
    "payment.captured": lambda f: f"{_amount(f)} were paid by card.",
    "payment.failed": lambda _: "The card was declined.",
    "payment.refund_requested": lambda f: f"A refund of {_amount(f)} was decided: {f['reason']}",
    "payment.refund_succeeded": lambda f: f"A refund of {_amount(f)} was sent to the card.",
    "payment.refund_failed": lambda f: f"The refund of {_amount(f)} came back.",
}


def evidence_pack(row: DisputeRow, trip: DisputedTrip, events: Sequence[EvidenceRow]) -> EvidencePack:
    known = [(event, msgspec.json.decode(event.state)) for event in events]
    history = [
        Happened(position=event.position, at=facts["timestamp"], by=event.role, what=_TOLD[event.topic](facts))
        for event, facts in known
        if event.topic in _TOLD
    ]
    agreed = next((_agreed(facts) for event, facts in known if event.topic == "booking.held"), None)
    return EvidencePack(
        dispute=dispute_view(row),
        booking_id=trip.booking_id,
        service=trip.title,
        description=trip.description,
        agreed=agreed,
        history=history,
        text=_text(row, trip, agreed, history),
    )


def _agreed(facts: Facts) -> Agreed:
    terms = facts["terms"]
    clauses = [deadline["clause"] for deadline in (terms["grace"], *terms["deadlines"]) if deadline]
    return Agreed(at=facts["timestamp"], name=terms["name"], clauses=clauses)


def _text(row: DisputeRow, trip: DisputedTrip, agreed: Agreed | None, history: Sequence[Happened]) -> str:
    lines = [f"Dispute of {said_amount(row.amount_minor, row.currency)} ({row.reason.replace('_', ' ')}).", trip.title]
    if agreed is not None:
        lines += ["", f"Agreed by the cardholder on {said_instant(agreed.at, trip.time_zone)}:"]
        lines += [f"- {clause}" for clause in agreed.clauses]
    lines += ["", "What happened:"]
    lines += [f"- {said_instant(one.at, trip.time_zone)}: {one.what}" for one in history]
    return "\n".join(lines)
