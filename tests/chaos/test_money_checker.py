"""The judge itself: a small honest history has nothing wrong, and each thing that can be wrong is told."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.chaos.money_checker import Event, Stripe, check

History = tuple[list[Event], Stripe]
PAID = {"payment_id": "p1", "booking_id": "b1"}


def entry(reference: str, gross_minor: int, fee_minor: int = 0) -> dict[str, Any]:
    return {
        "balance_transaction_id": reference,
        "gross_minor": gross_minor,
        "fee_minor": fee_minor,
        "currency": "EUR",
    }


def honest() -> History:
    """A booking of 100.00 is paid and cancelled with half of it back."""
    money = {"amount_minor": 10_000, "currency": "EUR"}
    back = {"refund_id": "r1", "booking_id": "b1", "amount_minor": 5_000, "currency": "EUR"}
    told: list[tuple[str, str, dict[str, Any]]] = [
        ("b1", "booking.held", {"price_minor": 10_000}),
        ("p1", "payment.requested", {"booking_id": "b1", **money}),
        ("p1", "payment.captured", {"charge_id": "ch_1", **money}),
        ("b1", "booking.confirmed", {}),
        ("p1", "payment.settled", {"entry": entry("txn_1", 10_000, 320)}),
        ("b1", "booking.cancelled", {"outcome": {"vendor_share_minor": 4_000, "platform_share_minor": 1_000}}),
        ("p1", "payment.refund_requested", {**back, "funding": {"unearned_minor": 5_000}}),
        ("p1", "payment.refund_succeeded", back),
        ("p1", "payment.refund_settled", {"entry": entry("txn_2", -5_000)}),
    ]
    versions: dict[str, int] = {}
    events = []
    for position, (stream, topic, facts) in enumerate(told, start=1):
        versions[stream] = versions.get(stream, 0) + 1
        events.append(Event(position, stream, versions[stream], topic, facts))
    charge = {"id": "ch_1", "amount_captured": 10_000, "currency": "eur", "metadata": PAID}
    refund = {"id": "re_1", "amount": 5_000, "status": "succeeded", "metadata": {**PAID, "refund_id": "r1"}}
    entries = [{"id": "txn_1", "amount": 10_000, "fee": 320}, {"id": "txn_2", "amount": -5_000, "fee": 0}]
    return events, Stripe([charge], [refund], [], entries)


def test_an_honest_history_has_nothing_wrong() -> None:
    assert check(*honest()) == []


def charged_twice(history: History) -> None:
    history[1].charges.append({**history[1].charges[0], "id": "ch_2"})


def charged_for_nobody(history: History) -> None:
    history[1].charges.append({**history[1].charges[0], "metadata": {}})


def a_cent_off(history: History) -> None:
    history[1].charges[0]["amount_captured"] -= 1


def never_refunded(history: History) -> None:
    history[1].refunds.clear()


def refunded_twice(history: History) -> None:
    history[1].refunds.append({**history[1].refunds[0], "id": "re_2"})


def refund_nobody_owes(history: History) -> None:
    history[1].refunds.append({**history[1].refunds[0], "metadata": {**PAID, "refund_id": "r2"}})


def entry_not_booked(history: History) -> None:
    history[1].entries.append({"id": "txn_3", "amount": 1, "fee": 0})


def an_event_is_lost(history: History) -> None:
    del history[0][4]


def a_capture_is_lost(history: History) -> None:
    history[0][2] = Event(3, "p1", 2, "payment.action_required", {})


def contested(status: str) -> History:
    """A booking of 100.00 is paid, and lost to the cardholder's bank, which takes a fee of 15.00 as well."""
    events, stripe = honest()
    events = [event for event in events if event.topic.startswith("payment.") and event.position < 6]
    dispute = {"stripe_dispute_id": "du_1", "booking_id": "b1", "currency": "EUR"}
    told: list[tuple[str, str, dict[str, Any]]] = [
        ("b1", "booking.held", {"price_minor": 10_000}),
        ("b1", "booking.confirmed", {}),
        ("d1", "dispute.opened", {**dispute, "payment_id": "p1"}),
        ("d1", "dispute.withdrawn", {**dispute, "amount_minor": 10_000, "fee_minor": 1_500}),
        ("d1", "dispute.settled", {"entry": entry("txn_2", -10_000, 1_500)}),
        ("d1", "dispute.lost", {**dispute, "loss": {"unearned_minor": 10_000}}),
        ("b1", "booking.contest_ended", {"price_minor": 0}),
        ("b1", "booking.cancelled", {"outcome": {"vendor_share_minor": 0, "platform_share_minor": 0}}),
    ]
    versions: dict[str, int] = {}
    history: list[Event] = []
    for stream, topic, facts in [(e.stream, e.topic, e.facts) for e in events] + told:
        versions[stream] = versions.get(stream, 0) + 1
        history.append(Event(len(history) + 1, stream, versions[stream], topic, facts))
    taken = {"id": "txn_2", "amount": -10_000, "fee": 1_500}
    found = {"id": "du_1", "charge": "ch_1", "status": status, "balance_transactions": [taken]}
    return history, Stripe(stripe.charges, [], [], [stripe.entries[0], taken], [found])


def test_a_dispute_that_was_lost_has_nothing_wrong() -> None:
    assert check(*contested("lost")) == []


def test_a_dispute_that_the_log_has_otherwise_or_not_at_all_is_told() -> None:
    assert "dispute du_1 is won at Stripe, and the log says lost" in check(*contested("won"))
    events, stripe = contested("lost")
    quiet = [event for event in events if event.stream != "d1"]
    assert "dispute du_1 is lost at Stripe, and the log says nothing" in check(quiet, stripe)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (charged_twice, "was charged 2 times"),
        (charged_for_nobody, "nobody asked for"),
        (a_cent_off, "Stripe took 9999 EUR"),
        (never_refunded, "was never made"),
        (refunded_twice, "was made 2 times"),
        (refund_nobody_owes, "is owed to nobody"),
        (entry_not_booked, "txn_3: the log says []"),
        (an_event_is_lost, "the positions of the log have a gap"),
        (a_capture_is_lost, "the log does not know"),
        (a_capture_is_lost, "is not confirmed"),
        (never_refunded, "should keep 5000 and keeps 10000"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_is_wrong_is_told(spoil: Callable[[History], None], said: str) -> None:
    history = deepcopy(honest())
    spoil(history)
    assert [line for line in check(*history) if said in line]
