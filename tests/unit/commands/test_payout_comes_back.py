"""A payout whose money comes back, or of which nobody knows where its money is."""

from commands.payout_control import RetryPayout
from commands.record_payout import (
    BeginBankPayout,
    BeginTransfer,
    RecordBankPayout,
    RecordRefusedStep,
    RecordReversal,
    RecordTransfer,
    RecordUnresolved,
)
from domain.payout import Payout
from domain.vendor_ledger import VendorLedger
from projections.change import Once
from tests.unit.books import balances
from tests.unit.facts import (
    DAY,
    FINANCE,
    RUN_AT,
    completed,
    confirmed,
    draft_payout,
    entry_of,
    ledger_id,
    on_offer,
    payable,
)
from tests.unit.payout_facts import cancel, drafted, failed, paid, payout_of, period, reversed_, transferred
from tests.unit.payout_story import NEVER_SENT, books, payout
from tests.unit.story import Step, fact, given
from workers.react import react


class TestTransferredAfterAll:
    """Stripe refused the transfer, people gave the payout up, and then the transfer turns out to have happened."""

    CANCELLED = (
        Step(BeginTransfer(payout_of())),
        Step(RecordRefusedStep(payout_of(), "transfer", "balance_insufficient")),
        Step(cancel(), FINANCE),
    )
    FOUND = RecordTransfer(payout_of(), "tr_0", entry_of("transfer0", -80_00))

    def test_it_is_taken_back_at_once(self) -> None:
        story = payout(self.CANCELLED).when(self.FOUND)
        story.then(
            fact(Payout.Transferred, had_returned=True, transfer_id="tr_0"),
            Payout.ReversalRequested,
            Payout.TransferSettled,
        )
        (requested,) = [e for e in story.new if isinstance(e, Payout.ReversalRequested)]
        assert [change.values["kind"] for change in react(requested, 1) if isinstance(change, Once)] == [
            "reverse_transfer"
        ]
        now = story.state(Payout, payout_of())
        assert (now.shown_status, now.next_step, now.returned) == ("cancelled", "reversal", True)
        story.when(self.FOUND).then_nothing()

    def test_the_books_are_right_at_every_instant(self) -> None:
        """Its money stands on the vendor's Stripe account and is owed to the vendor, until it is ours again."""
        story = payout(self.CANCELLED, Step(self.FOUND))
        assert books(story) == {**NEVER_SENT, ("EUR", "connected.balance"): 80_00}
        story.when(reversed_().command)
        story.then(fact(Payout.TransferReversed, had_returned=True), Payout.ReversalSettled)
        assert books(story) == NEVER_SENT
        assert ("EUR", "stripe.clearing") not in balances(story.log.events_after(0))
        assert story.state(Payout, payout_of()).next_step is None
        story.when(reversed_().command).then_nothing()

    def test_its_lines_are_given_back_once_even_if_they_are_paid_again_meanwhile(self) -> None:
        story = payout(self.CANCELLED, drafted(1), paid(1), Step(self.FOUND), reversed_())
        assert story.state(VendorLedger, ledger_id(3)).lines == {}
        assert books(story) == {("EUR", "commission.revenue"): -20_00}

    def test_it_is_never_sent_to_the_bank(self) -> None:
        story = payout(self.CANCELLED, Step(self.FOUND)).when(BeginBankPayout(payout_of())).then_nothing()
        assert story.done is not None
        assert story.done.result is False
        story.when(cancel(), by=FINANCE).then_nothing()
        story.when(RetryPayout(payout_of()), by=FINANCE).then(fact(Payout.Retried, step="reversal"))


class TestBackFromTheBank:
    def test_paid_and_returned_days_later_is_available_again(self) -> None:
        story = payout(paid(), failed())
        assert books(story)["EUR", "payout.in_transit"] == -80_00
        story.when(reversed_().command).then(Payout.TransferReversed, Payout.ReversalSettled, VendorLedger.Returned)
        assert story.state(Payout, payout_of()).status == "failed"
        assert books(story) == NEVER_SENT

    def test_returned_lines_are_available_in_the_open_ledger(self) -> None:
        story = payout(paid(), failed(), reversed_())
        (line,) = story.state(VendorLedger, ledger_id(2)).lines.values()
        assert (line.amount_minor, line.available) == (80_00, True)

    def test_the_reversal_is_recorded_once(self) -> None:
        payout(paid(), failed(), reversed_()).when(reversed_().command).then_nothing()

    def test_paid_again_next_week(self) -> None:
        story = payout(paid(), failed(), reversed_(), drafted(1), paid(1))
        assert books(story) == {("EUR", "commission.revenue"): -20_00}


class TestUnresolved:
    def test_it_keeps_the_money_and_says_so(self) -> None:
        story = payout(Step(BeginTransfer(payout_of())))
        story.when(RecordUnresolved(payout_of(), "transfer", "no answer")).then(Payout.Unresolved)
        assert story.state(Payout, payout_of()).shown_status == "unresolved"
        assert books(story)["EUR", "payout.in_transit"] == -80_00

    def test_nothing_more_is_paid_until_it_is_known(self) -> None:
        lost = [Step(BeginTransfer(payout_of())), Step(RecordUnresolved(payout_of(), "transfer", "no answer"))]
        story = given(on_offer(), confirmed(1), confirmed(2), payable(), completed(1), drafted(), lost)
        story.tell(Step(completed(2).command, at=RUN_AT + DAY))
        story.when(draft_payout(period(1)), at=drafted(1).at)
        story.then(VendorLedger.Released, fact(VendorLedger.CarriedForward, reason="the payout before is unresolved"))
        story.tell(transferred())
        story.when(draft_payout(period(2)), at=drafted(2).at)
        assert story.state(Payout, payout_of(2)).amount_minor == 80_00

    def test_what_is_known_to_be_done_is_not_unresolved(self) -> None:
        late = RecordUnresolved(payout_of(), "transfer", "no answer")
        payout(transferred()).when(late).then_nothing()
        payout(transferred(), Step(RecordBankPayout(payout_of(), "po_0", "pending"))).when(
            RecordUnresolved(payout_of(), "bank", "no answer")
        ).then_nothing()

    def test_a_reversal_may_be_so_too(self) -> None:
        story = payout(paid(), failed()).when(RecordUnresolved(payout_of(), "reversal", "no answer"))
        story.then(Payout.Unresolved)
        story.when(RecordReversal(payout_of(), "trr_0", None)).then(Payout.TransferReversed, VendorLedger.Returned)
        assert story.state(Payout, payout_of()).shown_status == "failed"
