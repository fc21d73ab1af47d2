"""Passwords: of every length, changed, forgotten and set anew by mail; and addresses shown to be one's own."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from infrastructure.mail_tokens import GOOD_FOR
from tests.integration.conftest import PASSWORD, Http, is_problem
from tests.integration.people import mail_to, token_in

pytestmark = pytest.mark.anyio

_HOUR = timedelta(hours=1)
NEW = "quite another battery"
ADA = "ada@example.com"


async def login(http: Http, password: str, email: str = ADA) -> httpx.Response:
    return await http("POST", "/auth/login", json={"email": email, "password": password})


async def ask_for_reset(http: Http, email: str = ADA) -> httpx.Response:
    answer = await http("POST", "/auth/password-reset", json={"email": email})
    assert answer.status_code == 202, answer.text
    return answer


async def reset_token(http: Http) -> str:
    await ask_for_reset(http)
    return token_in(next(mail for mail in await mail_to(http, ADA) if mail["kind"] == "password_reset"))


async def confirm(http: Http, token: str, new: str = NEW) -> httpx.Response:
    return await http("POST", "/auth/password-reset/confirm", json={"token": token, "new": new})


@pytest.mark.parametrize(
    ("password", "status"),
    [
        ("x" * 72, 201),
        ("x" * 73, 201),
        ("\U0001f98a" * 40, 201),
        ("x" * 1_000, 201),
        ("x" * 10_000, 422),
        ("with \x00 inside", 422),
        ("\ud800 half a pair", 422),
    ],
    ids=["72 bytes", "73 bytes", "emoji", "1000", "10000", "NUL", "surrogate"],
)
async def test_a_password_logs_in_as_it_was_given_or_is_refused_clearly(http: Http, password: str, status: int) -> None:
    person: dict[str, Any] = {"email": ADA, "password": password, "full_name": "Ada", "role": "traveller"}
    if "\ud800" in password:
        body = b'{"email": "ada@example.com", "password": "\\ud800 half a pair", "full_name": "A", "role": "vendor"}'
        answer = await http("POST", "/auth/register", content=body, headers={"Content-Type": "application/json"})
    else:
        answer = await http("POST", "/auth/register", json=person)
    assert answer.status_code == status, answer.text
    if status == 422:
        assert is_problem(answer, 422, "validation_failed")
        assert answer.json()["errors"][0]["field"] == "password"
        return
    assert (await login(http, password)).status_code == 200
    assert is_problem(await login(http, password[:-1] + "y"), 401, "wrong_credentials")
    beginning = password.encode()[:72].decode()
    if beginning != password:
        assert is_problem(await login(http, beginning), 401, "wrong_credentials")


@pytest.mark.parametrize("password", ["Password123", "aaaaaaaa", "12345678", "ada@example.com", "Ada Byron"])
async def test_a_password_that_is_guessed_first_is_refused_wherever_one_is_chosen(http: Http, password: str) -> None:
    person = {"email": ADA, "password": password, "full_name": "Ada Byron", "role": "traveller"}

    def named(answer: httpx.Response) -> list[str]:
        assert is_problem(answer, 422, "validation_failed")
        assert password not in answer.text
        return [error["field"] for error in answer.json()["errors"]]

    assert named(await http("POST", "/auth/register", json=person)) == ["password"]
    await http("POST", "/auth/register", json={**person, "password": PASSWORD})
    token = await reset_token(http)
    assert named(await confirm(http, token, password)) == ["new"]
    await http.sign_in("ada")
    changed = await http("POST", "/auth/password", "ada", json={"current": PASSWORD, "new": password})
    assert named(changed) == ["new"]
    assert (await confirm(http, token)).status_code == 204


async def test_a_password_is_changed_and_other_sessions_end(http: Http) -> None:
    await http.join("ada", "traveller")
    other = (await http.sign_in("ada"))["access_token"]
    await http.sign_in("ada")
    wrong = await http("POST", "/auth/password", "ada", json={"current": "not this one", "new": NEW})
    assert is_problem(wrong, 403, "wrong_password")
    short = await http("POST", "/auth/password", "ada", json={"current": PASSWORD, "new": "short"})
    assert is_problem(short, 422, "validation_failed")

    assert (await http("POST", "/auth/password", "ada", json={"current": PASSWORD, "new": NEW})).status_code == 204
    assert (await http("GET", "/users/me", "ada")).status_code == 200
    http.tokens["other"] = other
    assert is_problem(await http("GET", "/users/me", "other"), 401, "unauthenticated")
    assert is_problem(await login(http, PASSWORD), 401, "wrong_credentials")
    assert (await login(http, NEW)).status_code == 200
    assert "password_changed" in [mail["kind"] for mail in await mail_to(http, ADA)]
    assert (await http("GET", "/users/me", "ada")).status_code == 200


async def test_a_forgotten_password_is_set_anew_by_a_link_that_is_good_once(http: Http) -> None:
    await http.join("ada", "traveller")
    token = await reset_token(http)
    second = await reset_token(http)
    assert (await confirm(http, token)).status_code == 204
    assert is_problem(await http("GET", "/users/me", "ada"), 401, "unauthenticated")
    assert (await login(http, NEW)).status_code == 200
    for used in (token, second):
        assert is_problem(await confirm(http, used, "a third one entirely"), 422, "link_not_good")
    assert (await login(http, NEW)).status_code == 200


async def test_a_link_that_is_old_or_for_something_else_is_not_good(
    http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    await http.join("ada", "traveller")
    verification = token_in((await mail_to(http, ADA))[0])
    assert is_problem(await confirm(http, verification), 422, "link_not_good")
    assert is_problem(await confirm(http, "x"), 422, "link_not_good")
    bad = await http("POST", "/auth/verify-email", json={"token": await reset_token(http)})
    assert is_problem(bad, 422, "link_not_good")
    monkeypatch.setitem(GOOD_FOR, "reset_password", -_HOUR)
    assert is_problem(await confirm(http, await reset_token(http)), 422, "link_not_good")


async def test_nobody_learns_who_is_known_by_asking_for_a_link(http: Http) -> None:
    await http.join("ada", "traveller")
    known, unknown = await ask_for_reset(http), await ask_for_reset(http, "nobody@example.com")
    assert known.json() == unknown.json()
    same = {"content-type", "content-length", "cache-control"}
    assert {known.headers[name] for name in same} == {unknown.headers[name] for name in same}
    tasks = http.sql("SELECT kind, arguments ->> 'letter', state, arguments FROM board.task WHERE kind = 'mail'")
    assert [task[:3] for task in tasks] == [("mail", "password_reset", "due")] * 2
    assert len({len(str(task[3])) for task in tasks}) == 1
    await mail_to(http, ADA)
    assert http.sql("SELECT count(*) FROM board.task WHERE state <> 'done'") == [(0,)]
    assert [mail["kind"] for mail in await mail_to(http, "nobody@example.com")] == []


async def test_an_address_is_verified_by_the_link_that_was_sent_to_it(http: Http) -> None:
    await http.join("ada", "traveller")
    (welcome,) = await mail_to(http, "ADA@example.com")
    assert (welcome["kind"], welcome["subject"]) == ("verify_email", "Please confirm your e-mail address")
    assert "Hello Ada" in welcome["text"]
    for _ in range(2):
        verified = await http("POST", "/auth/verify-email", json={"token": token_in(welcome)})
        assert (verified.status_code, verified.json()) == (200, {"email_verified": True})
    assert (await http("GET", "/users/me", "ada")).json()["email_verified"] is True


async def test_mail_is_kept_only_sealed(http: Http) -> None:
    await http.join("ada", "traveller")
    await mail_to(http, ADA)
    [(row,)] = http.sql("SELECT mailbox::text FROM people.mailbox AS mailbox")
    assert "Hello Ada" not in row
    assert ADA not in row
    assert "confirm" not in row


async def test_a_profile_is_changed_field_by_field_and_by_version(http: Http) -> None:
    await http.join("ada", "traveller")
    before = await http("GET", "/users/me", "ada")
    changed = await http(
        "PATCH",
        "/users/me",
        "ada",
        json={"full_name": "Ada King", "phone": "+44 20 1234", "locale": "en-GB"},
        headers={"If-Match": before.headers["etag"]},
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["full_name"], changed.json()["phone"]) == ("Ada King", "+44 20 1234")
    gone = await http("PATCH", "/users/me", "ada", json={"phone": None})
    assert (gone.json()["phone"], gone.json()["full_name"]) == (None, "Ada King")
    assert gone.json() == (await http("GET", "/users/me", "ada")).json()
    late = await http(
        "PATCH", "/users/me", "ada", json={"phone": "12345"}, headers={"If-Match": before.headers["etag"]}
    )
    assert is_problem(late, 412, "version_mismatch")
    for bad in ({"email": "eve@example.com"}, {"role": "admin"}, {"phone": "x" * 40}, {"full_name": " "}):
        assert is_problem(await http("PATCH", "/users/me", "ada", json=bad), 422, "validation_failed")
    stored = "".join(str(row) for row in http.sql("SELECT convert_from(state, 'UTF8') FROM log.events"))
    assert "Ada King" not in stored
