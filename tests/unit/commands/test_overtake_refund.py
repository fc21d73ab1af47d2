"""A refund that Stripe never made and never will is closed by the dispute that was lost, with the books right."""

from typing import Any

from commands.overtake_refund import OvertakeRefund
from commands.record_no_answer import RecordNoAnswerToRefund
from commands.record_refund import RecordRefund, RefundSeen
from domain.payment import Payment
from tests.unit.books import balances
from tests.unit.dispute_facts import dispute, dispute_id, returned, taken
from tests.unit.facts import PRICE, VENDOR, cancelled, confirmed, entry_of, on_offer, payment_id, refund_id, refund_seen
from tests.unit.story import Given, Step, Story, fact, given

NO_ANSWER = Step(RecordNoAnswerToRefund(payment_id(), refund_id()))
OWED: tuple[Given, ...] = (on_offer(), confirmed(), cancelled(by=VENDOR), NO_ANSWER)
OPENED = Step(dispute("needs_response", taken()))
LOST = Step(dispute("lost", taken()))
KNOWN = OvertakeRefund(payment_id(), refund_id())


def status(story: Story) -> str:
    return story.state(Payment, payment_id()).refunds[refund_id()].shown_status


def owed_minor(story: Story) -> dict[str, int]:
    found = {account: minor for (_, account), minor in balances(story.log.events_after(0)).items()}
    return {account: found.get(account, 0) for account in ("refund.payable", "chargeback.loss")}


def test_the_bank_has_given_back_what_was_owed_so_nothing_is_owed_and_nothing_lost() -> None:
    story = given(*OWED, OPENED, LOST)
    assert (status(story), owed_minor(story)) == ("unresolved", {"refund.payable": -PRICE, "chargeback.loss": PRICE})
    story.when(KNOWN).then(fact(Payment.RefundOvertaken, dispute_id=dispute_id(), amount_minor=PRICE))
    assert (status(story), owed_minor(story)) == ("overtaken", {"refund.payable": 0, "chargeback.loss": 0})
    story.when(KNOWN).then_nothing()


def test_while_the_bank_decides_it_is_owed() -> None:
    given(*OWED, OPENED).when(KNOWN).then_nothing()


def test_without_any_dispute_it_is_owed() -> None:
    given(*OWED).when(KNOWN).then_nothing()


def test_a_dispute_that_is_won_leaves_it_owed() -> None:
    story = given(*OWED, OPENED, Step(dispute("won", taken(), returned()))).when(KNOWN).then_nothing()
    assert status(story) == "unresolved"


def test_what_was_made_all_the_same_is_not_overtaken() -> None:
    made = Step(refund_seen("succeeded", entry=entry_of("refund", -PRICE)))
    story = given(*OWED, OPENED, LOST, made).when(KNOWN).then_nothing()
    assert (status(story), owed_minor(story)) == ("succeeded", {"refund.payable": 0, "chargeback.loss": PRICE})


def test_a_dispute_that_gave_back_less_leaves_it_owed() -> None:
    part = taken(PRICE // 2)
    lost: Any = Step(dispute("lost", part, minor=PRICE // 2))
    given(*OWED, lost).when(KNOWN).then_nothing()


def test_news_of_a_refund_that_was_overtaken_changes_nothing() -> None:
    seen = RefundSeen("re_late", "succeeded", entry=entry_of("refund", -PRICE))
    given(*OWED, OPENED, LOST, Step(KNOWN)).when(RecordRefund(payment_id(), refund_id(), seen)).then_nothing()
