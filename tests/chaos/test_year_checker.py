"""The judge of the year itself: an honest year has nothing wrong, and each thing that can be wrong is told."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.chaos.money_checker import Event
from tests.chaos.year_checker import Purse, Stripe, check

Year = tuple[list[Event], Stripe, dict[Purse, dict[str, int]]]
PURSE = ("v1", "EUR")
MINE = {"vendor_id": "v1", "currency": "EUR"}
EARLY, LATE, TOO_LATE = (f"2026-03-0{day}T12:00:00+00:00" for day in (1, 3, 5))
TERMS = {
    "grace": {"until": EARLY},
    "deadlines": [{"until": LATE, "refund_bp": 5_000}],
    "fee_minor": 0,
    "no_show_bp": 2_500,
}
HELD = {**MINE, "price_minor": 10_000, "commission_bp": 2_000, "terms": TERMS}


def honest() -> Year:
    """Six bookings of 100.00 at 20 %, an adjustment, a payout that arrived and one that came back: 230.00 in all."""
    told: list[tuple[str, str, dict[str, Any]]] = []
    for number in range(1, 7):
        booking = f"b{number}"
        told += [
            (booking, "booking.held", HELD),
            (f"p{number}", "payment.captured", {"charge_id": f"ch_{number}", "booking_id": booking}),
            (booking, "booking.confirmed", {}),
        ]
    told += [
        ("b1", "booking.completed", {}),  # 80.00
        ("b2", "booking.cancelled", {"by": "traveller", "timestamp": LATE}),  # Half of it is kept: 40.00.
        ("b3", "booking.completed", {}),
        ("p3", "payment.refund_requested", {"booking_id": "b3", "at_fault": "vendor", "amount_minor": 3_000}),  # 56.00
        ("b4", "booking.no_show_recorded", {}),  # Three quarters are kept: 60.00.
        ("b5", "booking.completed", {}),  # Lost to the cardholder's bank.
        ("b6", "booking.cancelled", {"by": "vendor", "timestamp": TOO_LATE}),
        ("a1", "adjustment.approved", {**MINE, "amount_minor": -600}),
    ]
    for payout, amount_minor in (("o1", 12_000), ("o2", 5_000)):
        told += [(payout, "payout.drafted", MINE), (payout, "payout.transferred", {"amount_minor": amount_minor})]
    told.append(("o2", "payout.transfer_reversed", {"amount_minor": 5_000}))
    events = [Event(position, *_counted(told, position)) for position in range(1, len(told) + 1)]
    transfers = [_transfer("o1", 12_000, 0), _transfer("o2", 5_000, 5_000)]
    disputes = [{"charge": "ch_5", "status": "lost"}, {"charge": "ch_1", "status": "won"}]
    balances = {"pending": 1_000, "available": 9_500, "reserved": 500, "in_transit": 0, "paid_out": 12_000}
    return events, Stripe({"acct_1": "v1"}, transfers, disputes, {PURSE: 12_000}), {PURSE: balances}


def _counted(told: list[tuple[str, str, dict[str, Any]]], position: int) -> tuple[str, int, str, dict[str, Any]]:
    stream, topic, facts = told[position - 1]
    return stream, sum(one == stream for one, _, _ in told[:position]), topic, facts


def _transfer(payout: str, amount: int, reversed_: int) -> dict[str, Any]:
    return {
        "id": f"tr_{payout}",
        "amount": amount,
        "amount_reversed": reversed_,
        "currency": "eur",
        "destination": "acct_1",
        "metadata": {"payout_id": payout},
    }


def test_an_honest_year_has_nothing_wrong() -> None:
    assert check(*honest()) == []


def test_what_goes_back_is_an_amount_that_stripe_can_move() -> None:
    """9.990 dinars, of which half would be 4.995: 5.000 go back, and of 4.990 the vendor has 80 %."""
    events, stripe, _ = honest()
    held = {**HELD, "price_minor": 9_990, "currency": "KWD"}
    events = [
        Event(1, "b1", 1, "booking.held", held),
        Event(2, "b1", 2, "booking.confirmed", {}),
        Event(3, "b1", 3, "booking.cancelled", {"by": "traveller", "timestamp": LATE}),
    ]
    assert check(events, Stripe(stripe.accounts), {("v1", "KWD"): {"available": 3_992}}) == []


def a_cent_too_much(year: Year) -> None:
    year[2][PURSE]["available"] += 1


def a_purse_is_lost(year: Year) -> None:
    year[2].clear()


def a_line_too_many(year: Year) -> None:
    year[2]["v1", "USD"] = {"pending": 8_000}


def earned_and_never_booked(year: Year) -> None:
    year[2][PURSE]["pending"] = 0


def kept_by_nobody(year: Year) -> None:
    """As if the traveller had cancelled while all of it goes back."""
    _spoil(year, "booking.cancelled", timestamp=EARLY)


def a_refund_at_nobodys_cost(year: Year) -> None:
    _spoil(year, "payment.refund_requested", at_fault="goodwill")


def a_dispute_was_won(year: Year) -> None:
    year[1].disputes[0]["status"] = "won"


def an_adjustment_is_forgotten(year: Year) -> None:
    _spoil(year, "adjustment.approved", amount_minor=0)


def transferred_twice(year: Year) -> None:
    year[1].transfers.append({**year[1].transfers[0], "id": "tr_again"})


def never_transferred(year: Year) -> None:
    del year[1].transfers[0]


def transferred_for_nobody(year: Year) -> None:
    year[1].transfers.append(_transfer("o3", 1, 0))


def to_another(year: Year) -> None:
    year[1].accounts["acct_1"] = "v2"


def in_another_currency(year: Year) -> None:
    year[1].transfers[0]["currency"] = "usd"


def never_taken_back(year: Year) -> None:
    year[1].transfers[1]["amount_reversed"] = 0


def never_arrived(year: Year) -> None:
    year[1].arrived.clear()


def _spoil(year: Year, topic: str, **facts: Any) -> None:
    """The first event of this topic says something else."""
    at, event = next((at, event) for at, event in enumerate(year[0]) if event.topic == topic)
    year[0][at] = Event(event.position, event.stream, event.version, topic, event.facts | facts)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (a_cent_too_much, "has earned 23000, and got or has 23001"),
        (a_purse_is_lost, "has earned 23000, and got or has 0"),
        (a_line_too_many, "('v1', 'USD') has earned 0, and got or has 8000"),
        (earned_and_never_booked, "has earned 23000, and got or has 22000"),
        (kept_by_nobody, "has earned 19000, and got or has 23000"),
        (a_refund_at_nobodys_cost, "has earned 25400, and got or has 23000"),
        (a_dispute_was_won, "has earned 31000, and got or has 23000"),
        (an_adjustment_is_forgotten, "has earned 23600, and got or has 23000"),
        (transferred_twice, "payout o1: transferred and taken back [12000, 0] in the log, [24000, 0] at Stripe"),
        (never_transferred, "payout o1: transferred and taken back [12000, 0] in the log, [0, 0] at Stripe"),
        (transferred_for_nobody, "payout o3: transferred and taken back [0, 0] in the log, [1, 0] at Stripe"),
        (to_another, "transfer tr_o1 went to ('v2', 'EUR'), and is of ('v1', 'EUR')"),
        (in_another_currency, "transfer tr_o1 went to ('v1', 'USD'), and is of ('v1', 'EUR')"),
        (never_taken_back, "payout o2: transferred and taken back [5000, 5000] in the log, [5000, 0] at Stripe"),
        (never_arrived, "was paid 0 by Stripe, and 12000 by our books"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_is_wrong_is_told(spoil: Callable[[Year], None], said: str) -> None:
    year = deepcopy(honest())
    spoil(year)
    assert [line for line in check(*year) if said in line]
