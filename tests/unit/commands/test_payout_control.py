"""What the people of finance may do with a payout, and when it is too late for that."""

import pytest

from commands.payout_control import (
    HoldPayout,
    HoldVendorPayouts,
    ReleasePayout,
    ReleaseVendorPayouts,
    RetryPayout,
)
from commands.record_payout import (
    BeginBankPayout,
    BeginTransfer,
    RecordBankPayout,
    RecordRefusedStep,
    RecordReversal,
    RecordTransfer,
    RecordUnresolved,
)
from domain.actor import Actor
from domain.payout import Payout, PayoutOnHold, PayoutUnderWay
from domain.refusal import NotAllowed, VersionMismatch, WrongState
from domain.vendor import Vendor
from domain.vendor_ledger import VendorLedger
from projections.change import Once
from tests.unit.books import balances
from tests.unit.facts import (
    AUDITOR,
    DAY,
    FINANCE,
    OPERATOR,
    RUN_AT,
    VENDOR,
    VENDOR_ID,
    completed,
    confirmed,
    draft_payout,
    entry_of,
    ledger_id,
    on_offer,
    payable,
)
from tests.unit.payout_facts import (
    cancel,
    drafted,
    failed,
    limited,
    owing,
    paid,
    payout_of,
    period,
    reversed_,
    transferred,
)
from tests.unit.story import Given, Step, Story, fact, given
from workers.react import react

EARNING: list[Given] = [on_offer(), confirmed(), payable(), completed()]
NEVER_SENT = {("EUR", "vendor.available"): -80_00, ("EUR", "commission.revenue"): -20_00}


def payout(*steps: Given) -> Story:
    return given(EARNING, drafted(), *steps)


def books(story: Story) -> dict[tuple[str, str], int]:
    """Without what the charge of the card has left with Stripe."""
    left = balances(story.log.events_after(0))
    return {account: minor for account, minor in left.items() if "stripe" not in account[1]}


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


class TestClawback:
    """A payout is cut by no more than a share of what it has earned; the rest of a debt goes to the next one."""

    def lines(self, story: Story, n: int = 0) -> list[tuple[str, int]]:
        return [(line.kind, line.amount_minor) for line in story.state(Payout, payout_of(n)).lines]

    def test_the_whole_debt_is_taken_unless_finance_says_otherwise(self) -> None:
        story = given(EARNING, owing(20_00), drafted())
        assert self.lines(story) == [("completed", 80_00), ("adjustment", -20_00)]

    def test_what_one_payout_leaves_the_next_one_names(self) -> None:
        story = given(on_offer(), confirmed(1), confirmed(2), payable(), completed(1), owing(70_00), limited(2_500))
        story.when(draft_payout(), at=RUN_AT)
        assert self.lines(story) == [("completed", 80_00), ("adjustment", -70_00), ("debt_left", 50_00)]
        assert story.state(Payout, payout_of()).amount_minor == 60_00
        assert [e.clawback_bp for e in story.new if isinstance(e, VendorLedger.DebtCarried)] == [2_500]
        assert story.state(VendorLedger, ledger_id(2)).owed_minor == 50_00
        assert books(story)["EUR", "vendor.available"] == 50_00
        story.tell(Step(completed(2).command, at=RUN_AT + DAY))
        story.tell(drafted(1))
        assert self.lines(story, 1) == [("debt_carried", -50_00), ("completed", 80_00), ("debt_left", 30_00)]
        assert story.state(VendorLedger, ledger_id(3)).owed_minor == 30_00

    def test_a_debt_within_the_share_is_taken_whole(self) -> None:
        story = given(EARNING, owing(20_00), limited(2_500), drafted())
        assert self.lines(story) == [("completed", 80_00), ("adjustment", -20_00)]

    def test_what_is_left_must_reach_the_minimum_all_the_same(self) -> None:
        story = given(EARNING, owing(90_00), limited(5_000)).when(draft_payout(), at=RUN_AT)
        story.then(VendorLedger.Released, fact(VendorLedger.CarriedForward, payable_minor=40_00))

    def test_a_payout_that_comes_back_owes_what_it_did_before(self) -> None:
        story = given(EARNING, owing(70_00), limited(2_500), drafted(), Step(cancel(), FINANCE))
        ledger = story.state(VendorLedger, ledger_id(2))
        assert sum(line.amount_minor for line in ledger.lines.values()) == 10_00
        story.tell(drafted(1))
        assert story.state(Payout, payout_of(1)).amount_minor == 60_00
        assert story.state(VendorLedger, ledger_id(3)).owed_minor == 50_00

    def test_the_same_limit_again_is_no_event(self) -> None:
        given(EARNING, limited(2_500)).when(limited(2_500).command, by=FINANCE).then_nothing()


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
