"""Record what Stripe says about a dispute now, and what follows for its payment, its booking and its vendor."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from commands.pending_change import drop_change
from commands.vendor_money import adjust
from commands.work import Work
from domain.balance_entry import BalanceEntry
from domain.booking import Booking
from domain.capacity import FreeClaim
from domain.contested import Loss, contest, decide, loss_of
from domain.dispute import Dispute, dispute_id_of
from domain.payment import Payment
from domain.refunds import overtake

ProviderStatus = Literal[
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "needs_response",
    "under_review",
    "won",
    "lost",
    "prevented",
]
_INQUIRY: Final = frozenset({"warning_needs_response", "warning_under_review", "warning_closed", "prevented"})
_NOTHING_TAKEN: Final = frozenset({"warning_closed", "prevented"})


@dataclass(frozen=True, slots=True)
class DisputeSeen:
    """A dispute as Stripe shows it, fetched, with every balance transaction that it has caused so far."""

    stripe_dispute_id: str
    status: ProviderStatus
    amount_minor: int
    currency: str
    reason: str
    respond_by: datetime | None
    entries: tuple[BalanceEntry, ...]


@dataclass(frozen=True, slots=True)
class RecordDispute:
    """`evidence_number`: this text was sent to Stripe before it was looked at."""

    payment_id: UUID
    seen: DisputeSeen
    evidence_number: int | None = None


async def record_dispute(command: RecordDispute, work: Work) -> Dispute:
    seen, now = command.seen, await work.now()
    payment = await work.get(Payment, command.payment_id)
    dispute = await work.find(Dispute, dispute_id_of(seen.stripe_dispute_id))
    if dispute is None:
        dispute = work.add(
            Dispute.open(
                payment,
                stripe_dispute_id=seen.stripe_dispute_id,
                amount_minor=seen.amount_minor,
                currency=seen.currency,
                reason=seen.reason,
                phase="inquiry" if seen.status in _INQUIRY else "needs_response",
                respond_by=seen.respond_by,
                now=now,
            )
        )
    if command.evidence_number is not None:
        dispute.evidence_submitted(command.evidence_number, now=now)
    if not dispute.is_open:
        return dispute
    booking = await work.get(Booking, payment.booking_id)
    taken = tuple(entry for entry in seen.entries if entry.gross_minor < 0)
    if taken and not dispute.withdrawn_minor:
        await _withdraw(work, dispute, payment, booking, taken)
    if seen.status == "under_review":
        dispute.review(now=now)
    await _end(work, dispute, payment, booking, seen)
    return dispute


def is_decided_unseen(dispute: Dispute, seen: DisputeSeen) -> bool:
    """Stripe has decided, but does not show yet how the money moved: look again before that is recorded."""
    return dispute.is_open and seen.status in {"won", "lost", *_NOTHING_TAKEN}


async def _withdraw(
    work: Work, dispute: Dispute, payment: Payment, booking: Booking, taken: tuple[BalanceEntry, ...]
) -> None:
    """The money is gone: what the vendor has of it is set aside, and nothing is earned or paid back meanwhile."""
    amount_minor = -sum(entry.gross_minor for entry in taken)
    if {entry.currency for entry in taken} == {payment.currency}:
        loss = loss_of(payment, booking, amount_minor)
    else:
        # Stripe took it in a currency of its own choice: what rates did to it is the platform's risk, not the vendor's.
        loss = Loss(platform_minor=amount_minor)
    now = await work.now()
    dispute.withdraw(taken, loss, now=now)
    contest(payment, booking, dispute_id=dispute.id, loss=loss, now=now)
    await _reserve(work, dispute, -1)


async def _end(work: Work, dispute: Dispute, payment: Payment, booking: Booking, seen: DisputeSeen) -> None:
    now = await work.now()
    returned = tuple(entry for entry in seen.entries if entry.gross_minor > 0)
    if seen.status == "won" and (returned or not dispute.withdrawn_minor):
        dispute.win(returned, now=now)
    elif seen.status == "lost" and dispute.withdrawn_minor:
        dispute.lose(now=now)
    elif seen.status in _NOTHING_TAKEN and not dispute.withdrawn_minor:
        dispute.close(now=now)
    else:
        return
    if not dispute.withdrawn_minor:
        return
    lost = dispute.status == "lost"
    if lost and dispute.withdrawn_currency == payment.currency:
        overtake(payment, dispute_id=dispute.id, given_back_minor=dispute.loss.platform_minor, now=now)
    if decide(payment, booking, dispute_id=dispute.id, lost=lost, now=now):
        work.change(FreeClaim(booking.id))
        await drop_change(work, booking, "withdrawn")
    if not lost:
        await _reserve(work, dispute, +1)


async def _reserve(work: Work, dispute: Dispute, sign: Literal[-1, 1]) -> None:
    """Set the vendor's part aside, or give it back."""
    if dispute.loss.vendor_minor:
        await adjust(
            work,
            vendor_id=dispute.vendor_id,
            booking_id=dispute.booking_id,
            currency=dispute.currency,
            kind="dispute_reserve" if sign < 0 else "dispute_won",
            cause=dispute.id,
            amount_minor=sign * dispute.loss.vendor_minor,
        )
