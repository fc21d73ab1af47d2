"""In every state every command is allowed, is nothing new, or is refused by name; and the money adds up after it."""

from collections.abc import Iterator
from typing import Any, Final, get_args

import pytest

from commands.complete_booking import CompleteBooking
from commands.handlers import HANDLERS
from commands.intervene import Intervene
from commands.record_audit_query import RecordAuditQuery
from commands.record_payment import Intent, RecordPayment
from commands.record_refusal import RecordRefusal
from domain import account, adjustment, booking, dispute, listing, payment, payout, webhook_endpoint
from domain.account import Account
from domain.adjustment import Adjustment
from domain.audit_query import AuditQuery
from domain.booking import Booking
from domain.departure_cancellation import AffectedBooking
from domain.dispute import Dispute
from domain.intervention import Intervention
from domain.listing import Listing
from domain.opening import CellChange, Opening
from domain.payment import Payment
from domain.payment_file import PaymentFile
from domain.payout import Payout
from domain.refund import RefundStatus
from domain.refusal import Refusal
from domain.refused_command import RefusedCommand
from domain.root import Root, replay
from domain.vendor_ledger import VendorLedger
from domain.webhook_endpoint import WebhookEndpoint
from infrastructure.event_codec import AGGREGATES
from tests.unit.books import balances, owed_of
from tests.unit.facts import ENDS_AT
from tests.unit.lives.booking import BOOKING, news
from tests.unit.lives.every import LIVES, asked_in
from tests.unit.lives.life import Ask, Life, ask_everything, fork
from tests.unit.lives.payment import PAYMENT, PAYMENTS
from tests.unit.story import Story

STATUSES: Final = {
    Listing: listing.ListingStatus,
    Booking: booking.Status,
    Payment: payment.Status,
    Dispute: dispute.Status,
    Payout: payout.Status,
    Account: account.AccountStatus,
    Adjustment: adjustment.Status,
    WebhookEndpoint: webhook_endpoint.Status,
}
NO_LIFE: Final = {
    Opening: "made once",
    CellChange: "made once",
    AffectedBooking: "made once",
    Intervention: "made once",
    PaymentFile: "made once",
    RefusedCommand: "made once",
    AuditQuery: "made once",
    VendorLedger: "follows from bookings and payouts: a period that is over is never asked for anything",
}
NO_AGGREGATE: Final = {
    Intervene: "a task of the board stands in no stream",
    RecordRefusal: "made once, whatever was refused",
    RecordAuditQuery: "made once, whatever was asked",
}
by_life = pytest.mark.parametrize("life", LIVES, ids=lambda life: life.title)


def told(kind: type[Root]) -> Iterator[Any]:
    """The things of this kind as the examples leave them."""
    for life in LIVES:
        if life.kind is kind:
            stories = [story.log.stream(life.stream_id) for story in life.told().values()]
            yield from filter(None, map(replay, stories))


@by_life
def test_the_story_of_a_state_leads_to_it(life: Life) -> None:
    assert {state: life.state_in(story) for state, story in life.told().items()} == {s: s for s in life.states}


@by_life
def test_every_command_in_every_state_is_allowed_or_refused_by_name(life: Life) -> None:
    asked = asked_in(life.title)
    assert len(asked) == sum(1 if ask.begins else len(life.states) for ask in life.asks)
    assert len({(a.state, a.command) for a in asked}) == len(asked), "two ways of asking have the same words"
    for a in asked:
        assert (a.outcome.kind == "refused") == isinstance(a.story.refusal, Refusal)
        assert a.outcome.kind != "refused" or a.story.new == []


@by_life
def test_every_state_that_a_command_leads_to_is_among_the_examples(life: Life) -> None:
    assert {a.outcome.word for a in asked_in(life.title) if a.outcome.kind == "moves"} <= set(life.states)


@by_life
def test_every_state_is_reached_by_some_command(life: Life) -> None:
    assert {a.outcome.word for a in asked_in(life.title) if a.outcome.kind == "moves"} >= set(life.examples)


@pytest.mark.parametrize("kind", STATUSES, ids=lambda kind: kind.__name__)
def test_every_status_has_an_example(kind: type[Root]) -> None:
    assert {thing.status for thing in told(kind)} == set(get_args(STATUSES[kind]))


def test_every_status_of_a_refund_has_an_example() -> None:
    assert {r.status for paid in told(Payment) for r in paid.refunds.values()} == set(get_args(RefundStatus))


def test_every_aggregate_has_a_life_or_a_reason() -> None:
    assert {life.kind for life in LIVES} == set(AGGREGATES) - set(NO_LIFE)


def test_every_command_is_asked_somewhere_or_has_a_reason() -> None:
    asked = {a.command.partition(":")[0] for life in LIVES for a in asked_in(life.title)}
    assert asked == {command.__name__ for command in set(HANDLERS) - set(NO_AGGREGATE)}


@by_life
def test_whatever_was_asked_the_money_adds_up_then_and_in_the_end(life: Life) -> None:
    """In the end: what Stripe may still capture is captured, and the trip takes place."""
    for asked in asked_in(life.title):
        if asked.story.new:
            check_money(asked.story)
            story = fork(asked.story)
            story.when(news("succeeded")(story)).when(CompleteBooking(BOOKING), at=max(ENDS_AT, story.log.now))
            check_money(story)


def check_money(story: Story) -> None:
    """Everything balances; nobody is paid back or has earned what is not there; the booking says what the books say."""
    events = story.log.events_after(0)
    assert sum(balances(events).values()) == 0
    disputed = any(isinstance(event, Booking.Contested) for event in events)
    for event in events:
        if not isinstance(event, Booking.Held):
            continue
        booked = replay(story.log.stream(event.originator_id))
        assert isinstance(booked, Booking)
        unearned = owed_of(events, "booking.unearned", booked.id, booked.currency)
        assert min(unearned, owed_of(events, "refund.payable", booked.id, booked.currency)) >= 0
        assert min(booked.payments.values(), default=0) >= 0
        assert disputed or unearned == booked.unearned_minor


def test_an_assertion_would_be_noticed() -> None:
    """Captured without a charge: Stripe never says so, and no handler expects it."""
    nonsense = Ask(RecordPayment(PAYMENT, Intent("pi_1", "succeeded", 1, "EUR")))
    broken = Life(**{**vars(PAYMENTS), "asks": (nonsense,)})
    with pytest.raises(AssertionError) as raised:
        ask_everything(broken)
    assert raised.value.__notes__ == ["Payment: RecordPayment when requested"]
