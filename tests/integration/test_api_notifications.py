"""What people say about messages over HTTP: settings, browsers, links to unsubscribe, what they were told; sign-ins."""

import asyncio
import re
from typing import Any
from uuid import uuid4

import pytest

from domain.actor import STAFF
from tests.integration.conftest import PASSWORD, Http, is_problem
from tests.integration.people import do_tasks, mail_to
from tests.integration.people_servers import Browser

pytestmark = pytest.mark.anyio

FCM = "https://fcm.googleapis.com/fcm/send/abc"
_LINK = re.compile(r"http://\S+(/unsubscribe/\S+)")


async def settings(http: Http, person: str = "ada") -> dict[str, Any]:
    answer = await http("GET", "/users/me/notification-settings", person)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_settings_begin_as_for_everybody_and_are_kept_as_a_whole(http: Http) -> None:
    await http.join("ada", "traveller")
    begun = await settings(http)
    assert begun["groups"]["reminders"] == {"email": True, "sms": False, "push": True}
    assert begun["always"] == ["bookings.email", "payouts.email", "security.email"]
    assert begun["quiet_hours"] is None
    quiet = {"starts": "22:00", "ends": "07:00", "time_zone": "Europe/Berlin"}
    wishes = {"groups": {"reminders": {"email": False, "sms": True}}, "quiet_hours": quiet}
    answer = await http("PUT", "/users/me/notification-settings", "ada", json=wishes)
    assert answer.status_code == 200, answer.text
    assert answer.json() == await settings(http)
    assert answer.json()["groups"]["reminders"] == {"email": False, "sms": True, "push": True}
    assert answer.json()["quiet_hours"] == quiet


async def test_what_is_needed_cannot_be_switched_off(http: Http) -> None:
    await http.join("ada", "traveller")
    for group in ("security", "bookings", "payouts"):
        wishes = {"groups": {group: {"email": False}}}
        answer = await http("PUT", "/users/me/notification-settings", "ada", json=wishes)
        assert is_problem(answer, 422, "cannot_switch_off")
    for wrong in ({"news": {"email": True}}, {"reminders": {"pigeon": True}}):
        answer = await http("PUT", "/users/me/notification-settings", "ada", json={"groups": wrong})
        assert is_problem(answer, 422, "validation_failed")


async def test_a_link_in_a_message_switches_it_off_without_a_sign_in_however_often(http: Http) -> None:
    await http.join("vera", "vendor")
    await http.join("ada", "traveller")
    assert (await http.hold("ada", await http.departure("vera"))).status_code == 201
    (mail,) = [mail for mail in await mail_to(http, "ada@example.com") if mail["kind"] == "booking_held"]
    found = _LINK.search(mail["text"])
    assert found
    page = await http("GET", found[1])
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<form" in page.text
    assert (await settings(http))["groups"]["payments"]["email"] is True
    for _ in range(2):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await http("POST", found[1], content="List-Unsubscribe=One-Click", headers=form)
        assert answer.status_code == 200, answer.text
    assert (await settings(http))["groups"]["payments"]["email"] is False
    assert is_problem(await http("POST", found[1][:-3] + "xyz"), 422, "link_not_good")
    assert is_problem(await http("GET", "/unsubscribe/rubbish"), 422, "link_not_good")


async def test_the_link_of_somebody_who_was_erased_does_nothing(http: Http) -> None:
    await http.join("vera", "vendor")
    listing_id = await http.departure("vera")
    await http.join("ada", "traveller")
    booking = (await http.hold("ada", listing_id)).json()["id"]
    (mail,) = [mail for mail in await mail_to(http, "ada@example.com") if mail["kind"] == "booking_held"]
    await http("POST", f"/bookings/{booking}/cancel", "ada", json={})
    await asyncio.to_thread(do_tasks, http)
    assert (await http("DELETE", "/users/me", "ada")).status_code == 204
    found = _LINK.search(mail["text"])
    assert found
    assert (await http("POST", found[1])).status_code == 200


async def test_a_message_lies_in_the_mailbox_with_its_channel_and_html(http: Http) -> None:
    await http.join("vera", "vendor")
    await http.join("ada", "traveller")
    await http("PATCH", "/users/me", "ada", json={"phone": "+49 30 901820", "locale": "de"})
    wishes = {"groups": {"payments": {"sms": True}}}
    await http("PUT", "/users/me/notification-settings", "ada", json=wishes)
    browser = Browser(FCM).subscription()
    assert (await http("POST", "/users/me/push-subscriptions", "ada", json=browser)).status_code == 201
    booking = (await http.hold("ada", await http.departure("vera"))).json()["id"]
    assert await mail_to(http, "ada@example.com")
    listed = (await http("GET", "/users/me/notifications", "ada")).json()["items"]
    told = [one["kind"] for one in listed]
    assert told.count("verify_email") == 1
    mails = await mail_to(http, "ada@example.com")
    assert "Guten Tag" in next(mail["html"] for mail in mails if mail["kind"] == "booking_held" and mail["html"])
    staff = await _staff(http)
    answer = await http("GET", f"/bookings/{booking}/messages", staff)
    assert answer.status_code == 200, answer.text
    assert {one["kind"] for one in answer.json()["items"]} == {"booking_held"}
    assert is_problem(await http("GET", f"/bookings/{booking}/messages", "ada"), 403)
    assert is_problem(await http("GET", f"/bookings/{uuid4()}/messages", staff), 404)
    exported = (await http("GET", "/users/me/export", "ada")).json()["kept"]
    assert len(exported["push_subscriptions"]) == 1
    assert {one["kind"] for one in exported["messages"]} >= {"verify_email", "booking_held"}


async def _staff(http: Http) -> str:
    assert "operator" in STAFF
    await http.join_staff("olga", "operator")
    return "olga"


async def test_a_browser_is_kept_once_and_let_go(http: Http) -> None:
    await http.join("ada", "traveller")
    await http.join("eve", "traveller")
    browser = Browser(FCM).subscription()
    first = await http("POST", "/users/me/push-subscriptions", "ada", json={**browser, "expirationTime": None})
    assert first.status_code == 201, first.text
    again = await http("POST", "/users/me/push-subscriptions", "ada", json=browser)
    assert again.json() == first.json()
    listed = (await http("GET", "/users/me/push-subscriptions", "ada")).json()
    assert listed == {"items": [first.json()], "application_server_key": None}
    path = f"/users/me/push-subscriptions/{first.json()['id']}"
    assert is_problem(await http("DELETE", path, "eve"), 404)
    assert (await http("DELETE", path, "ada")).status_code == 204
    assert is_problem(await http("DELETE", path, "ada"), 404)
    assert FCM not in str(http.sql("SELECT * FROM people.push_subscription"))


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://127.0.0.1/x",
        "http://169.254.169.254/latest/meta-data",
        "https://fcm.googleapis.com@evil.example/x",
        "https://evilfcm.googleapis.com/x",
        "https://push.services.mozilla.com.evil.example/x",
        "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com:99999/x",
        "file:///etc/passwd",
        "not an address",
    ],
)
async def test_nobody_has_us_call_whomever_they_name(http: Http, endpoint: str) -> None:
    await http.join("ada", "traveller")
    answer = await http("POST", "/users/me/push-subscriptions", "ada", json=Browser(endpoint).subscription())
    assert is_problem(answer, 422, "validation_failed")


async def test_a_sign_in_with_something_new_is_told_and_a_known_one_is_not(http: Http) -> None:
    await http.join("ada", "traveller")

    async def signs_in(agent: str) -> list[str]:
        body = {"email": "ada@example.com", "password": PASSWORD}
        answer = await http("POST", "/auth/login", json=body, headers={"User-Agent": agent})
        assert answer.status_code == 200, answer.text
        return [mail["kind"] for mail in await mail_to(http, "ada@example.com")]

    assert (await signs_in("Firefox/140.0")).count("new_sign_in") == 0
    assert (await signs_in("Firefox/141.0.2")).count("new_sign_in") == 0
    assert (await signs_in("Chromium/140")).count("new_sign_in") == 1
    assert (await signs_in("Chromium/140")).count("new_sign_in") == 1
    http.sql(
        "UPDATE people.device SET seen_at = seen_at - interval '31 days' WHERE device_index = ("
        "SELECT device_index FROM people.device ORDER BY seen_at LIMIT 1)"
    )
    assert (await signs_in("Firefox/142")).count("new_sign_in") == 2
    assert "Firefox" not in str(http.sql("SELECT * FROM people.device"))
