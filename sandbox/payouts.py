"""Payouts: from a balance to a bank account; pending, in transit, paid, and sometimes failed after all."""

from sandbox import balance, bank_accounts
from sandbox.documents import PLATFORM, Doc, new_id
from sandbox.errors import invalid
from sandbox.events import emit
from sandbox.lists import Filter, listed, page_accepts
from sandbox.money import checked_currency, checked_positive_minor
from sandbox.params import clearable_text, instants, integer, merged, metadata, one_of, text, texts, unsupported
from sandbox.world import Call

CREATE_ACCEPTS = {
    "amount": integer,
    "currency": text,
    "description": clearable_text,
    "destination": text,
    "metadata": metadata,
    "method": one_of("standard", "instant"),
    "source_type": one_of("card", "bank_account", "fpx"),
    "statement_descriptor": text,
    "expand": texts,
}
UPDATE_ACCEPTS = {"metadata": metadata, "expand": texts}
CANCEL_ACCEPTS = {"expand": texts}
LIST_ACCEPTS = page_accepts(
    status=one_of("pending", "in_transit", "paid", "failed", "canceled"),
    destination=text, created=instants, arrival_date=unsupported,
)  # fmt: skip
# Metadata `sandbox_outcome`: `failed` never arrives, `paid_then_failed` comes back after it was paid.
OUTCOME = "sandbox_outcome"
MESSAGES = {
    "account_closed": "The bank account has been closed.",
    "no_account": "The bank account details on file are probably incorrect. No bank account could be found.",
    "insufficient_funds": "Your Stripe account has insufficient funds to cover the payout.",
    "debit_not_authorized": "Debit transactions are not approved on your bank account.",
    "invalid_currency": "The bank was unable to process this payout because of its currency.",
    "could_not_process": "The bank could not process this payout.",
}


def create(call: Call) -> Doc:
    currency = checked_currency(call.params["currency"])
    amount_minor = checked_positive_minor(call.params["amount"])
    account = call.on(PLATFORM).found("account", call.account)
    if not account["payouts_enabled"]:
        raise invalid("Cannot create payouts: this account does not have payouts enabled.", code="payouts_not_allowed")
    bank = bank_accounts.destination(call, call.params.get("destination"))
    message = (
        "You have insufficient funds in your Stripe account for this transfer. Your card balance is too low. You can "
        "use the /v1/balance endpoint to view your Stripe balance (for more details, see stripe.com/docs/api#balance)."
    )
    balance.require_available(call, amount_minor, currency, message)
    payout_id = new_id("po")
    transaction = balance.record(
        call, "payout", -amount_minor, currency, payout_id, description=call.params.get("description", "STRIPE PAYOUT")
    )
    arrives_at = call.now() + round(call.settings.payout_seconds)
    payout: Doc = {
        "id": payout_id,
        "object": "payout",
        "amount": amount_minor,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": arrives_at,
        "automatic": False,
        "balance_transaction": transaction["id"],
        "created": call.now(),
        "currency": currency,
        "description": call.params.get("description"),
        "destination": bank["id"],
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": merged({}, call.params.get("metadata", {})),
        "method": call.params.get("method", "standard"),
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "not_applicable",
        "reversed_by": None,
        "source_type": call.params.get("source_type", "card"),
        "statement_descriptor": call.params.get("statement_descriptor"),
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
        "_failure_code": bank["_failure_code"],
    }
    call.store.add(call.account, payout)
    call.schedule("payout.send", payout_id, after_seconds=call.settings.payout_seconds / 2)
    emit(call, "payout.created", payout)
    return payout


def send(call: Call, payout_id: str) -> None:
    payout = call.found("payout", payout_id)
    if payout["status"] == "pending":
        _change(call, payout, "in_transit", "payout.updated")
        call.schedule("payout.arrive", payout_id, after_seconds=call.settings.payout_seconds / 2)


def arrive(call: Call, payout_id: str) -> None:
    payout = call.found("payout", payout_id)
    if payout["status"] != "in_transit":
        return
    outcome = payout["metadata"].get(OUTCOME)
    if payout["_failure_code"] or outcome == "failed":
        fail(call, payout, payout["_failure_code"] or "could_not_process")
        return
    payout["trace_id"] = {"status": "supported", "value": f"trace_{payout_id[3:15]}"}
    _change(call, payout, "paid", "payout.paid")
    if outcome == "paid_then_failed":
        call.schedule("payout.bounce", payout_id, after_seconds=call.settings.payout_seconds)


def bounce(call: Call, payout_id: str) -> None:
    """Paid at first and returned by the bank: Stripe warns of it for five business days."""
    fail(call, call.found("payout", payout_id), "account_closed")


def fail(call: Call, payout: Doc, failure_code: str) -> Doc:
    """The money returns to the account's balance. A payout that already failed or was canceled stays as it is."""
    if payout["status"] in {"failed", "canceled"}:
        return payout
    transaction = balance.record(
        call, "payout_failure", payout["amount"], payout["currency"], payout["id"], description="PAYOUT FAILURE"
    )
    payout.update(
        failure_balance_transaction=transaction["id"],
        failure_code=failure_code,
        failure_message=MESSAGES.get(failure_code, MESSAGES["could_not_process"]),
    )
    return _change(call, payout, "failed", "payout.failed")


def _change(call: Call, payout: Doc, status: str, event_type: str) -> Doc:
    previous = {"status": payout["status"]}
    payout["status"] = status
    call.store.put(payout)
    if event_type != "payout.updated":
        emit(call, "payout.updated", payout, previous)
    emit(call, event_type, payout, previous)
    return payout


def cancel(call: Call) -> Doc:
    payout = call.found("payout", call.ids["id"])
    if payout["status"] != "pending":
        raise invalid(f"Payouts can only be canceled while they are pending; this one is {payout['status']}.")
    transaction = balance.record(call, "payout_cancel", payout["amount"], payout["currency"], payout["id"])
    payout["failure_balance_transaction"] = transaction["id"]
    return _change(call, payout, "canceled", "payout.canceled")


def retrieve(call: Call) -> Doc:
    return call.found("payout", call.ids["id"])


def update(call: Call) -> Doc:
    payout = retrieve(call)
    payout["metadata"] = merged(payout["metadata"], call.params.get("metadata", {}))
    return _change(call, payout, payout["status"], "payout.updated")


def list_payouts(call: Call) -> Doc:
    filters = [Filter(name, call.params.get(name)) for name in ("status", "destination")]
    return listed(call, "payout", filters)
