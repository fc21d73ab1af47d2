"""Transfers: from the platform's balance to a connected account's, and back by reversals."""

from sandbox import balance, charges
from sandbox.accounts import found as found_account
from sandbox.documents import PLATFORM, Doc, new_id
from sandbox.errors import invalid, malformed
from sandbox.events import emit
from sandbox.lists import Filter, listed, page_accepts, whole
from sandbox.money import checked_currency, checked_positive_minor, shown
from sandbox.params import clearable_text, instants, integer, merged, metadata, one_of, text, texts
from sandbox.world import Call

CREATE_ACCEPTS = {
    "amount": integer,
    "currency": text,
    "destination": text,
    "description": clearable_text,
    "metadata": metadata,
    "source_transaction": text,
    "source_type": one_of("card", "bank_account", "fpx"),
    "transfer_group": text,
    "expand": texts,
}
UPDATE_ACCEPTS = {"description": clearable_text, "metadata": metadata, "expand": texts}
LIST_ACCEPTS = page_accepts(destination=text, transfer_group=text, created=instants)


def create(call: Call) -> Doc:
    currency = checked_currency(call.params["currency"])
    source = _source(call, currency)
    amount_minor = _amount_minor(call, source)
    destination = _destination(call)
    if source is None:
        message = (
            "You have insufficient available funds in your Stripe account. Try adding funds directly to your available "
            "balance by creating Charges using the 4000000000000077 test card. "
            "See: https://stripe.com/docs/testing#available-balance"
        )
        balance.require_available(call, amount_minor, currency, message)
    else:
        _require_within_source(call, source, amount_minor)
    transfer_id, payment_id = new_id("tr"), new_id("py")
    available_on = _available_on(call, source)
    group = call.params.get("transfer_group") or (source and source["transfer_group"])
    transaction = balance.record(
        call, "transfer", -amount_minor, currency, transfer_id,
        available_on=available_on, description=call.params.get("description"),
    )  # fmt: skip
    transfer: Doc = {
        "id": transfer_id,
        "object": "transfer",
        "amount": amount_minor,
        "amount_reversed": 0,
        "balance_transaction": transaction["id"],
        "created": call.now(),
        "currency": currency,
        "description": call.params.get("description"),
        "destination": destination["id"],
        "destination_payment": payment_id,
        "livemode": False,
        "metadata": merged({}, call.params.get("metadata", {})),
        "reversals": whole([], f"/v1/transfers/{transfer_id}/reversals"),
        "reversed": False,
        "source_transaction": source["id"] if source else None,
        "source_type": call.params.get("source_type", "card"),
        "transfer_group": group,
    }
    call.store.add(call.account, transfer)
    _arrive(call.on(destination["id"]), transfer, payment_id, available_on)
    emit(call, "transfer.created", transfer)
    return transfer


def _amount_minor(call: Call, source: Doc | None) -> int:
    """Without an amount, the whole of the source."""
    if "amount" not in call.params and source is None:
        raise malformed("Missing required param: amount.", code="parameter_missing", param="amount")
    return checked_positive_minor(call.chosen("amount", source and source["amount_captured"]))


def _source(call: Call, currency: str) -> Doc | None:
    if "source_transaction" not in call.params:
        return None
    source = call.found("charge", call.params["source_transaction"], param="source_transaction")
    if source["currency"] != currency:
        message = (
            f"The currency of source_transaction's balance transaction ({source['currency']}) must be the same as the "
            f"transfer currency ({currency})"
        )
        raise invalid(message, param="currency")
    if not source["captured"]:
        raise invalid("source_transaction must be a captured charge.", param="source_transaction")
    return source


def _destination(call: Call) -> Doc:
    account_id = call.params["destination"]
    if account_id == PLATFORM:
        raise invalid("You cannot transfer funds to your own account.", param="destination")
    account = found_account(call, account_id, param="destination")
    if account["capabilities"].get("transfers") != "active":
        message = (
            "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
            "crypto_transfers, legacy_payments"
        )
        raise invalid(message, code="insufficient_capabilities_for_transfer")
    return account


def _require_within_source(call: Call, source: Doc, amount_minor: int) -> None:
    """Against the gross amount; a reversal makes room again."""
    earlier = call.store.select("transfer", call.account, source_transaction=source["id"])
    used_minor = sum(transfer["amount"] - transfer["amount_reversed"] for transfer in earlier)
    if used_minor + amount_minor > source["amount_captured"]:
        currency = source["currency"]
        message = (
            "Transfers using this transaction as a source must not exceed the source amount of "
            f"{shown(source['amount_captured'], currency)}. (There is already a transfer using this source, amounting "
            f"to {shown(used_minor, currency)}.)"
        )
        raise invalid(message, param="amount")


def _available_on(call: Call, source: Doc | None) -> int:
    if source is None or source["balance_transaction"] is None:
        return call.now()
    transaction = call.found("balance_transaction", source["balance_transaction"])
    return max(call.now(), int(transaction["available_on"]))


def _arrive(call: Call, transfer: Doc, payment_id: str, available_on: int) -> None:
    """The payment on the connected account's side."""
    amount_minor, currency = transfer["amount"], transfer["currency"]
    transaction = balance.record(call, "payment", amount_minor, currency, payment_id, available_on=available_on)
    payment = charges.blank(call, payment_id, amount_minor, currency)
    payment.update(
        amount_captured=amount_minor,
        balance_transaction=transaction["id"],
        captured=True,
        paid=True,
        source_transfer=transfer["id"],
        status="succeeded",
    )
    emit(call, "payment.created", call.store.add(call.account, payment))


def retrieve(call: Call) -> Doc:
    return call.found("transfer", call.ids["id"])


def update(call: Call) -> Doc:
    transfer = retrieve(call)
    transfer.update(call.given("description"))
    transfer["metadata"] = merged(transfer["metadata"], call.params.get("metadata", {}))
    emit(call, "transfer.updated", call.store.put(transfer))
    return transfer


def list_transfers(call: Call) -> Doc:
    names = ("destination", "transfer_group")
    return listed(call, "transfer", [Filter(name, call.params.get(name)) for name in names])
