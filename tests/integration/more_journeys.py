"""What people decide and Stripe finds out besides, for the journey that goes through everything."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from commands.answer_request import AcceptBooking
from commands.cancel_departure import CancelAffectedBooking, FinishDepartureCancellation, StartDepartureCancellation
from commands.change_cells import ChangeCells
from commands.decide_refund import PayRefundOtherwise, RejectRefund, RetryRefund
from commands.explain_entry import ApproveExplanation, ProposeExplanation, RejectExplanation
from commands.housekeep import FinishHousekeeping, StartHousekeeping
from commands.intervene import Intervene
from commands.open_departures import OpenDepartures
from commands.reconcile import FinishReconciliation, IdentifyEntry, StartReconciliation, SuspendEntry
from commands.record_audit_query import RecordAuditQuery
from commands.record_capture_failure import RecordCaptureFailure
from commands.record_dispute import DisputeSeen, ProviderStatus, RecordDispute
from commands.record_no_answer import RecordNoAnswer, RecordNoAnswerToRefund
from commands.record_payment import Intent, RecordPayment
from commands.record_refund import RecordRefund, RefundSeen
from commands.record_refusal import RecordRefusal
from commands.refund_payment import ApproveRefund, RefundPayment
from commands.revise_listing import ReviseListing
from commands.send_evidence import SendEvidence
from domain.actor import Actor
from domain.balance_entry import BalanceEntry
from domain.capacity import Cell
from domain.dispute import dispute_id_of
from domain.housekeeping import Tidied
from domain.ids import derived_id
from domain.money import Money
from domain.payment import Payment
from domain.stray_entry import stray_entry_id
from domain.stray_entry_events import Explanation
from domain.terms import PRESETS
from projections.catalogue import PROJECTIONS
from tests.integration.changed_bookings import asked
from tests.integration.payout_journey import FINANCE, OTHER
from tests.integration.webhook_journey import hooked
from workers.closing import days_to_close
from workers.follower import Followed, step

if TYPE_CHECKING:
    from tests.integration.journey import Journey
    from tests.integration.world import World

OPERATOR, COLLEAGUE = Actor(uuid4(), "operator"), Actor(uuid4(), "operator")
TICK = timedelta(microseconds=1)
ABROAD = "CHF"


def not_captured(journey: Journey, price_minor: int) -> None:
    """The vendor agrees, but the card's bank gives nothing of what it had set aside."""
    booking_id = asked(journey, price_minor)
    journey.world.do(AcceptBooking(booking_id), journey.vendor)
    journey.world.do(RecordCaptureFailure(journey.payment_ids[booking_id], "charge_expired_for_capture"))
    journey.stripe_says(booking_id, "canceled")


def decided(journey: Journey, minor: int) -> None:
    """Two refunds above what one person may decide: one is rejected, one agreed to, which comes back twice.

    How it went and came back the second time is seen when the traveller has been paid otherwise.
    """
    world, payment_id = journey.world, journey.payment_ids[journey.confirmed()]
    rejected, agreed = uuid4(), uuid4()
    for each in (rejected, agreed):
        amount = Money(minor, journey.currency)
        world.do(RefundPayment(each, payment_id, amount, "the boat leaked", "vendor"), OPERATOR)
    world.do(RejectRefund(payment_id, rejected), COLLEAGUE)
    world.do(ApproveRefund(payment_id, agreed), COLLEAGUE)
    world.do(RecordNoAnswerToRefund(payment_id, agreed))
    world.do(RecordRefund(payment_id, agreed, RefundSeen(f"re_1{agreed}", "failed", failure_code="unknown")))
    world.do(RetryRefund(payment_id, agreed), OPERATOR)
    world.do(RecordRefund(payment_id, agreed, RefundSeen(f"re_2{agreed}", "failed", failure_code="unknown")))
    world.do(PayRefundOtherwise(payment_id, agreed, "SEPA 4711"), OPERATOR)
    went, back = (BalanceEntry(f"txn_{n}{agreed}", sign * minor, 0, journey.currency) for n, sign in ((1, -1), (2, 1)))
    world.do(RecordRefund(payment_id, agreed, RefundSeen(f"re_2{agreed}", "failed", went, "unknown", back)))


def forgiven(journey: Journey, price_minor: int) -> None:
    """The whole price was given as goodwill before the vendor cancelled, so nothing more is sent."""
    booking_id, gift = journey.confirmed(), uuid4()
    payment_id = journey.payment_ids[booking_id]
    whole = Money(price_minor, journey.currency)
    journey.world.do(RefundPayment(gift, payment_id, whole, "a bad day", "goodwill"), OPERATOR)
    journey.world.do(ApproveRefund(payment_id, gift), COLLEAGUE)
    journey.cancelled(booking_id, journey.vendor)


def disputed(journey: Journey, price_minor: int) -> None:
    """One dispute that is answered with evidence and won, an inquiry, and one that is lost before a refund is sent."""
    answered, inquired, overtaken = journey.confirmed(), _paid_abroad(journey, price_minor), journey.confirmed()
    taken, back = ("taken", -price_minor), ("back", price_minor)
    _bank_says(journey, answered, "needs_response", taken)
    journey.world.do(SendEvidence(_dispute_of(journey, answered), "c2VhbGVk"), OPERATOR)
    _bank_says(journey, answered, "under_review", taken, evidence_number=1)
    _bank_says(journey, answered, "won", taken, back)
    again = ("again", -price_minor)
    _bank_says(journey, answered, "lost", taken, back, again)
    _bank_says(journey, answered, "won", taken, back, again, ("back_again", price_minor))
    _bank_says(journey, inquired, "warning_needs_response")
    _bank_says(journey, inquired, "warning_closed")
    _bank_says(journey, inquired, "won", taken, back, currency=ABROAD)
    journey.cancelled(overtaken, journey.vendor)
    _bank_says(journey, overtaken, "lost", taken)


def _paid_abroad(journey: Journey, price_minor: int) -> UUID:
    """A booking that was paid in one currency, while Stripe's balance moved in another."""
    booking_id = journey.paying()
    payment_id, currency = journey.payment_ids[booking_id], journey.currency
    came = BalanceEntry(f"txn_{payment_id}", price_minor * 11 // 10, 6_10, ABROAD)
    intent = Intent(f"pi_{payment_id}", "succeeded", price_minor, currency, f"ch_{payment_id}", entry=came)
    journey.world.do(RecordPayment(payment_id, intent))
    return booking_id


def _dispute_of(journey: Journey, booking_id: UUID) -> UUID:
    return dispute_id_of(f"du_{journey.payment_ids[booking_id]}")


def _bank_says(
    journey: Journey,
    booking_id: UUID,
    status: ProviderStatus,
    *moved: tuple[str, int],
    evidence_number: int | None = None,
    currency: str | None = None,
) -> None:
    """The dispute of this booking, as Stripe shows it, with what it `moved` so far: a name and an amount each."""
    payment_id = journey.payment_ids[booking_id]
    of = currency or journey.currency
    entries = tuple(BalanceEntry(f"txn_{name}_{payment_id}", minor, 0, of) for name, minor in moved)
    amount_minor = journey.world.hands.load(Payment, payment_id).captured_minor
    seen = DisputeSeen(f"du_{payment_id}", status, amount_minor, journey.currency, "fraudulent", None, entries)
    journey.world.do(RecordDispute(payment_id, seen, evidence_number))


def compared(journey: Journey, price_minor: int) -> None:
    """A charge is seen in Stripe's list before we know of it; and its task, which got no answer, is done again."""
    world, booking_id, run_id = journey.world, journey.paying(), uuid4()
    payment_id = journey.payment_ids[booking_id]
    world.do(RecordNoAnswer(payment_id, "create"))
    task_id = derived_id("task", "charge", payment_id, 1)
    world.do(Intervene(uuid4(), task_id, "park"), OPERATOR)
    entry = BalanceEntry(f"txn_{payment_id}", price_minor, 610, journey.currency)
    world.do(StartReconciliation(run_id))
    world.do(SuspendEntry(entry, "charge", f"ch_{payment_id}"))
    stray_id = stray_entry_id(entry.balance_transaction_id)
    said = ProposeExplanation(stray_id, Explanation("bank", None, "bank_transfer", "FIN-142"))
    for decided in (RejectExplanation(stray_id), ApproveExplanation(stray_id)):
        world.do(said, FINANCE)
        world.do(decided, OTHER)
    world.do(FinishReconciliation(run_id, matched=0, ours_only=0, theirs_only=1, different=0))
    world.do(Intervene(uuid4(), task_id, "retry"), OPERATOR)
    journey.stripe_says(booking_id, "succeeded")
    world.do(IdentifyEntry(entry.balance_transaction_id))


def closed(world: World, days: int) -> None:
    """The first days of the books are sealed, as the schedule does it."""
    while step(world.own, Followed(PROJECTIONS["journal"])):
        pass
    for command in days_to_close(world.own, world.now(), "UTC")[:days]:
        world.do(command)


def tidied_up(world: World) -> None:
    """A round of housekeeping by the schedule, with its report; whoever does its task finds nothing left to do."""
    run_id = uuid4()
    world.do(StartHousekeeping(run_id, scheduled=True))
    world.do(FinishHousekeeping(run_id, (Tidied("archive", found=3, done=1),)))


def stormy(journey: Journey) -> None:
    """Another departure, a day later and soon with fewer places, which the platform cancels for everybody."""
    world, run_id = journey.world, uuid4()
    journey.starts_at += timedelta(days=1)
    starts_at, until, listing_id = journey.starts_at, journey.starts_at + TICK, journey.listing_id
    world.do(OpenDepartures(uuid4(), listing_id, (Cell(starts_at, starts_at + timedelta(hours=4), 9),)), journey.vendor)
    world.do(ChangeCells(uuid4(), listing_id, starts_at, until, 5, None, "a smaller boat"), journey.vendor)
    booking_id = journey.confirmed()
    world.do(StartDepartureCancellation(run_id, listing_id, starts_at, until, "Storm", 1), OPERATOR)
    world.do(CancelAffectedBooking(run_id, booking_id))
    world.do(FinishDepartureCancellation(run_id, left=0))


def revised(journey: Journey, price_minor: int) -> None:
    """Everything that a listing says is said anew."""
    price = Money(price_minor, journey.currency)
    revision = ReviseListing(
        journey.listing_id,
        description="By another boat",
        price=price,
        terms=PRESETS["flexible"],
        booking_mode="instant",
    )
    journey.world.do(revision, journey.vendor)


def told_more(bought: Journey, asking: Journey, price_minor: int) -> None:
    """All of these, before a trip begins: of a listing that is bought at once, and of one that must be asked for."""
    not_captured(asking, price_minor)
    compared(bought, price_minor)
    decided(bought, price_minor // 2)
    forgiven(bought, price_minor)
    disputed(bought, price_minor)
    stormy(bought)
    hooked(bought)
    revised(asking, price_minor // 2)
    watched(bought)


def watched(journey: Journey) -> None:
    """A hold that is refused, and an auditor who asks; each is on record."""
    world, refused = journey.world, {"listing_id": journey.listing_id}
    world.do(RecordRefusal(uuid4(), "PlaceHold", "sold_out", refused), journey.traveller)
    world.do(RecordAuditQuery(uuid4(), "list_events", {}, 200, 50), Actor(uuid4(), "auditor"))
