"""The test cards: what each `pm_card_...` does. Source: docs.stripe.com/testing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decline:
    code: str
    decline_code: str | None
    message: str


@dataclass(frozen=True)
class Card:
    last4: str = "4242"
    brand: str = "visa"
    funding: str = "credit"
    decline: Decline | None = None
    authentication: bool = False
    disputed: bool = False
    settles_at_once: bool = False
    # `fail`: succeeded first, failed later; `pend`: pending first, succeeded later.
    refund: str = ""


def _declined(decline_code: str, message: str = "Your card was declined.") -> Decline:
    return Decline("card_declined", decline_code, message)


GENERIC = _declined("generic_decline")
NO_FUNDS = _declined("insufficient_funds", "Your card has insufficient funds.")

CARDS: dict[str, Card] = {
    "pm_card_visa": Card(),
    "pm_card_visa_debit": Card(last4="5556", funding="debit"),
    "pm_card_mastercard": Card(last4="4444", brand="mastercard"),
    "pm_card_amex": Card(last4="8431", brand="amex"),
    "pm_card_discover": Card(last4="9424", brand="discover"),
    "pm_card_visa_chargeDeclined": Card(last4="0002", decline=GENERIC),
    "pm_card_chargeDeclined": Card(last4="0002", decline=GENERIC),
    "pm_card_visa_chargeDeclinedInsufficientFunds": Card(last4="9995", decline=NO_FUNDS),
    "pm_card_chargeDeclinedInsufficientFunds": Card(last4="9995", decline=NO_FUNDS),
    "pm_card_visa_chargeDeclinedLostCard": Card(last4="9987", decline=_declined("lost_card")),
    "pm_card_visa_chargeDeclinedStolenCard": Card(last4="9979", decline=_declined("stolen_card")),
    "pm_card_chargeDeclinedFraudulent": Card(last4="0019", decline=_declined("fraudulent")),
    "pm_card_chargeDeclinedExpiredCard": Card(
        last4="0069", decline=Decline("expired_card", None, "Your card has expired."),
    ),
    "pm_card_chargeDeclinedIncorrectCvc": Card(
        last4="0127", decline=Decline("incorrect_cvc", None, "Your card's security code is incorrect."),
    ),
    "pm_card_chargeDeclinedProcessingError": Card(
        last4="0119",
        decline=Decline(
            "processing_error", None, "An error occurred while processing your card. Try again in a little bit."
        ),
    ),
    "pm_card_chargeCustomerFail": Card(last4="0341", decline=GENERIC),
    "pm_card_authenticationRequired": Card(last4="3184", authentication=True),
    "pm_card_threeDSecure2Required": Card(last4="3220", authentication=True),
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": Card(
        last4="1629", authentication=True, decline=NO_FUNDS,
    ),
    "pm_card_createDispute": Card(last4="0259", disputed=True),
    "pm_card_bypassPending": Card(last4="0077", settles_at_once=True),
    "pm_card_refundFail": Card(last4="5126", refund="fail"),
    "pm_card_pendingRefund": Card(last4="7726", refund="pend"),
}  # fmt: skip


def token_of(name: str) -> str | None:
    """`tok_visa` stands for the same card as `pm_card_visa`."""
    candidate = f"pm_card_{name.removeprefix('tok_')}"
    return candidate if name.startswith("tok_") and candidate in CARDS else None
