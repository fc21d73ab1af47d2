"""What Stripe's balance transactions and disputes amount to, in our minor units, whoever reads them."""

from types import SimpleNamespace
from typing import Any

import pytest
import stripe

from infrastructure.stripe_client import entry_of
from infrastructure.stripe_disputes import StripeDisputes
from infrastructure.stripe_ledger import StripeLedger

# docs.stripe.com/currencies: ISK has no decimals in ISO 4217, and Stripe takes it with two.
TAKEN: dict[str, Any] = {
    "id": "txn_1",
    "amount": -250_000,
    "fee": 1_500_00,
    "currency": "isk",
    "reporting_category": "dispute",
    "source": "du_1",
    "created": 1_780_000_000,
}
DISPUTE: dict[str, Any] = {
    "id": "du_1",
    "status": "needs_response",
    "amount": 250_000,
    "currency": "isk",
    "reason": "fraudulent",
    "evidence_details": {"submission_count": 0},
    "balance_transactions": [TAKEN],
}


def v1() -> Any:
    """Stripe's objects, as the SDK makes them of what it reads."""

    def answer(facts: dict[str, Any]) -> Any:
        return stripe.StripeObject.construct_from(facts, "sk_test_x")

    return SimpleNamespace(
        balance_transactions=SimpleNamespace(list=lambda _: answer({"data": [TAKEN], "has_more": False})),
        disputes=SimpleNamespace(retrieve=lambda *_: answer(DISPUTE)),
    )


@pytest.fixture
def expanded() -> Any:
    return entry_of(stripe.BalanceTransaction.construct_from(TAKEN, "sk_test_x"))


def test_a_currency_that_stripe_counts_its_own_way_is_counted_ours(expanded: Any) -> None:
    assert (expanded.gross_minor, expanded.fee_minor, expanded.currency) == (-2_500, 1_500, "ISK")


def test_the_list_of_transactions_says_the_same(expanded: Any) -> None:
    (listed,) = StripeLedger(v1()).page(since=None, after_id=None).entries
    assert listed.entry == expanded


def test_a_dispute_says_the_same(expanded: Any) -> None:
    _, seen = StripeDisputes(v1()).retrieve("du_1")
    assert (seen.entries, seen.amount_minor) == ((expanded,), 2_500)
