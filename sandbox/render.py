"""From what is kept to what is shown: no private fields, and those that depend on the clock made anew."""

from typing import Any

from sandbox.documents import Doc, public
from sandbox.world import Call


def rendered(call: Call, value: Any) -> Any:
    if isinstance(value, list):
        return [rendered(call, item) for item in value]
    if not isinstance(value, dict):
        return value
    # Metadata is the client's own: a key with an underscore stays.
    shown = {name: item if name == "metadata" else rendered(call, item) for name, item in public(value).items()}
    if shown.get("object") == "balance_transaction":
        shown["status"] = "available" if shown["available_on"] <= call.now() else "pending"
    elif shown.get("object") == "event":
        shown["pending_webhooks"] = _pending_webhooks(call, shown)
    return shown


def _pending_webhooks(call: Call, event: Doc) -> int:
    sql = "SELECT count(*) FROM deliveries WHERE event = ? AND state <> 'delivered'"
    return int(call.store.run(sql, event["id"])[0][0])
