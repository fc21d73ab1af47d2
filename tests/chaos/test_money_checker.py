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
