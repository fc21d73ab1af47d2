"""Reversals: a transfer taken back in parts, until nothing of it is left."""

from sandbox import balance, refunds
from sandbox.documents import Doc, new_id
from sandbox.errors import invalid
from sandbox.events import emit
from sandbox.lists import Filter, listed, page_accepts
from sandbox.money import checked_positive_minor, shown
from sandbox.params import clearable_text, integer, merged, metadata, texts
from sandbox.world import Call

CREATE_ACCEPTS = {"amount": integer, "description": clearable_text, "metadata": metadata, "expand": texts}
LIST_ACCEPTS = page_accepts()


def create(call: Call) -> Doc:
    transfer = call.found("transfer", call.ids["id"])
    currency = transfer["currency"]
    rest_minor = transfer["amount"] - transfer["amount_reversed"]
    if rest_minor == 0:
        raise invalid(f"Transfer {transfer['id']} is already fully reversed.", param="amount")
    amount_minor = checked_positive_minor(call.params.get("amount", rest_minor))
    if amount_minor > rest_minor:
        message = (
            f"Amount to reverse ({shown(amount_minor, currency)}) is greater than the unreversed amount of the "
            f"transfer ({shown(rest_minor, currency)})"
        )
        raise invalid(message, param="amount")
    vendor = call.on(transfer["destination"])
    _require_funds(vendor, transfer, amount_minor)
    reversal_id = new_id("trr")
    available_on = _available_on(call, transfer)
    transaction = balance.record(
        call, "transfer_refund", amount_minor, currency, reversal_id, available_on=available_on
    )
    reversal = {
        "id": reversal_id,
        "object": "transfer_reversal",
        "amount": amount_minor,
        "balance_transaction": transaction["id"],
        "created": call.now(),
        "currency": currency,
        "destination_payment_refund": _leave(vendor, transfer, amount_minor, available_on),
        "metadata": merged({}, call.params.get("metadata", {})),
        "source_refund": None,
        "transfer": transfer["id"],
    }
    call.store.add(call.account, reversal)
    transfer["amount_reversed"] += amount_minor
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"]["data"].insert(0, reversal)
    emit(call, "transfer.reversed", call.store.put(transfer))
    return reversal


def _require_funds(vendor: Call, transfer: Doc, amount_minor: int) -> None:
    """With a source_transaction the money may still be on its way; without one it has to be available."""
    currency = transfer["currency"]
    funds_minor = balance.available_minor(vendor, currency)
    if transfer["source_transaction"] is not None:
        funds_minor += max(0, balance.pending_minor(vendor, currency))
    if funds_minor < amount_minor:
        message = (
            f"The connected account {vendor.account} has insufficient funds to reverse {shown(amount_minor, currency)} "
            f"of this transfer: {shown(max(0, funds_minor), currency)} available."
        )
        raise balance.insufficient(message)


def _available_on(call: Call, transfer: Doc) -> int:
    transaction = call.found("balance_transaction", transfer["balance_transaction"])
    return max(call.now(), int(transaction["available_on"]))


def _leave(vendor: Call, transfer: Doc, amount_minor: int, available_on: int) -> str:
    """The refund of the payment on the connected account's side."""
    payment = vendor.found("charge", transfer["destination_payment"])
    refund = refunds.blank(vendor, new_id("pyr"), payment, amount_minor)
    transaction = balance.record(
        vendor, "payment_refund", -amount_minor, transfer["currency"], refund["id"], available_on=available_on
    )
    vendor.store.add(vendor.account, {**refund, "balance_transaction": transaction["id"]})
    payment["amount_refunded"] += amount_minor
    payment["refunded"] = payment["amount_refunded"] == payment["amount"]
    vendor.store.put(payment)
    return str(refund["id"])


def retrieve(call: Call) -> Doc:
    reversal = call.found("transfer_reversal", call.ids["reversal"])
    if reversal["transfer"] != call.ids["id"]:
        raise invalid(f"No such transfer reversal: '{reversal['id']}'", code="resource_missing", status=404)
    return reversal


def list_reversals(call: Call) -> Doc:
    transfer = call.found("transfer", call.ids["id"])
    url = f"/v1/transfers/{transfer['id']}/reversals"
    return listed(call, "transfer_reversal", [Filter("transfer", transfer["id"])], url=url)
