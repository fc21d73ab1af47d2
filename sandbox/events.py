"""Events: written in the transaction of what they tell, and queued for every endpoint that asked for them."""

import time

from sandbox.documents import API_VERSION, PLATFORM, Doc, new_id
from sandbox.lists import Filter, listed, page_accepts
from sandbox.params import instants, text, texts
from sandbox.render import rendered
from sandbox.world import Call

# Stripe lists the events of the last 30 days.
KEPT_SECONDS = 30 * 24 * 60 * 60
LIST_ACCEPTS = page_accepts(type=text, types=texts, delivery_success=text, created=instants)


def emit(call: Call, event_type: str, subject: Doc, previous: Doc | None = None) -> None:
    """Tells that something happened to an object, as it is now; `previous` holds the old values of changed fields."""
    data: Doc = {"object": rendered(call, subject)}
    if previous:
        data["previous_attributes"] = previous
    event: Doc = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": call.now(),
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": call.request_id, "idempotency_key": call.idempotency_key},
        "type": event_type,
    }
    if call.account != PLATFORM:
        event["account"] = call.account
    call.store.add(call.account, event)
    for endpoint in call.store.select("webhook_endpoint", PLATFORM):
        if _wants(endpoint, event):
            call.store.run(
                "INSERT INTO deliveries (event, endpoint, event_type, due_at) VALUES (?, ?, ?, ?)",
                event["id"], endpoint["id"], event_type, time.time(),
            )  # fmt: skip


def _wants(endpoint: Doc, event: Doc) -> bool:
    """`connect` endpoints hear of connected accounts only, the others of the platform only."""
    of_connected = "account" in event
    asked: list[str] = endpoint["enabled_events"]
    return (
        endpoint["status"] == "enabled"
        and endpoint["_connect"] == of_connected
        and bool({"*", event["type"]} & set(asked))
    )


def retrieve(call: Call) -> Doc:
    return call.found("event", call.ids["id"])


def list_events(call: Call) -> Doc:
    filters = [Filter("type", call.params.get("type")), Filter("type", call.params.get("types"))]
    recent = f"created >= {call.now() - KEPT_SECONDS}"
    delivered = {"true": True, "false": False}.get(call.params.get("delivery_success", ""))
    if delivered is None:
        return listed(call, "event", filters, also=recent)
    waiting = "EXISTS (SELECT 1 FROM deliveries WHERE event = objects.id AND state <> 'delivered')"
    return listed(call, "event", filters, also=f"{recent} AND {'NOT ' if delivered else ''}{waiting}")
