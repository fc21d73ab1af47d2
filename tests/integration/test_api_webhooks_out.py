"""Webhook endpoints over HTTP: the secret shown once, the delivery log, one's own only."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from api.routes.vendor_webhooks import ENDPOINTS_MAX
from tests.integration.conftest import Http, is_problem
from tests.integration.people import do_tasks
from tests.integration.webhook_receiver import Receiver, receiver

pytestmark = pytest.mark.anyio
HOOKS = "/vendors/me/webhooks"
NOBODY = "http://127.0.0.1:9/hook"


@pytest.fixture
async def vera(http: Http) -> Http:
    await http.join("vera", "vendor")
    await http.join("ada", "traveller")
    return http


@pytest.fixture
async def server() -> AsyncIterator[Receiver]:
    with receiver() as server:
        yield server


async def registered(http: Http, url: str, **request: Any) -> dict[str, Any]:
    answer = await http("POST", HOOKS, "vera", json={"url": url, **request.pop("json", {})}, **request)
    assert answer.status_code == 201, answer.text
    endpoint: dict[str, Any] = answer.json()
    return endpoint


async def level(http: Http) -> None:
    """Everything due is done, by a worker in another thread."""
    await asyncio.to_thread(do_tasks, http)


async def deliveries(http: Http, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await http("GET", f"{HOOKS}/{endpoint['id']}/deliveries", "vera")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_the_secret_is_shown_once_and_again_only_for_the_same_key(vera: Http) -> None:
    key = {"Idempotency-Key": "one"}
    endpoint = await registered(vera, NOBODY, headers=key, json={"types": ["booking.held"]})
    assert (endpoint["status"], endpoint["types"]) == ("active", ["booking.held"])
    assert endpoint["secret"].startswith("whsec_")
    assert (await registered(vera, NOBODY, headers=key, json={"types": ["booking.held"]})) == endpoint
    await vera.follow()
    shown = await vera("GET", f"{HOOKS}/{endpoint['id']}", "vera")
    assert shown.json() == {name: value for name, value in endpoint.items() if name != "secret"}
    assert [one["id"] for one in (await vera("GET", HOOKS, "vera")).json()["items"]] == [endpoint["id"]]
    kept = vera.sql("SELECT body FROM log.idempotency")
    assert all(b"whsec_" not in bytes(body) for (body,) in kept)


@pytest.mark.parametrize("url", ["http://8.8.8.8/", "https://127.0.0.1/", "https://10.0.0.1/", "nonsense", ""])
async def test_an_address_that_we_do_not_send_to_is_refused(vera: Http, url: str) -> None:
    assert is_problem(await vera("POST", HOOKS, "vera", json={"url": url}), 422)
    endpoint = await registered(vera, NOBODY)
    assert is_problem(await vera("PATCH", f"{HOOKS}/{endpoint['id']}", "vera", json={"url": url}), 422)


async def test_types_that_there_are_not_are_refused(vera: Http) -> None:
    assert is_problem(await vera("POST", HOOKS, "vera", json={"url": NOBODY, "types": ["booking.eaten"]}), 422)


async def test_ten_are_enough(vera: Http) -> None:
    for _ in range(ENDPOINTS_MAX):
        endpoint = await registered(vera, NOBODY)
    await vera.follow()
    assert is_problem(await vera("POST", HOOKS, "vera", json={"url": NOBODY}), 409, "too_many_endpoints")
    assert (await vera("DELETE", f"{HOOKS}/{endpoint['id']}", "vera")).status_code == 204
    await vera.follow()
    await registered(vera, NOBODY)


async def test_changed_paused_resumed_and_removed(vera: Http) -> None:
    path = f"{HOOKS}/{(await registered(vera, NOBODY))['id']}"
    changed = await vera("PATCH", path, "vera", json={"types": ["payout.paid"], "paused": True})
    assert (changed.json()["types"], changed.json()["status"]) == (["payout.paid"], "paused")
    assert changed.headers["etag"] == '"3"'
    stale = await vera("PATCH", path, "vera", json={"paused": False}, headers={"If-Match": '"1"'})
    assert is_problem(stale, 412)
    assert (await vera("PATCH", path, "vera", json={"paused": False})).json()["status"] == "active"
    await vera.follow()
    assert (await vera("DELETE", path, "vera")).status_code == 204
    await vera.follow()
    assert is_problem(await vera("GET", path, "vera"), 404)
    assert is_problem(await vera("PATCH", path, "vera", json={"paused": True}), 404)


async def test_another_vendors_is_not_there(vera: Http) -> None:
    endpoint = await registered(vera, NOBODY)
    await vera.join("otto", "vendor")
    await vera.follow()
    path = f"{HOOKS}/{endpoint['id']}"
    for method, at in (("GET", path), ("PATCH", path), ("DELETE", path), ("POST", f"{path}/rotate-secret")):
        assert is_problem(await vera(method, at, "otto", json={}), 404), (method, at)
    for method, at in (("GET", f"{path}/deliveries"), ("POST", f"{path}/test")):
        assert is_problem(await vera(method, at, "otto"), 404), (method, at)
    assert is_problem(await vera("GET", HOOKS, "ada"), 403)


async def test_a_delivery_is_in_the_log_with_its_tries_and_can_be_sent_again(vera: Http, server: Receiver) -> None:
    endpoint = await registered(vera, server.url, json={"types": ["booking.held"]})
    server.status = 500
    assert (await vera.hold("ada", await vera.departure("vera"))).status_code == 201
    await level(vera)
    (delivery,) = await deliveries(vera, endpoint)
    assert (delivery["state"], delivery["attempts"][0]["status_code"]) == ("pending", 500)
    assert delivery["next_attempt_at"] is not None
    again = f"{HOOKS}/{endpoint['id']}/deliveries/{delivery['id']}/resend"
    assert is_problem(await vera("POST", again, "vera"), 409, "wrong_state")
    server.status = 200
    vera.sql("UPDATE board.task SET due_at = clock_timestamp() WHERE state = 'due'")
    await level(vera)
    key = {"Idempotency-Key": "again"}
    assert (await vera("POST", again, "vera", headers=key)).status_code == 202
    await level(vera)
    assert (await vera("POST", again, "vera", headers=key)).status_code == 202
    await level(vera)
    (delivery,) = await deliveries(vera, endpoint)
    assert (delivery["state"], [a["status_code"] for a in delivery["attempts"]]) == ("delivered", [500, 200, 200])
    assert server.ids == [delivery["id"]] * 3
    news = Webhook(endpoint["secret"]).verify(server.received[-1].body, server.received[-1].headers)
    assert (news["type"], news["data"]["position"]) == ("booking.held", delivery["position"])


async def test_a_ping_reaches_a_paused_endpoint_too(vera: Http, server: Receiver) -> None:
    endpoint = await registered(vera, server.url)
    path = f"{HOOKS}/{endpoint['id']}"
    await vera("PATCH", path, "vera", json={"paused": True})
    await vera.follow()
    assert (await vera("POST", f"{path}/test", "vera")).status_code == 202
    assert is_problem(await vera("POST", f"{path}/test", "vera"), 409, "wrong_state")
    await level(vera)
    (ping,) = server.received
    assert ping.read_by(endpoint["secret"])["type"] == "webhook.ping"


async def test_a_rotated_secret_is_shown_and_signs(vera: Http, server: Receiver) -> None:
    endpoint = await registered(vera, server.url)
    path = f"{HOOKS}/{endpoint['id']}"
    rotated = (await vera("POST", f"{path}/rotate-secret", "vera")).json()
    assert rotated["secret"] not in {endpoint["secret"], ""}
    await vera.follow()
    assert (await vera("POST", f"{path}/test", "vera")).status_code == 202
    await level(vera)
    assert all(server.received[0].signed_by(secret) for secret in (endpoint["secret"], rotated["secret"]))


async def test_the_log_is_read_in_pages(vera: Http) -> None:
    endpoint = await registered(vera, NOBODY, json={"types": ["booking.held"]})
    listing = await vera.departure("vera")
    for _ in range(3):
        await vera.hold("ada", listing)
    await level(vera)
    path, seen, cursor = f"{HOOKS}/{endpoint['id']}/deliveries", [], None
    while True:
        page: httpx.Response = await vera(
            "GET", path, "vera", params={"limit": 2, **({"cursor": cursor} if cursor else {})}
        )
        seen += [one["id"] for one in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 3
