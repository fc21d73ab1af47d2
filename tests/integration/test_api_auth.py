"""Accounts and sessions over HTTP, from registration to logout."""

import asyncio

import pytest

from infrastructure.settings import Settings
from infrastructure.settings_error import SettingsError
from infrastructure.staff import add
from tests.integration.conftest import PASSWORD, Http, is_problem

pytestmark = pytest.mark.anyio

ADA = {"email": "Ada@Example.com", "password": PASSWORD, "full_name": "Ada Lovelace", "role": "traveller"}


async def test_a_person_registers_signs_in_stays_signed_in_and_signs_out(http: Http) -> None:
    registered = await http("POST", "/auth/register", json={**ADA, "locale": "pt-PT"})
    assert registered.status_code == 201
    assert registered.json()["email"] == "Ada@example.com"
    assert is_problem(
        await http("POST", "/auth/register", json={**ADA, "email": "ADA@example.com"}), 409, "email_taken"
    )

    wrong = await http("POST", "/auth/login", json={"email": ADA["email"], "password": "not this one"})
    unknown = await http("POST", "/auth/login", json={"email": "nobody@example.com", "password": PASSWORD})
    assert is_problem(wrong, 401, "wrong_credentials")
    assert is_problem(unknown, 401, "wrong_credentials")
    assert {**wrong.json(), "correlation_id": ""} == {**unknown.json(), "correlation_id": ""}

    first = await http.sign_in("ada")
    me = await http("GET", "/users/me", "ada")
    assert me.json() == registered.json()
    assert me.json()["locale"] == "pt-PT"
    assert me.json()["email_verified"] is False

    second = (await http("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})).json()
    http.tokens["ada"] = second["access_token"]
    sessions = (await http("GET", "/auth/sessions", "ada")).json()["items"]
    assert [session["current"] for session in sessions] == [True]

    assert (await http("POST", "/auth/logout", "ada")).status_code == 204
    assert is_problem(await http("GET", "/users/me", "ada"), 401, "unauthenticated")
    ended = await http("POST", "/auth/refresh", json={"refresh_token": second["refresh_token"]})
    assert is_problem(ended, 401, "session_over")


async def test_a_session_is_ended_from_another_one_but_not_by_somebody_else(http: Http) -> None:
    await http.join("ada", "traveller")
    await http.join("eve", "traveller")
    [session] = (await http("GET", "/auth/sessions", "ada")).json()["items"]
    assert is_problem(await http("DELETE", f"/auth/sessions/{session['id']}", "eve"), 404)
    assert (await http("DELETE", f"/auth/sessions/{session['id']}", "ada")).status_code == 204
    assert is_problem(await http("GET", "/users/me", "ada"), 401)


async def test_registering_twice_with_one_key_makes_one_account_and_keeps_no_name(http: Http) -> None:
    key = {"Idempotency-Key": "sign-up-1"}
    first = await http("POST", "/auth/register", json=ADA, headers=key)
    again = await http("POST", "/auth/register", json=ADA, headers=key)
    assert again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    [(kept,)] = http.sql("SELECT convert_from(body, 'UTF8') FROM log.idempotency")
    assert "Ada" not in kept


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer not.a.token", "Basic YTpi", "Bearer eyJhbGciOiJub25lIn0.e30."]
)
async def test_what_is_no_token_of_ours_is_refused(http: Http, header: str) -> None:
    answer = await http("GET", "/users/me", headers={"Authorization": header})
    assert is_problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_role_that_may_not_is_told_so(http: Http) -> None:
    await http.join("ada", "traveller")
    assert is_problem(await http("GET", "/vendors/me/balance", "ada"), 403, "not_allowed")
    assert is_problem(await http("GET", "/audit/events", "ada"), 403, "not_allowed")


async def test_staff_are_made_from_the_command_line(http: Http, capsys: pytest.CaptureFixture[str]) -> None:
    await asyncio.to_thread(add, http.settings, "grace@example.com", "finance", PASSWORD)
    await http.sign_in("grace")
    me = (await http("GET", "/users/me", "grace")).json()
    assert (me["id"], me["role"]) == (capsys.readouterr().out.strip(), "finance")


@pytest.mark.parametrize(
    ("email", "role", "password"),
    [
        ("grace@example.com", "traveller", PASSWORD),
        ("grace", "finance", PASSWORD),
        ("grace@example.com", "finance", "short"),
    ],
)
def test_staff_that_cannot_be_made_are_refused_in_a_sentence(
    settings: Settings, email: str, role: str, password: str
) -> None:
    with pytest.raises(SettingsError):
        add(settings, email, role, password)
