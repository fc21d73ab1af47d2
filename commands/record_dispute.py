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
from domain.contested import Loss, contest, decide, give_back, loss_of
from domain.dispute import Dispute, dispute_id_of
from domain.dispute_money import Moved, moved, turns
from domain.payment import Payment
from domain.refunds import overtake
from domain.vendor_line import Kind

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
    """A dispute as Stripe shows it, fetched, with every balance transaction that it has caused so far, oldest first."""

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
    told = _Told(work, dispute, payment, await work.get(Booking, payment.booking_id), seen, now)
    await _follow_the_money(told)
    if dispute.is_open and seen.status == "under_review":
        dispute.review(now=now)
    await _end(told)
    return dispute


def is_decided_unseen(dispute: Dispute, seen: DisputeSeen) -> bool:
    """Stripe has decided, but does not show yet how the money moved: look again before that is recorded."""
    if dispute.is_open:
        return seen.status in {"won", "lost", *_NOTHING_TAKEN}
    return (dispute.status, seen.status) in {("won", "lost"), ("lost", "won")} and bool(dispute.withdrawn_minor)


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known, and what Stripe says of it now."""

    work: Work
    dispute: Dispute
    payment: Payment
    booking: Booking
    seen: DisputeSeen
    now: datetime

    @property
    def currency(self) -> str | None:
        """The currency of the charge; None where Stripe names none of what was taken of it."""
        return self.payment.currency if self.seen.currency == self.payment.currency else None


async def _follow_the_money(told: _Told) -> None:
    """What is new among the balance transactions, turn by turn, for only they prove that anything has changed.

    A status alone may be the answer to a question that was asked earlier; balance transactions only become more.
    """
    fresh = list(turns([e for e in told.seen.entries if e.balance_transaction_id not in told.dispute.entries]))
    for n, (taken, entries) in enumerate(fresh, start=1):
        if taken:
            await _withdraw(told, entries)
        elif not await _came_back(told, entries, is_last=n == len(fresh)):
            return


async def _withdraw(told: _Told, entries: tuple[BalanceEntry, ...]) -> None:
    """The money is gone: what the vendor has of it is set aside, and nothing is earned or paid back meanwhile."""
    work, dispute, payment, booking, now = told.work, told.dispute, told.payment, told.booking, told.now
    if not dispute.is_open:
        dispute.reopen(now=now)
    more_minor = told.seen.amount_minor - dispute.withdrawn_minor
    worth_minor = more_minor if more_minor > 0 else told.seen.amount_minor
    took = moved(entries, currency=told.currency or entries[0].currency, worth_minor=worth_minor)
    if took.currency == payment.currency:
        loss = loss_of(payment, booking, took.amount_minor)
    else:
        # Nobody says how much of the charge that is, so it is the platform's risk, not the vendor's.
        loss = Loss(platform_minor=took.amount_minor)
    dispute.withdraw(took, loss, now=now)
    contest(payment, booking, dispute_id=dispute.id, loss=loss, now=now)
    await _reserve(work, dispute, "dispute_reserve", -loss.vendor_minor, dispute.withdrawals)


async def _came_back(told: _Told, entries: tuple[BalanceEntry, ...], *, is_last: bool) -> bool:
    """Money is with us again. False if it waits for the bank's decision to be known."""
    dispute, seen = told.dispute, told.seen
    worth_minor = dispute.withdrawn_minor or seen.amount_minor
    came = moved(entries, currency=told.currency or entries[0].currency, worth_minor=worth_minor)
    if dispute.is_open and dispute.withdrawn_minor and (seen.status == "won" or not is_last):
        await _won(told, came)
        return True
    await _end(told)
    if dispute.is_open:
        return False
    had_lost = dispute.status == "lost"
    back = dispute.recover(came, won=seen.status == "won" and is_last, now=told.now)
    if had_lost and came.currency == told.payment.currency:
        give_back(told.payment, dispute_id=dispute.id, amount_minor=came.amount_minor, now=told.now)
    await _reserve(told.work, dispute, "dispute_won", back.vendor_minor, f"recovered/{dispute.recoveries}")
    return True


async def _end(told: _Told) -> None:
    """What the bank has decided, where no money has to come back for it."""
    dispute, status = told.dispute, told.seen.status
    if not dispute.is_open:
        return
    if status == "lost" and dispute.withdrawn_minor:
        await _lost(told)
    elif status == "won" and not dispute.withdrawn_minor:
        dispute.win(None, now=told.now)
    elif status in _NOTHING_TAKEN and not dispute.withdrawn_minor:
        dispute.close(now=told.now)


async def _won(told: _Told, came: Moved) -> None:
    dispute, loss = told.dispute, told.dispute.loss
    dispute.win(came, now=told.now)
    await _decide(told, loss, lost=False)
    await _reserve(told.work, dispute, "dispute_won", loss.vendor_minor, dispute.withdrawals)


async def _lost(told: _Told) -> None:
    dispute = told.dispute
    dispute.lose(now=told.now)
    if dispute.withdrawn_currency == told.payment.currency:
        overtake(told.payment, dispute_id=dispute.id, given_back_minor=dispute.loss.platform_minor, now=told.now)
    await _decide(told, dispute.loss, lost=True)


async def _decide(told: _Told, loss: Loss, *, lost: bool) -> None:
    booking = told.booking
    if decide(told.payment, booking, dispute_id=told.dispute.id, loss=loss, lost=lost, now=told.now):
        told.work.change(FreeClaim(booking.id, booking.listing_id))
        await drop_change(told.work, booking, "withdrawn")


async def _reserve(work: Work, dispute: Dispute, kind: Kind, amount_minor: int, turn: int | str) -> None:
    """Set the vendor's part aside (below zero), or give it back, once for each turn that the dispute takes."""
    if amount_minor:
        await adjust(
            work,
            vendor_id=dispute.vendor_id,
            booking_id=dispute.booking_id,
            currency=dispute.currency,
            kind=kind,
            cause=dispute.id if turn == 1 else f"{dispute.id}/{turn}",
            amount_minor=amount_minor,
        )
