"""Charges in dollars that Stripe settles in euros: clearing comes to 0 in both, and the exchange account says why."""

from dataclasses import replace

import pytest

from commands.record_dispute import DisputeSeen, ProviderStatus, RecordDispute
from commands.release_earnings import ReleaseEarnings
from domain.balance_entry import BalanceEntry
from domain.dispute import Dispute, dispute_id_of
from domain.payment import Payment
from tests.unit.books import balances
from tests.unit.facts import (
    DAY,
    RUN_AT,
    VENDOR,
    VENDOR_ID,
    cancelled,
    captured,
    completed,
    on_offer,
    payable,
    paying,
    payment_id,
    refund_seen,
)
from tests.unit.story import Given, Step, given

FEE = 15_00


def euros(name: str, gross_minor: int, fee_minor: int = 0) -> BalanceEntry:
    return BalanceEntry(f"txn_{name}", gross_minor, fee_minor, "EUR")


def paid() -> list[Given]:
    """100 dollars, which came as 92 euros less a fee of 3."""
    news = captured(currency="USD")
    settled = replace(news, intent=replace(news.intent, entry=euros("pay", 92_00, 3_00)))
    return [on_offer(currency="USD"), paying(), Step(news), Step(settled)]


EARNED: tuple[Given, ...] = (*paid(), payable(), completed(), Step(ReleaseEarnings(VENDOR_ID, "USD"), at=RUN_AT - DAY))


def contested(status: ProviderStatus, *entries: BalanceEntry) -> Step:
    seen = DisputeSeen("du_1", status, 100_00, "USD", "fraudulent", None, entries)
    return Step(RecordDispute(payment_id(), seen))


TAKEN, BACK = euros("taken", -93_00, FEE), euros("back", 91_00)
SENT, RETURNED = euros("sent", -94_00), euros("returned", 90_00)
OWED: tuple[Given, ...] = (*paid(), cancelled(by=VENDOR))


@pytest.mark.parametrize(
    ("facts", "dollars", "euros_"),
    [
        pytest.param(
            tuple(paid()),
            {"booking.unearned": -100_00, "currency.exchange": 100_00},
            {"stripe.balance": 89_00, "stripe.fees": 3_00, "currency.exchange": -92_00},
            id="paid",
        ),
        pytest.param(
            (*OWED, Step(refund_seen("succeeded", entry=SENT))),
            {},
            {"stripe.balance": -5_00, "stripe.fees": 3_00, "currency.exchange": 2_00},
            id="paid and refunded at another rate",
        ),
        pytest.param(
            (
                *OWED,
                Step(refund_seen("succeeded", entry=SENT)),
                Step(refund_seen("failed", entry=SENT, returned=RETURNED)),
            ),
            {"refund.payable": -100_00, "currency.exchange": 100_00},
            {"stripe.balance": 85_00, "stripe.fees": 3_00, "currency.exchange": -88_00},
            id="the refund came back",
        ),
        pytest.param(
            (*OWED, Step(refund_seen("failed")), Step(refund_seen("failed", entry=SENT, returned=RETURNED))),
            {"refund.payable": -100_00, "currency.exchange": 100_00},
            {"stripe.balance": 85_00, "stripe.fees": 3_00, "currency.exchange": -88_00},
            id="that it left and came back is seen late",
        ),
        pytest.param(
            (*EARNED, contested("needs_response", TAKEN)),
            {"dispute.withdrawn": 100_00, "vendor.reserved": -80_00, "commission.revenue": -20_00},
            {"stripe.balance": -19_00, "stripe.fees": 3_00, "dispute.fees": FEE, "currency.exchange": 1_00},
            id="contested",
        ),
        pytest.param(
            (*EARNED, contested("needs_response", TAKEN), contested("won", TAKEN, BACK)),
            {"vendor.available": -80_00, "commission.revenue": -20_00, "currency.exchange": 100_00},
            {"stripe.balance": 72_00, "stripe.fees": 3_00, "dispute.fees": FEE, "currency.exchange": -90_00},
            id="contested and won",
        ),
        pytest.param(
            (*EARNED, contested("lost", TAKEN)),
            {},
            {"stripe.balance": -19_00, "stripe.fees": 3_00, "dispute.fees": FEE, "currency.exchange": 1_00},
            id="contested and lost",
        ),
        pytest.param(
            (*EARNED, contested("lost", TAKEN), contested("won", TAKEN, BACK)),
            {"vendor.available": -80_00, "commission.revenue": -20_00, "currency.exchange": 100_00},
            {"stripe.balance": 72_00, "stripe.fees": 3_00, "dispute.fees": FEE, "currency.exchange": -90_00},
            id="lost, and won after all",
        ),
    ],
)
def test_both_currencies_balance(facts: tuple[Given, ...], dollars: dict[str, int], euros_: dict[str, int]) -> None:
    found = balances(given(*facts).log.events_after(0))
    assert found == {
        **{("USD", account): minor for account, minor in dollars.items()},
        **{("EUR", account): minor for account, minor in euros_.items()},
    }
    assert sum(dollars.values()) == sum(euros_.values()) == 0


def test_each_side_of_an_exchange_says_what_the_other_is() -> None:
    story = given(*paid())
    sides = [e for e in story.log.events_after(0) if isinstance(e, Payment.Exchanged)]
    assert [(e.amount_minor, e.currency, e.against_minor, e.against_currency) for e in sides] == [
        (100_00, "USD", 92_00, "EUR"),
        (-92_00, "EUR", -100_00, "USD"),
    ]


def test_what_settles_in_the_currency_of_the_charge_is_not_exchanged() -> None:
    story = given(on_offer(), paying(), Step(captured(seen=True)))
    assert not [event for event in story.log.events_after(0) if isinstance(event, Payment.Exchanged)]


def test_the_vendor_bears_its_part_of_a_loss_whatever_currency_stripe_took_it_in() -> None:
    loss = given(*EARNED, contested("needs_response", TAKEN)).state(Dispute, dispute_id_of("du_1")).loss
    assert (loss.vendor_minor, loss.commission_minor, loss.platform_minor) == (80_00, 20_00, 0)
