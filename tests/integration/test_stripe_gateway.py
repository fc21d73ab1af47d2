"""Every function of the gateway, through the real SDK and a real socket, against the sandbox Stripe."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
import stripe

from infrastructure.stripe_gateway import StripeGateway
from tests.integration.servers import SANDBOX_KEY, StripeSandbox, eventually
from tests.integration.stripe_makings import PRICE, RETURN_URL, confirmed, key, payment_by


@pytest.fixture
def began() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def gateway(stripe_sandbox: StripeSandbox) -> StripeGateway:
    return StripeGateway(SANDBOX_KEY, stripe_sandbox.url)


class TestIntents:
    def test_one_is_made_and_not_yet_confirmed(self, gateway: StripeGateway) -> None:
        payment = payment_by()
        made = gateway.payments.create(payment, key=key())
        assert made.intent_id is not None
        assert (made.status, made.received_minor, made.charge_id, made.entry) == (
            "requires_confirmation",
            0,
            None,
            None,
        )
        assert gateway.payments.payment_of(made.intent_id) == payment.id
        assert gateway.payments.fetch(made.intent_id) == made

    def test_the_same_key_makes_one(self, gateway: StripeGateway) -> None:
        payment, same = payment_by(), key()
        assert gateway.payments.create(payment, key=same) == gateway.payments.create(payment, key=same)

    def test_a_good_card_pays_and_the_fee_is_known(self, gateway: StripeGateway) -> None:
        intent = confirmed(gateway, payment_by())
        assert (intent.status, intent.received_minor, intent.currency) == ("succeeded", PRICE, "EUR")
        assert intent.charge_id is not None
        assert intent.entry is not None
        assert (intent.entry.gross_minor, intent.entry.currency) == (PRICE, "EUR")
        assert 0 < intent.entry.fee_minor < PRICE

    @pytest.mark.parametrize(
        ("currency", "minor"), [("JPY", 20_000), ("KWD", 20_000), ("ISK", 2_000), ("MGA", 2_000_00)]
    )
    def test_minor_units_are_the_currencys_own(self, gateway: StripeGateway, currency: str, minor: int) -> None:
        intent = confirmed(gateway, payment_by(currency=currency, minor=minor))
        assert (intent.received_minor, intent.currency) == (minor, currency)
        assert intent.entry is not None
        assert intent.entry.gross_minor == minor

    @pytest.mark.parametrize(
        ("method", "code", "decline_code"),
        [
            ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
            ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
            ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ],
    )
    def test_a_decline_is_an_intent_and_no_error(
        self, gateway: StripeGateway, method: str, code: str, decline_code: str | None
    ) -> None:
        intent = confirmed(gateway, payment_by(method))
        assert (intent.status, intent.error_code) == ("requires_payment_method", code)
        assert (intent.decline_code, intent.charge_id, intent.received_minor) == (decline_code, None, 0)

    def test_an_unknown_method_is_refused_before_anything_is_made(
        self, gateway: StripeGateway, began: datetime
    ) -> None:
        payment = payment_by("pm_nothing")
        with pytest.raises(stripe.InvalidRequestError):
            gateway.payments.create(payment, key=key())
        assert gateway.payments.find(payment.id, since=began) is None

    def test_the_charges_entry_may_come_later(self, gateway: StripeGateway, stripe_sandbox: StripeSandbox) -> None:
        stripe_sandbox.fault("late_fee", seconds=0.05)
        intent = confirmed(gateway, payment_by())
        assert (intent.status, intent.entry) == ("succeeded", None)
        later = eventually(lambda: gateway.payments.fetch(str(intent.intent_id)).entry)
        assert later.gross_minor == PRICE

    def test_one_is_found_by_our_id_among_many(self, gateway: StripeGateway, began: datetime) -> None:
        wanted = payment_by()
        made = gateway.payments.create(wanted, key=key())
        for _ in range(3):
            gateway.payments.create(payment_by(), key=key())
        assert gateway.payments.find(wanted.id, since=began) == made
        assert gateway.payments.find(uuid4(), since=began) is None

    def test_one_beyond_the_first_page_is_found(self, gateway: StripeGateway, began: datetime) -> None:
        wanted = payment_by()
        made = gateway.payments.create(wanted, key=key())
        for _ in range(101):
            gateway.payments.create(payment_by(), key=key())
        assert gateway.payments.find(wanted.id, since=began) == made


class TestThreeDSecure:
    def asked(self, gateway: StripeGateway) -> str:
        intent = confirmed(gateway, payment_by("pm_card_threeDSecure2Required"))
        assert intent.status == "requires_action"
        assert intent.intent_id is not None
        return intent.intent_id

    def test_the_cardholder_is_told_where_to_go(self, gateway: StripeGateway) -> None:
        intent_id = self.asked(gateway)
        client_secret, next_action = gateway.payments.action_of(intent_id)
        assert client_secret.startswith(f"{intent_id}_secret_")
        assert next_action is not None
        assert next_action["redirect_to_url"]["return_url"] == RETURN_URL

    def test_authenticated_it_succeeds(self, gateway: StripeGateway, stripe_sandbox: StripeSandbox) -> None:
        intent_id = self.asked(gateway)
        stripe_sandbox.authenticate(intent_id, succeeded=True)
        assert gateway.payments.fetch(intent_id).status == "succeeded"
        assert gateway.payments.action_of(intent_id)[1] is None

    def test_refused_it_fails(self, gateway: StripeGateway, stripe_sandbox: StripeSandbox) -> None:
        intent_id = self.asked(gateway)
        stripe_sandbox.authenticate(intent_id, succeeded=False)
        intent = gateway.payments.fetch(intent_id)
        assert (intent.status, intent.error_code) == (
            "requires_payment_method",
            "payment_intent_authentication_failure",
        )

    def test_canceled_it_can_never_succeed(self, gateway: StripeGateway) -> None:
        intent_id = self.asked(gateway)
        assert gateway.payments.cancel(intent_id, key=key()).status == "canceled"
        assert gateway.payments.confirm(intent_id, return_url=RETURN_URL, key=key()).status == "canceled"


class TestCancel:
    def test_one_that_is_not_confirmed_is_canceled_and_again(self, gateway: StripeGateway) -> None:
        intent_id = str(gateway.payments.create(payment_by(), key=key()).intent_id)
        for _ in range(2):
            assert gateway.payments.cancel(intent_id, key=key()).status == "canceled"

    def test_after_success_it_says_so(self, gateway: StripeGateway) -> None:
        intent = confirmed(gateway, payment_by())
        assert gateway.payments.cancel(str(intent.intent_id), key=key()) == intent

    def test_an_unknown_one_is_an_error(self, gateway: StripeGateway) -> None:
        with pytest.raises(stripe.InvalidRequestError):
            gateway.payments.cancel("pi_nothing", key=key())


@pytest.mark.parametrize(
    "fault", ["lose_answer", "drop_connection_before", "rate_limit", "error_500", "truncate_answer"]
)
def test_every_trouble_of_the_line_is_a_stripe_error(
    gateway: StripeGateway, stripe_sandbox: StripeSandbox, fault: str
) -> None:
    """And the SDK does not try again by itself: that is the board's to decide."""
    stripe_sandbox.fault(fault, times=1)
    with pytest.raises(stripe.StripeError):
        gateway.payments.create(payment_by(), key=key())
    gateway.payments.create(payment_by(), key=key())
