"""Webhook endpoints: where events are sent to. The secret is shown once, when the endpoint is made."""

from sandbox.documents import PLATFORM, Doc, new_id, random_text
from sandbox.errors import malformed
from sandbox.lists import listed, page_accepts
from sandbox.params import boolean, clearable_text, merged, metadata, text, texts
from sandbox.world import Call

CREATE_ACCEPTS = {
    "url": text,
    "enabled_events": texts,
    "connect": boolean,
    "api_version": text,
    "description": clearable_text,
    "metadata": metadata,
    "expand": texts,
}
UPDATE_ACCEPTS = {
    "url": text,
    "enabled_events": texts,
    "disabled": boolean,
    "description": clearable_text,
    "metadata": metadata,
    "expand": texts,
}
LIST_ACCEPTS = page_accepts()


def create(call: Call) -> Doc:
    secret = f"whsec_{random_text(32)}"
    endpoint = call.store.add(PLATFORM, {
        "id": new_id("we"),
        "object": "webhook_endpoint",
        "api_version": call.params.get("api_version"),
        "application": None,
        "created": call.now(),
        "description": call.params.get("description"),
        "enabled_events": call.params["enabled_events"],
        "livemode": False,
        "metadata": merged({}, call.params.get("metadata", {})),
        "status": "enabled",
        "url": _checked_url(call.params["url"]),
        "_secret": secret,
        "_connect": call.params.get("connect", False),
    })  # fmt: skip
    return {**endpoint, "secret": secret}


def _checked_url(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise malformed(
            "Invalid URL: An explicit scheme (such as https) must be provided.", code="url_invalid", param="url"
        )
    return url


def retrieve(call: Call) -> Doc:
    return call.found("webhook_endpoint", call.ids["id"])


def update(call: Call) -> Doc:
    endpoint = retrieve(call)
    endpoint.update(call.given("enabled_events", "description"))
    endpoint["url"] = _checked_url(call.chosen("url", endpoint["url"]))
    if "disabled" in call.params:
        endpoint["status"] = "disabled" if call.params["disabled"] else "enabled"
    endpoint["metadata"] = merged(endpoint["metadata"], call.params.get("metadata", {}))
    return call.store.put(endpoint)


def delete(call: Call) -> Doc:
    endpoint = retrieve(call)
    call.store.remove(endpoint["id"])
    call.store.run("DELETE FROM deliveries WHERE endpoint = ?", endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def list_endpoints(call: Call) -> Doc:
    return listed(call, "webhook_endpoint")
