"""Bank accounts that payouts go to. Some numbers make a payout fail, as docs.stripe.com/connect/testing lists them."""

from typing import Any

from sandbox.documents import PLATFORM, Doc, new_id, random_text
from sandbox.errors import malformed, missing
from sandbox.lists import whole
from sandbox.params import mapping, metadata, text, texts
from sandbox.world import Call

FAILING_NUMBERS = {
    "000111111113": "account_closed",
    "000111111116": "no_account",
    "000222222227": "insufficient_funds",
    "000333333335": "debit_not_authorized",
    "000444444440": "invalid_currency",
}
TOKENS = {
    "btok_us_verified": "000123456789",
    "btok_us_verified_noAccount": "000111111116",
    "btok_us_verified_accountClosed": "000111111113",
    "btok_us_verified_insufficientFunds": "000222222227",
    "btok_us_verified_debitNotAuthorized": "000333333335",
    "btok_us_verified_invalidCurrency": "000444444440",
}
GOOD_NUMBER = "000123456789"
_details = mapping(
    ("account_number", "country"),
    object=text,
    account_number=text,
    routing_number=text,
    country=text,
    currency=text,
    account_holder_name=text,
    account_holder_type=text,
)


def token_or_details(name: str, value: Any) -> Doc:
    if isinstance(value, dict):
        checked: Doc = _details(name, value)
        return checked
    if value not in TOKENS:
        raise missing("token", str(value), param=name)
    return {"account_number": TOKENS[value], "country": "US", "currency": "usd", "routing_number": "110000000"}


ADD_ACCEPTS = {
    "external_account": token_or_details,
    "metadata": metadata,
    "default_for_currency": text,
    "expand": texts,
}
LIST_ACCEPTS = {"expand": texts}


def default_details(country: str, currency: str) -> Doc:
    return {"account_number": GOOD_NUMBER, "country": country, "currency": currency, "routing_number": "110000000"}


def add(call: Call, account: Doc, details: Doc) -> Doc:
    """Adds a bank account to the account's document; the last one added is where payouts go."""
    for other in account["external_accounts"]["data"]:
        other["default_for_currency"] = False
    number = details["account_number"]
    bank = {
        "id": new_id("ba"),
        "object": "bank_account",
        "account": account["id"],
        "account_holder_name": details.get("account_holder_name"),
        "account_holder_type": details.get("account_holder_type"),
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "TRAVELLR SANDBOX BANK",
        "country": details["country"],
        "currency": str(details.get("currency", account["default_currency"])).lower(),
        "default_for_currency": True,
        "fingerprint": random_text(16),
        "last4": number[-4:],
        "metadata": {},
        "routing_number": details.get("routing_number"),
        "status": "new",
        "_failure_code": FAILING_NUMBERS.get(number),
    }
    account["external_accounts"]["data"].insert(0, bank)
    call.store.add(call.account, {**bank, "created": call.now()})
    return bank


def create(call: Call) -> Doc:
    account = call.on(PLATFORM).found("account", call.ids["id"])
    bank = add(call.on(account["id"]), account, call.params["external_account"])
    call.store.put(account)
    return bank


def list_of_account(call: Call) -> Doc:
    account = call.on(PLATFORM).found("account", call.ids["id"])
    return whole(account["external_accounts"]["data"], f"/v1/accounts/{account['id']}/external_accounts")


def destination(call: Call, bank_id: str | None) -> Doc:
    """The bank account of a payout: the named one, or the account's newest."""
    if bank_id is not None:
        return call.found("bank_account", bank_id, param="destination")
    banks = call.on(PLATFORM).found("account", call.account)["external_accounts"]["data"]
    if not banks:
        raise malformed("Sorry, you don't have any external accounts.", param="destination")
    return dict(banks[0])
