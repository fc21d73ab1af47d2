"""What the people of finance may do with a payout, and when it is too late for that."""

import pytest

from commands.payout_control import HoldPayout, HoldVendorPayouts, ReleasePayout, ReleaseVendorPayouts, RetryPayout
from commands.record_payout import BeginBankPayout, BeginTransfer, RecordBankPayout, RecordRefusedStep
from domain.actor import Actor
from domain.payout import Payout
from domain.payout_control import PayoutOnHold, PayoutUnderWay
from domain.refusal import NotAllowed, VersionMismatch, WrongState
from domain.vendor import Vendor
from domain.vendor_ledger import VendorLedger
from tests.unit.facts import AUDITOR, FINANCE, OPERATOR, VENDOR, VENDOR_ID, draft_payout
from tests.unit.payout_facts import cancel, drafted, failed, limited, paid, payout_of, period, reversed_, transferred
from tests.unit.payout_story import EARNING, NEVER_SENT, books, payout
from tests.unit.story import Given, Step, fact, given


class TestCancel:
    def test_nothing_sent_is_the_vendors_again_at_once(self) -> None:
        story = payout().when(cancel(), by=FINANCE)
        story.then(fact(Payout.Cancelled, amount_minor=80_00), fact(VendorLedger.Returned, payout_id=payout_of()))
        assert books(story) == NEVER_SENT

    def test_its_lines_are_in_the_next_payout(self) -> None:
        story = payout(Step(cancel(), FINANCE), drafted(1))
        first, second = (story.state(Payout, payout_of(n)) for n in (0, 1))
        assert second.lines == first.lines

    def test_the_same_period_is_not_paid_again(self) -> None:
        story = payout(Step(cancel(), FINANCE)).when(draft_payout())
        story.then_nothing()

    def test_what_was_transferred_is_taken_back_first(self) -> None:
        story = payout(transferred()).when(cancel(), by=FINANCE).then(Payout.ReversalRequested)
        reversal = reversed_().command
        story.when(reversal).then(Payout.TransferReversed, Payout.ReversalSettled, VendorLedger.Returned)
        assert story.state(Payout, payout_of()).status == "cancelled"
        assert books(story) == NEVER_SENT

    @pytest.mark.parametrize(
        "steps",
        [
            [Step(BeginTransfer(payout_of()))],
            [*transferred(), Step(BeginBankPayout(payout_of()))],
            [*transferred(), Step(RecordBankPayout(payout_of(), "po_0", "pending"))],
        ],
    )
    def test_while_money_may_be_moving_it_is_too_late(self, steps: list[Given]) -> None:
        payout(steps).when(cancel(), by=FINANCE).then(PayoutUnderWay)

    def test_after_stripe_refused_a_step_it_can_be_cancelled(self) -> None:
        refused = Step(RecordRefusedStep(payout_of(), "transfer", "balance_insufficient"))
        story = payout(Step(BeginTransfer(payout_of())), refused).when(cancel(), by=FINANCE)
        story.then(Payout.Cancelled, VendorLedger.Returned)
        bank = Step(RecordRefusedStep(payout_of(), "bank", "payouts_not_allowed"))
        again = payout(transferred(), Step(BeginBankPayout(payout_of())), bank)
        again.when(cancel(), by=FINANCE).then(Payout.ReversalRequested)

    @pytest.mark.parametrize("steps", [paid(), [*paid(), failed()]])
    def test_what_was_paid_or_has_failed_cannot_be_cancelled(self, steps: list[Given]) -> None:
        payout(steps).when(cancel(), by=FINANCE).then(WrongState)

    def test_twice_is_once(self) -> None:
        payout(Step(cancel(), FINANCE)).when(cancel(), by=FINANCE).then_nothing()
        payout(transferred(), Step(cancel(), FINANCE)).when(cancel(), by=FINANCE).then_nothing()

    def test_a_cancelled_one_is_never_sent(self) -> None:
        story = payout(Step(cancel(), FINANCE)).when(BeginTransfer(payout_of())).then_nothing()
        assert story.done is not None
        assert story.done.result is False

    def test_it_races_with_the_transfer_and_one_of_them_wins(self) -> None:
        story = payout().when(cancel(), by=FINANCE, meanwhile=Step(BeginTransfer(payout_of())))
        assert isinstance(story.refusal, PayoutUnderWay)
        story = payout().when(BeginTransfer(payout_of()), meanwhile=Step(cancel(), FINANCE))
        assert story.done is not None
        assert story.done.result is False


class TestHold:
    def test_one_on_hold_is_not_sent_until_released(self) -> None:
        story = payout(Step(HoldPayout(payout_of(), "a question"), FINANCE))
        story.when(BeginTransfer(payout_of())).then_nothing()
        story.when(ReleasePayout(payout_of()), by=FINANCE).then(fact(Payout.Released, step="transfer"))
        story.when(BeginTransfer(payout_of())).then(Payout.TransferSubmitted)

    def test_between_transfer_and_bank_too(self) -> None:
        story = payout(transferred(), Step(HoldPayout(payout_of(), "a question"), FINANCE))
        story.when(BeginBankPayout(payout_of())).then_nothing()
        story.when(ReleasePayout(payout_of()), by=FINANCE).then(fact(Payout.Released, step="bank"))

    def test_one_that_its_bank_has_all_the_same_cannot_be_let_go_on(self) -> None:
        held = Step(HoldPayout(payout_of(), "a question"), FINANCE)
        story = payout(transferred(), held, Step(RecordBankPayout(payout_of(), "po_0", "paid")))
        story.when(ReleasePayout(payout_of()), by=FINANCE).then_nothing()

    def test_what_is_being_sent_cannot_be_held(self) -> None:
        payout(Step(BeginTransfer(payout_of()))).when(HoldPayout(payout_of(), "x"), by=FINANCE).then(PayoutUnderWay)
        payout(paid()).when(HoldPayout(payout_of(), "x"), by=FINANCE).then(WrongState)

    def test_one_on_hold_may_be_cancelled_and_not_retried(self) -> None:
        held = Step(HoldPayout(payout_of(), "a question"), FINANCE)
        payout(held).when(RetryPayout(payout_of()), by=FINANCE).then(PayoutOnHold)
        payout(held).when(cancel(), by=FINANCE).then(Payout.Cancelled, VendorLedger.Returned)

    def test_a_vendor_on_hold_is_carried_forward_and_paid_when_released(self) -> None:
        story = given(EARNING, Step(HoldVendorPayouts(VENDOR_ID, "a question"), FINANCE))
        story.when(draft_payout(), at=drafted().at)
        story.then(VendorLedger.Released, fact(VendorLedger.CarriedForward, reason="payouts are on hold"))
        story.when(ReleaseVendorPayouts(VENDOR_ID), by=FINANCE).then(Vendor.PayoutsReleased)
        story.when(draft_payout(period(1)), at=drafted(1).at)
        assert story.state(Payout, payout_of(1)).amount_minor == 80_00


@pytest.mark.parametrize("by", [VENDOR, OPERATOR, AUDITOR])
def test_only_finance_may(by: Actor) -> None:
    for command in (
        limited(1).command,
        cancel(),
        HoldPayout(payout_of(), "x"),
        ReleasePayout(payout_of()),
        RetryPayout(payout_of()),
    ):
        payout().when(command, by=by).then(NotAllowed)


def test_who_has_seen_another_version_is_told() -> None:
    payout(transferred()).when(HoldPayout(payout_of(), "x", version=1), by=FINANCE).then(VersionMismatch)
