"""Disputes as Stripe tells of them, and one story of each way in which they end."""

from uuid import UUID

from commands.reconcile import FinishReconciliation, IdentifyEntry, StartReconciliation, SuspendEntry
from commands.record_dispute import DisputeSeen, ProviderStatus, RecordDispute
from commands.send_evidence import SendEvidence
from domain.balance_entry import BalanceEntry
from domain.dispute import dispute_id_of
from tests.unit.facts import DAY, FINANCE, PRICE, VENDOR, booking_id, cancelled, confirmed, entry_of, payment_id
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

    Bookings from number `first` on, four of them.
    """
    won, lost, asked, overtaken = first, first + 1, first + 2, first + 3
    return [
        confirmed(won),
        confirmed(lost),
        confirmed(asked),
        Step(dispute("needs_response", taken(n=won), n=won)),
        Step(SendEvidence(dispute_id(won), "c2VhbGVk"), FINANCE),
        Step(dispute("under_review", taken(n=won), evidence_number=1, n=won)),
        Step(dispute("won", taken(n=won), returned(n=won), n=won)),
        Step(dispute("lost", taken(n=lost), n=lost)),
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
    """A comparison with Stripe, and a balance transaction that nobody knew at first."""
    run_id, stray = booking_id(99), entry_of("stray", -5_00)
    return [
        Step(StartReconciliation(run_id)),
        Step(SuspendEntry(stray, "other_adjustment", None)),
        Step(IdentifyEntry(stray.balance_transaction_id)),
        Step(FinishReconciliation(run_id, matched=1, ours_only=0, theirs_only=1, different=0)),
    ]
