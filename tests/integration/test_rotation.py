"""Secrets are changed while people go on signing in, and in the end the old ones are not needed any more."""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from pydantic import SecretStr

from api.app import create_app
from infrastructure.rotation import rotate
from infrastructure.settings import Settings
from tests.integration.conftest import PASSWORD, Http, is_problem

pytestmark = pytest.mark.anyio

ADA = {"email": "ada@example.com", "password": PASSWORD}


@asynccontextmanager
async def running_on(settings: Settings) -> AsyncIterator[Http]:
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://travellr.test/api/v1") as client,
    ):
        yield Http(app, settings, client)


def changed(settings: Settings, *names: str) -> Settings:
    """The same settings with these secrets new, and what they were as previous ones."""
    new = {"master_key": base64.b64encode(secrets.token_bytes(32)).decode()}
    update = {name: SecretStr(new.get(name, secrets.token_hex(32))) for name in names}
    return settings.model_copy(update={**update, **{f"{name}_previous": getattr(settings, name) for name in names}})


def without_previous(settings: Settings) -> Settings:
    return settings.model_copy(update=dict.fromkeys(("secret_key_previous", "pepper_previous", "master_key_previous")))


async def test_pepper_and_master_key_are_changed_under_somebody_who_signs_in(settings: Settings) -> None:
    async with running_on(settings) as http:
        await http.join("ada", "traveller")
    newer = changed(settings, "pepper", "master_key")
    async with running_on(newer) as http:
        taken = {**ADA, "full_name": "Not Ada", "role": "traveller"}
        assert is_problem(await http("POST", "/auth/register", json=taken), 409, "email_taken")
        await http.sign_in("ada")
        assert http.sql("SELECT count(*) FROM log.events WHERE topic = 'account.password_changed'") == [(1,)]
        await http.sign_in("ada")
        assert http.sql("SELECT count(*) FROM log.events WHERE topic = 'account.password_changed'") == [(1,)]
    async with running_on(without_previous(newer)) as http:
        assert is_problem(await http("POST", "/auth/login", json=ADA), 401, "wrong_credentials")
    assert await asyncio.to_thread(rotate, newer) == 1
    async with running_on(without_previous(newer)) as http:
        await http.sign_in("ada")
        assert (await http("GET", "/users/me", "ada")).json()["full_name"] == "Ada"


async def test_a_signing_key_is_changed_and_nobody_is_signed_out(settings: Settings) -> None:
    async with running_on(settings) as http:
        await http.join("ada", "traveller")
        pair = await http.sign_in("ada")
    newer = changed(settings, "secret_key")
    async with running_on(newer) as http:
        http.tokens["ada"] = pair["access_token"]
        assert (await http("GET", "/users/me", "ada")).status_code == 200
        refreshed = await http("POST", "/auth/refresh", json={"refresh_token": pair["refresh_token"]})
        http.tokens["ada"] = refreshed.json()["access_token"]
    async with running_on(without_previous(newer)) as http:
        http.tokens |= {"old": pair["access_token"], "ada": refreshed.json()["access_token"]}
        assert is_problem(await http("GET", "/users/me", "old"), 401, "unauthenticated")
        assert (await http("GET", "/users/me", "ada")).status_code == 200
