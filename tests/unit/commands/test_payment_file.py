"""Payouts by bank transfer: in one payment file, once; paid or returned as the bank says; not cancelled in between."""

from uuid import UUID

import pytest

from commands.append import Busy
from commands.payment_file import ConfirmBankPayment, ConfirmPaymentFile, CreatePaymentFile, RecordBankReturn
from commands.payout_control import HoldPayout, ReleasePayout, RetryPayout
from commands.record_payout import BeginTransfer
from commands.vendor_settings import ChooseStripe
from domain.actor import Actor
from domain.payment_file import NothingToPay, NotInThisFile, PaymentFile
from domain.payout import NotInAFile, Payout
from domain.payout_control import PayoutUnderWay
from domain.refusal import NotAllowed, NotFound, VersionMismatch, WrongState
from domain.vendor import Vendor
from domain.vendor_ledger import VendorLedger
from tests.unit.books import balances
from tests.unit.facts import (
    AUDITOR,
    FINANCE,
    OPERATOR,
    VENDOR,
    VENDOR_ID,
    VENDOR_STREAM,
    completed,
    confirmed,
    on_offer,
    payable,
)
from tests.unit.payout_facts import (
    DEBTOR,
    FILE_ID,
    bank_paid,
    bank_returned,
    by_bank,
    cancel,
    drafted,
    earned_again,
    filed,
    paid,
    payout_of,
)
from tests.unit.story import Given, Step, Story, fact, given
from workers.react import react

EARNING: list[Given] = [on_offer(), confirmed(), by_bank(), completed()]
OTHER_FILE = UUID("0198d000-0000-7000-8000-00000000000e")
STRANGER = UUID("0198d000-0000-7000-8000-00000000000d")


def waiting(*steps: Given) -> Story:
    """A payout by bank transfer, drafted; then these steps."""
    return given(EARNING, drafted(), *steps)


def books(story: Story) -> dict[str, int]:
    left = balances(story.log.events_after(0))
    return {account: minor for (_, account), minor in left.items() if "stripe" not in account}


def test_a_vendor_without_an_account_at_stripe_is_paid_by_bank_transfer() -> None:
    story = waiting()
    payout = story.state(Payout, payout_of())
    assert (payout.method, payout.amount_minor, payout.destination) == ("bank_transfer", 80_00, "bank account")


def test_stripe_is_asked_for_nothing() -> None:
    story = waiting()
    (event,) = [e for e in story.log.events_after(0) if isinstance(e, Payout.Drafted)]
    assert list(react(event, 1)) == []
    story.when(BeginTransfer(payout_of())).then_nothing()


def test_it_stands_in_one_file_with_the_account_that_was_named_by_then() -> None:
    story = waiting(by_bank(2)).when(filed().command, by=FINANCE)
    story.then(
        fact(Payout.Filed, file_id=FILE_ID, details_version=3),
        fact(PaymentFile.Created, payout_ids=(payout_of(),), total_minor=80_00, debtor=DEBTOR),
    )
    story.when(filed(file_id=OTHER_FILE).command, by=FINANCE).then(NothingToPay)


def test_two_files_at_once_are_one() -> None:
    story = waiting().when(filed().command, by=FINANCE, meanwhile=filed(file_id=OTHER_FILE))
    assert isinstance(story.refusal, NothingToPay)
    assert not isinstance(story.refusal, Busy)


def test_one_on_hold_or_of_a_vendor_that_left_the_bank_is_left_out() -> None:
    waiting(Step(HoldPayout(payout_of(), "x"), FINANCE)).when(filed().command, by=FINANCE).then(NothingToPay)
    waiting(Step(ChooseStripe(), VENDOR)).when(filed().command, by=FINANCE).then(NothingToPay)
    held = waiting(Step(HoldPayout(payout_of(), "x"), FINANCE), Step(ReleasePayout(payout_of()), FINANCE))
    held.when(filed().command, by=FINANCE).then(Payout.Filed, PaymentFile.Created)


def test_one_that_goes_through_stripe_stands_in_no_file() -> None:
    story = given(on_offer(), confirmed(), payable(), completed(), drafted())
    story.when(filed().command, by=FINANCE).then(NothingToPay)
    for command in (ConfirmBankPayment(payout_of()), RecordBankReturn(payout_of(), "AC04")):
        story.when(command, by=FINANCE).then(NotInAFile)
    story.tell(paid())
    story.when(ConfirmBankPayment(payout_of()), by=FINANCE).then(NotInAFile)


def test_paid_it_has_left_our_bank_account() -> None:
    story = waiting(filed()).when(ConfirmBankPayment(payout_of()), by=FINANCE)
    story.then(fact(Payout.Paid, method="bank_transfer"))
    assert books(story) == {"bank": -80_00, "commission.revenue": -20_00}
    story.when(ConfirmBankPayment(payout_of()), by=FINANCE).then_nothing()


@pytest.mark.parametrize("before", [[], [bank_paid()]])
def test_returned_it_is_the_vendors_again_and_in_the_next_payout(before: list[Given]) -> None:
    story = waiting(filed(), before).when(RecordBankReturn(payout_of(), "AC04"), by=FINANCE)
    story.then(
        fact(Payout.Failed, code="AC04", had_been_paid=bool(before)),
        fact(Payout.Returned, amount_minor=80_00),
        fact(VendorLedger.Returned, payout_id=payout_of()),
    )
    assert books(story) == {"vendor.available": -80_00, "commission.revenue": -20_00}
    story.when(RecordBankReturn(payout_of(), "AC04"), by=FINANCE).then_nothing()
    story.when(ConfirmBankPayment(payout_of()), by=FINANCE).then(WrongState)
    story.tell(drafted(1))
    assert story.state(Payout, payout_of(1)).lines == story.state(Payout, payout_of()).lines


def three_in_a_file(*steps: Given) -> Story:
    """Three payouts, of a week each, in one file; then these steps."""
    later: list[Given] = [[earned_again(n), drafted(n)] for n in (1, 2)]
    return waiting(later, filed(0, 1, 2), *steps)


def answered(**returned: str) -> ConfirmPaymentFile:
    """All is paid but these: `p1="AC04"` is the second payout."""
    return ConfirmPaymentFile(FILE_ID, {payout_of(int(name[1:])): code for name, code in returned.items()})


def statuses(story: Story) -> list[str]:
    return [story.state(Payout, payout_of(n)).status for n in range(3)]


def test_a_whole_file_is_paid_in_one_append() -> None:
    story = three_in_a_file().when(answered(), by=FINANCE)
    story.then(*(fact(Payout.Paid, originator_id=payout_of(n)) for n in range(3)))
    assert len(story.log.appends[-1].events) == 3
    assert story.done is not None
    assert (story.done.result.under_way, story.done.result.returned, story.done.result.version) == (0, 0, 1)
    story.when(answered(), by=FINANCE).then_nothing()


def test_what_is_named_came_back_and_the_rest_is_paid() -> None:
    story = three_in_a_file().when(answered(p1="AC04"), by=FINANCE)
    story.then(
        Payout.Paid,
        fact(Payout.Failed, originator_id=payout_of(1), code="AC04", had_been_paid=False),
        fact(Payout.Returned, originator_id=payout_of(1)),
        Payout.Paid,
        fact(VendorLedger.Returned, payout_id=payout_of(1)),
    )
    assert statuses(story) == ["paid", "failed", "paid"]
    assert story.done is not None
    assert (story.done.result.under_way, story.done.result.returned) == (0, 1)
    story.when(answered(p1="AC04"), by=FINANCE).then_nothing()
    story.when(answered(p1="MS03"), by=FINANCE).then_nothing()
    story.when(answered(), by=FINANCE).then_nothing()


def test_what_the_bank_had_answered_before_stays_as_it_is() -> None:
    story = three_in_a_file(bank_paid(0), bank_returned(1)).when(answered(), by=FINANCE)
    story.then(fact(Payout.Paid, originator_id=payout_of(2)))
    assert statuses(story) == ["paid", "failed", "paid"]


def test_one_that_was_paid_and_is_named_came_back_since() -> None:
    story = three_in_a_file().when(answered(), by=FINANCE).when(answered(p2="AC06"), by=FINANCE)
    story.then(fact(Payout.Failed, code="AC06", had_been_paid=True), Payout.Returned, VendorLedger.Returned)


def test_a_whole_file_that_the_bank_refused_is_the_vendors_again() -> None:
    story = three_in_a_file().when(answered(p0="AM04", p1="AM04", p2="AM04"), by=FINANCE)
    assert statuses(story) == ["failed"] * 3
    assert books(story) == {"vendor.available": -240_00, "commission.revenue": -20_00, "goodwill": 160_00}


def test_a_file_is_answered_whole_or_not_at_all() -> None:
    story = three_in_a_file()
    story.when(ConfirmPaymentFile(FILE_ID, {payout_of(0): "AC04", STRANGER: "AC04"}), by=FINANCE).then(NotInThisFile)
    assert str(STRANGER) in str(story.refusal)
    assert str(payout_of(0)) not in str(story.refusal)
    assert statuses(story) == ["bank_submitted"] * 3
    story.when(ConfirmPaymentFile(OTHER_FILE, {}), by=FINANCE).then(NotFound)
    story.when(ConfirmPaymentFile(FILE_ID, {}, version=2), by=FINANCE).then(VersionMismatch)


def test_one_payout_that_is_answered_meanwhile_is_answered_once() -> None:
    story = three_in_a_file().when(answered(), by=FINANCE, meanwhile=bank_returned(1))
    assert statuses(story) == ["paid", "failed", "paid"]
    topics = [event.TOPIC for event in story.log.events_after(0)]
    assert (topics.count("payout.paid"), topics.count("payout.failed")) == (2, 1)


def test_in_a_file_it_cannot_be_held_or_cancelled_until_it_is_returned() -> None:
    story = waiting(filed())
    story.when(cancel(), by=FINANCE).then(PayoutUnderWay)
    story.when(HoldPayout(payout_of(), "x"), by=FINANCE).then(PayoutUnderWay)
    story.when(RetryPayout(payout_of()), by=FINANCE).then(WrongState)
    story.tell(bank_returned())
    story.when(cancel(), by=FINANCE).then(WrongState)
    waiting().when(cancel(), by=FINANCE).then(Payout.Cancelled, VendorLedger.Returned)


def test_other_currencies_than_euro_go_through_stripe() -> None:
    vendor = given(EARNING, payable()).state(Vendor, VENDOR_STREAM)
    assert (vendor.paid_by("EUR"), vendor.paid_by("USD")) == ("bank_transfer", "stripe")
    assert vendor.destination_of("USD") == "acct_kayak"
    assert given(EARNING).state(Vendor, VENDOR_STREAM).destination_of("USD") is None


@pytest.mark.parametrize("by", [VENDOR, OPERATOR, AUDITOR])
def test_only_finance_may(by: Actor) -> None:
    for command in (
        CreatePaymentFile(FILE_ID, (payout_of(),), DEBTOR),
        ConfirmBankPayment(payout_of()),
        RecordBankReturn(payout_of(), "AC04"),
        ConfirmPaymentFile(OTHER_FILE, {}),
    ):
        waiting(filed(file_id=OTHER_FILE)).when(command, by=by).then(NotAllowed)


def test_nothing_personal_stands_outside_the_account() -> None:
    """Vendors, payouts and files say only which event of the account has it."""
    events = waiting(filed()).log.events_after(0)
    told = [repr(vars(e)) for e in events if not e.TOPIC.startswith("account.")]
    assert not [text for text in told if "c2VhbGVk" in text]
    assert VENDOR_ID in {getattr(e, "vendor_id", None) for e in events}
