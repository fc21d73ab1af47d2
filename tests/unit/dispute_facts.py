"""Disputes as Stripe tells of them, and one story of each way in which they end."""

from dataclasses import replace
from uuid import UUID

from commands.explain_entry import ApproveExplanation, ProposeExplanation, RejectExplanation
from commands.reconcile import FinishReconciliation, IdentifyEntry, StartReconciliation, SuspendEntry
from commands.record_dispute import DisputeSeen, ProviderStatus, RecordDispute
from commands.send_evidence import SendEvidence
from domain.balance_entry import BalanceEntry
from domain.dispute import dispute_id_of
from domain.stray_entry import stray_entry_id
from domain.stray_entry_events import Explanation
from tests.unit.facts import (
    DAY,
    FINANCE,
    PRICE,
    VENDOR,
    booking_id,
    cancelled,
    captured,
    confirmed,
    entry_of,
    paying,
    payment_id,
)
from tests.unit.payment_life import COLLEAGUE
from tests.unit.story import T0, Given, Step

FEE = 15_00


def dispute_id(n: int = 1) -> UUID:
    return dispute_id_of(f"du_{n}")


def taken(minor: int = PRICE, currency: str = "EUR", n: int = 1) -> BalanceEntry:
    """What the dispute of payment `n` took from our balance."""
    return entry_of(f"dispute{n}", -minor, FEE, currency)


def returned(minor: int = PRICE, fee_minor: int = 0, n: int = 1) -> BalanceEntry:
    return entry_of(f"reversal{n}", minor, fee_minor)


def dispute(
    status: ProviderStatus,
    *entries: BalanceEntry,
    minor: int = PRICE,
    evidence_number: int | None = None,
    n: int = 1,
) -> RecordDispute:
    seen = DisputeSeen(f"du_{n}", status, minor, "EUR", "fraudulent", T0 + 7 * DAY, entries)
    return RecordDispute(payment_id(n), seen, evidence_number)


def every_dispute(first: int) -> list[Given]:
    """One that is won with evidence, one that is lost, an inquiry, and one that overtakes a refund.

    The first is lost after all and won again, in another currency; of the second a tenth comes back. Four bookings,
    from number `first` on.
    """
    won, lost, asked, overtaken = first, first + 1, first + 2, first + 3
    again = (entry_of("again", -PRICE - 3_00, FEE, "USD"), entry_of("back", PRICE - 2_00, 0, "USD"))
    return [
        confirmed(won),
        confirmed(lost),
        confirmed(asked),
        Step(dispute("needs_response", taken(n=won), n=won)),
        Step(SendEvidence(dispute_id(won), "c2VhbGVk"), FINANCE),
        Step(dispute("under_review", taken(n=won), evidence_number=1, n=won)),
        Step(dispute("won", taken(n=won), returned(n=won), n=won)),
        Step(dispute("lost", taken(n=won), returned(n=won), again[0], n=won)),
        Step(dispute("won", taken(n=won), returned(n=won), *again, n=won)),
        Step(dispute("lost", taken(n=lost), n=lost)),
        Step(dispute("lost", taken(n=lost), returned(PRICE // 10, n=lost), n=lost)),
        Step(dispute("warning_needs_response", n=asked)),
        Step(dispute("warning_closed", n=asked)),
        [confirmed(overtaken), cancelled(overtaken, by=VENDOR)],
        Step(dispute("lost", taken(n=overtaken), n=overtaken)),
    ]


def contested_when_earned(n: int) -> list[Given]:
    """A tenth of a completed booking is contested, reserved, and given back."""
    news = (taken(PRICE // 10, n=n), returned(PRICE // 10, n=n))
    return [
        Step(dispute("needs_response", news[0], minor=PRICE // 10, n=n)),
        Step(dispute("won", *news, minor=PRICE // 10, n=n)),
    ]


def every_comparison() -> list[Given]:
    """A comparison with Stripe, and a balance transaction that nobody knew, then people explained, then an event."""
    run_id, stray = booking_id(99), entry_of("stray", -5_00)
    stray_id = stray_entry_id(stray.balance_transaction_id)
    said = Step(ProposeExplanation(stray_id, Explanation("stripe.fees", booking_id(), "fee", "FIN-7")), FINANCE)
    return [
        Step(StartReconciliation(run_id)),
        Step(SuspendEntry(stray, "other_adjustment", None)),
        said,
        Step(RejectExplanation(stray_id), FINANCE),
        said,
        Step(ApproveExplanation(stray_id), COLLEAGUE),
        Step(IdentifyEntry(stray.balance_transaction_id)),
        Step(FinishReconciliation(run_id, matched=1, ours_only=0, theirs_only=1, different=0)),
    ]


def settled_elsewhere(n: int) -> list[Given]:
    """A booking that was paid in euros, and settled in dollars."""
    news = captured(n)
    settled = replace(news.intent, entry=entry_of(f"pay{n}", PRICE + 8_00, 3_00, "USD"))
    return [*paying(n), Step(replace(news, intent=settled))]
