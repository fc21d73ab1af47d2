"""The second factor of staff over HTTP: asked for once it is on, good once, and a way back when the phone is lost."""

import asyncio
from typing import Any

import httpx
import pytest

from infrastructure.staff import add
from infrastructure.totp import new_secret
from tests.integration.conftest import PASSWORD, Http, is_problem
from tests.integration.people import code_now

pytestmark = pytest.mark.anyio


@pytest.fixture
async def grace(http: Http) -> Http:
    """Grace from finance, signed in with her password alone."""
    await asyncio.to_thread(add, http.settings, "grace@example.com", "finance", PASSWORD)
    await http.sign_in("grace")
    return http


async def login(http: Http, code: str | None = None, password: str = PASSWORD) -> httpx.Response:
    body = {"email": "grace@example.com", "password": password, **({"code": code} if code else {})}
    return await http("POST", "/auth/login", json=body)


async def enrolled(http: Http) -> tuple[str, list[str]]:
    """The secret in her app, and her recovery codes."""
    offered = await http("POST", "/auth/second-factor", "grace")
    assert offered.status_code == 201, offered.text
    secret: str = offered.json()["secret"]
    confirmed = await http("POST", "/auth/second-factor/confirm", "grace", json={"code": code_now(secret, -1)})
    assert confirmed.status_code == 200, confirmed.text
    codes: list[str] = confirmed.json()["recovery_codes"]
    return secret, codes


async def test_once_confirmed_signing_in_needs_a_code_that_is_good_once(grace: Http) -> None:
    secret, _ = await enrolled(grace)
    assert (await grace("GET", "/users/me", "grace")).json()["second_factor"] is True
    assert is_problem(await login(grace), 401, "second_factor_needed")
    assert is_problem(await login(grace, "000000"), 401, "wrong_code")
    code = code_now(secret)
    assert (await login(grace, code)).status_code == 200
    assert is_problem(await login(grace, code), 401, "wrong_code")
    assert is_problem(await login(grace, code_now(secret, -1)), 401, "wrong_code")
    assert (await login(grace, code_now(secret, 1))).status_code == 200


async def test_who_lacks_the_password_does_not_learn_that_there_is_one(grace: Http) -> None:
    await enrolled(grace)
    assert is_problem(await login(grace, None, "not this one"), 401, "wrong_credentials")


async def test_of_many_at_once_with_one_code_one_gets_in(grace: Http) -> None:
    secret, _ = await enrolled(grace)
    code = code_now(secret)
    answers = await asyncio.gather(*(login(grace, code) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_a_recovery_code_opens_once(grace: Http) -> None:
    _, codes = await enrolled(grace)
    assert len(set(codes)) == 10
    assert (await login(grace, codes[4].upper())).status_code == 200
    assert is_problem(await login(grace, codes[4]), 401, "wrong_code")
    assert (await login(grace, codes[5])).status_code == 200


async def test_what_is_offered_does_not_count_until_a_code_of_it_comes_back(grace: Http) -> None:
    offered = (await grace("POST", "/auth/second-factor", "grace")).json()
    assert offered["secret"] in offered["uri"]
    wrong = await grace("POST", "/auth/second-factor/confirm", "grace", json={"code": code_now(new_secret())})
    assert is_problem(wrong, 401, "wrong_code")
    assert (await login(grace)).status_code == 200


async def test_it_is_removed_with_password_and_code_and_nothing_less(grace: Http) -> None:
    secret, _ = await enrolled(grace)

    async def remove(password: str, code: str) -> httpx.Response:
        body: dict[str, Any] = {"password": password, "code": code}
        return await grace("POST", "/auth/second-factor/remove", "grace", json=body)

    assert is_problem(await remove("not this one", code_now(secret)), 403, "wrong_password")
    assert is_problem(await remove(PASSWORD, "000000"), 401, "wrong_code")
    assert (await remove(PASSWORD, code_now(secret))).status_code == 204
    assert (await login(grace)).status_code == 200
    assert is_problem(await remove(PASSWORD, code_now(secret)), 409, "second_factor_state")


async def test_it_is_for_staff(grace: Http) -> None:
    await grace.join("ada", "traveller")
    assert is_problem(await grace("POST", "/auth/second-factor", "ada"), 403, "not_allowed")


async def test_nothing_of_it_is_kept_in_clear(grace: Http) -> None:
    secret, codes = await enrolled(grace)
    kept = "".join(str(row) for row in grace.sql("SELECT convert_from(state, 'UTF8'), metadata FROM log.events"))
    assert secret not in kept
    assert not any(code in kept for code in codes)
