"""Accounts as staff see and change them: found, suspended at once, given a role, signed out; and by whom, and why."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.integration.conftest import PASSWORD, Http, is_problem
from tests.integration.people import do_tasks, mail_to

pytestmark = pytest.mark.anyio


@pytest.fixture
async def staffed(http: Http) -> Http:
    for person, role in (("op", "operator"), ("root", "admin")):
        await http.join_staff(person, role)
    await http.join("ada", "traveller")
    return http


async def id_of(http: Http, person: str) -> str:
    account_id: str = (await http("GET", "/users/me", person)).json()["id"]
    return account_id


async def change(http: Http, by: str, account_id: str, **what: Any) -> httpx.Response:
    return await http("PATCH", f"/admin/users/{account_id}", by, json=what)


async def found(http: Http, **query: str) -> list[dict[str, Any]]:
    await http.follow()
    answer = await http("GET", "/admin/users", "op", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_people_are_found_by_address_id_role_and_status(staffed: Http) -> None:
    vera = await staffed.join("vera", "vendor")
    (by_address,) = await found(staffed, query="VERA@Example.com")
    assert (by_address["id"], by_address["full_name"], by_address["email"]) == (vera, "Vera", "vera@example.com")
    assert await found(staffed, query=vera) == await found(staffed, role="vendor") == [by_address]
    assert [user["email"] for user in await found(staffed)] == ["vera@example.com", "ada@example.com"]
    assert await found(staffed, query="nobody@example.com") == await found(staffed, query=str(uuid4())) == []
    assert await found(staffed, status="suspended") == []
    by_name = await staffed("GET", "/admin/users", "op", params={"query": "Vera"})
    assert is_problem(by_name, 422, "validation_failed")
    assert "sealed" in by_name.json()["errors"][0]["message"]


async def test_who_is_suspended_is_shut_out_at_once_and_let_in_again(staffed: Http) -> None:
    ada = await id_of(staffed, "ada")
    refresh = (await staffed.sign_in("ada"))["refresh_token"]
    suspended = await change(staffed, "op", ada, status="suspended", reason="Chargebacks, see case 7")
    assert (suspended.status_code, suspended.json()["status"]) == (200, "suspended")
    assert suspended.json()["reason"] == "Chargebacks, see case 7"
    assert is_problem(await staffed("GET", "/users/me", "ada"), 401, "unauthenticated")
    assert is_problem(await staffed("POST", "/auth/refresh", json={"refresh_token": refresh}), 401, "session_over")
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    assert is_problem(await staffed("POST", "/auth/login", json=credentials), 403, "account_suspended")
    wrong = await staffed("POST", "/auth/login", json={**credentials, "password": "not this one"})
    assert is_problem(wrong, 401, "wrong_credentials")

    assert (await change(staffed, "op", ada, status="active")).json()["status"] == "active"
    await staffed.sign_in("ada")


async def test_who_did_it_and_why_stands_in_the_log_but_not_for_everybody_to_read(staffed: Http) -> None:
    ada = await id_of(staffed, "ada")
    await change(staffed, "op", ada, status="suspended", reason="Chargebacks")
    [(by, role, state)] = staffed.sql(
        "SELECT metadata -> 'by' ->> 'account_id', metadata -> 'by' ->> 'role', convert_from(state, 'UTF8')"
        " FROM log.events WHERE topic = 'account.suspended'"
    )
    assert (len(by), role) == (36, "operator")
    assert "Chargebacks" not in state
    await staffed.join_staff("aud", "auditor")
    shown = (await staffed("GET", "/audit/events?topic=account.suspended", "aud")).json()["items"][0]
    assert shown["state"]["reason_sealed"] == "(sealed)"


async def test_roles_and_staff_are_for_admins(staffed: Http) -> None:
    ada = await id_of(staffed, "ada")
    assert is_problem(await change(staffed, "op", ada, role="finance"), 403, "not_allowed")
    changed = await change(staffed, "root", ada, role="finance", reason="Joined us")
    assert (changed.status_code, changed.json()["role"]) == (200, "finance")
    assert is_problem(await staffed("GET", "/users/me", "ada"), 401, "unauthenticated")
    await staffed.sign_in("ada")
    assert (await staffed("GET", "/finance/trial-balance", "ada")).status_code == 200
    assert is_problem(await change(staffed, "op", ada, status="suspended"), 403, "not_allowed")
    assert is_problem(await staffed("DELETE", f"/admin/users/{ada}", "op"), 403, "not_allowed")
    assert is_problem(await change(staffed, "root", ada, role="emperor"), 422, "validation_failed")
    assert is_problem(await change(staffed, "root", str(uuid4()), role="finance"), 404, "not_found")


async def test_an_admin_makes_staff_and_cannot_shut_themselves_out(staffed: Http) -> None:
    body = {"email": "grace@example.com", "password": PASSWORD, "full_name": "Grace Hopper", "role": "admin"}
    assert is_problem(await staffed("POST", "/admin/users", "op", json=body), 403, "not_allowed")
    key = {"Idempotency-Key": "grace-1"}
    made = await staffed("POST", "/admin/users", "root", json=body, headers=key)
    assert (made.status_code, made.json()["role"], made.json()["full_name"]) == (201, "admin", "Grace Hopper")
    assert (await staffed("POST", "/admin/users", "root", json=body, headers=key)).json() == made.json()
    await staffed.sign_in("grace")
    for answer in (
        await change(staffed, "grace", made.json()["id"], role="traveller"),
        await change(staffed, "grace", made.json()["id"], status="suspended"),
        await staffed("DELETE", f"/admin/users/{made.json()['id']}", "grace"),
        await staffed("DELETE", f"/admin/users/{made.json()['id']}/sessions", "grace"),
    ):
        assert is_problem(answer, 409, "not_yourself")


async def test_somebody_is_signed_out_everywhere(staffed: Http) -> None:
    ada = await id_of(staffed, "ada")
    assert (await staffed("DELETE", f"/admin/users/{ada}/sessions", "op")).status_code == 204
    assert is_problem(await staffed("GET", "/users/me", "ada"), 401, "unauthenticated")
    await staffed.sign_in("ada")


async def test_what_the_api_did_not_get_to_the_worker_does(staffed: Http) -> None:
    """The sessions that a suspension ends are ended by its task too, and those of afterwards are left alone."""
    ada = await id_of(staffed, "ada")
    old = (await staffed.sign_in("ada"))["access_token"]
    await change(staffed, "op", ada, status="suspended")
    await change(staffed, "op", ada, status="active")
    await staffed.sign_in("ada")
    staffed.sql("UPDATE ops.session SET ended_at = NULL")
    await asyncio.to_thread(do_tasks, staffed)
    staffed.tokens["old"] = old
    assert is_problem(await staffed("GET", "/users/me", "old"), 401, "unauthenticated")
    assert (await staffed("GET", "/users/me", "ada")).status_code == 200


async def test_one_account_is_read_from_the_log_and_an_erased_one_has_no_name(staffed: Http) -> None:
    ada = await id_of(staffed, "ada")
    seen = (await staffed("GET", f"/admin/users/{ada}", "op")).json()
    assert (seen["email"], seen["reason"], seen["email_verified"]) == ("ada@example.com", None, False)
    await staffed.follow()
    assert (await staffed("DELETE", f"/admin/users/{ada}", "op")).status_code == 204
    assert (await staffed("DELETE", f"/admin/users/{ada}", "op")).status_code == 204
    erased = (await staffed("GET", f"/admin/users/{ada}", "op")).json()
    assert (erased["status"], erased["email"], erased["full_name"]) == ("erased", None, None)
    assert [user["email"] for user in await found(staffed)] == [None]
    assert is_problem(await change(staffed, "op", ada, status="active"), 404, "not_found")
    assert await mail_to(staffed, "ada@example.com") == []


async def test_a_change_of_what_was_seen_in_another_version_is_refused(staffed: Http) -> None:
    ada = await id_of(staffed, "ada")
    etag = (await staffed("GET", f"/admin/users/{ada}", "op")).headers["etag"]
    await change(staffed, "op", ada, status="suspended")
    body = {"status": "active"}
    late = await staffed("PATCH", f"/admin/users/{ada}", "op", json=body, headers={"If-Match": etag})
    assert is_problem(late, 412, "version_mismatch")
