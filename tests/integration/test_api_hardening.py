"""What every answer carries and no answer gives away: headers, limits of size, no cross-origin reading, no secrets."""

import asyncio
import io
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.security_headers import SECURITY_HEADERS
from infrastructure.settings import Settings
from tests.integration.conftest import PASSWORD, Http, is_problem

pytestmark = pytest.mark.anyio

ROOT = "http://travellr.test"


async def test_every_answer_tells_browsers_to_do_nothing_with_it(http: Http) -> None:
    await http.join("ada", "traveller")
    answers = [
        await http("GET", "/users/me", "ada"),
        await http("GET", "/users/me"),
        await http("GET", "/nowhere"),
        await http("POST", "/auth/login", json={}),
        await http("PUT", "/bookings"),
        await http("GET", f"{ROOT}/livez"),
        await http("GET", f"{ROOT}/openapi.json"),
        await http("GET", f"{ROOT}/docs"),
    ]
    for answer in answers:
        for name, value in SECURITY_HEADERS:
            told = answer.headers[name.decode()]
            if name != b"content-security-policy":
                assert told == value.decode(), (answer.url, name)
            assert name != b"content-security-policy" or re.match(r"default-src 'none';", told), answer.url
            assert "unsafe" not in told
        assert "server" not in answer.headers


async def test_other_sites_scripts_may_not_read_us(http: Http) -> None:
    await http.join("ada", "traveller")
    origin = {"Origin": "https://evil.example"}
    for answer in (
        await http("OPTIONS", "/users/me", headers={**origin, "Access-Control-Request-Method": "GET"}),
        await http("GET", "/users/me", "ada", headers=origin),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_headers_have_their_limit_too(http: Http) -> None:
    assert is_problem(await http("GET", "/users/me", headers={"X-Much": "x" * 33_000}), 431, "headers_too_large")
    assert is_problem(await http("GET", "/users/me", headers={"X-Much": "x" * 30_000}), 401)


@pytest.fixture
async def logged(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Http, io.StringIO]]:
    """An application, and what it writes to its log."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"{ROOT}/api/v1") as client,
    ):
        yield Http(app, settings, client), written


async def test_no_secret_reaches_a_log(logged: tuple[Http, io.StringIO]) -> None:
    """Passwords, tokens and secrets of the settings, used well and badly, in every place where they may turn up."""
    http, written = logged
    await http.join("ada", "traveller")
    pair = await http.sign_in("ada")
    secrets = [PASSWORD, "canary of a password", pair["access_token"], pair["refresh_token"], "canary@example.com"]
    for name in ("secret_key", "pepper", "master_key"):
        secret = getattr(http.settings, name)
        secrets.append(secret.get_secret_value())
    await http("POST", "/auth/login", json={"email": "canary@example.com", "password": "canary of a password"})
    await http("POST", "/auth/login", content=b'{"email": "canary@example.com", "password": "canary of a password"')
    await http("POST", "/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    await http("GET", f"/users/me?token={pair['access_token']}", headers={"X-Correlation-Id": pair["refresh_token"]})
    await http("GET", f"/{pair['access_token']}", headers={"Authorization": f"Bearer {pair['access_token']}x"})
    told = written.getvalue()
    assert '"request"' in told
    for secret in secrets:
        assert secret not in told
        assert secret not in repr(http.settings)


async def test_a_name_with_a_line_break_makes_no_line_in_a_log(logged: tuple[Http, io.StringIO]) -> None:
    http, written = logged
    await http("GET", "/x", headers={"X-Correlation-Id": "a b", "User-Agent": "x%0aforged"})
    lines = [line for line in written.getvalue().splitlines() if line]
    assert lines
    assert all(line.startswith("{") for line in lines)


class TestNobodyLearnsWhoIsKnown:
    """By time: paired samples of a known and an unknown address, judged by how often one of a pair takes longer.

    The share of pairs in which the known one is slower is 1/2 where nothing can be learnt; no absolute time is judged.
    bcrypt is made cheap here, so that what it would drown is seen: it costs the same on both sides (test_vault.py).
    """

    PAIRS = 200
    FAIR = (0.35, 0.65)  # More than four standard deviations of 200 fair coins on either side.

    @pytest.fixture(autouse=True)
    def _cheap(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("infrastructure.vault.BCRYPT_ROUNDS", 4)
        monkeypatch.setattr(
            "infrastructure.vault._NOBODY", b"$2b$04$abcdefghijklmnopqrstuu5Lo0g67CiD3M4RpN1BmBb4Crp5w7dbK"
        )

    async def share(self, http: Http, path: str, extra: dict[str, str], *, slower_s: float = 0.0) -> float:
        """How often a request for the known address is the slower of its pair; `slower_s` plants a difference."""
        await http.join("ada", "traveller")

        async def took(email: str, pause_s: float) -> float:
            began = time.perf_counter()
            answer = await http("POST", path, json={"email": email, **extra})
            await asyncio.sleep(pause_s)
            assert answer.status_code in {401, 202}, answer.text
            return time.perf_counter() - began

        slower = 0
        for number in range(self.PAIRS):
            first, second = ("ada", "eva") if number % 2 else ("eva", "ada")
            times = {who: await took(f"{who}@example.com", slower_s * (who == "ada")) for who in (first, second)}
            slower += times["ada"] > times["eva"]
        return slower / self.PAIRS

    @pytest.fixture
    def settings(self, settings: Settings, tmp_path: Path) -> Settings:
        return settings.model_copy(
            update=dict.fromkeys(
                (
                    "limit_login",
                    "limit_login_account",
                    "limit_login_address",
                    "limit_reset_account",
                    "limit_reset_address",
                ),
                "0",
            )
        )

    async def test_at_sign_in(self, http: Http) -> None:
        low, high = self.FAIR
        assert low < await self.share(http, "/auth/login", {"password": "not this one"}) < high

    async def test_where_a_password_was_forgotten(self, http: Http) -> None:
        low, high = self.FAIR
        assert low < await self.share(http, "/auth/password-reset", {}) < high

    async def test_a_difference_of_five_milliseconds_would_be_seen(self, http: Http) -> None:
        """The control, which must fail."""
        share = await self.share(http, "/auth/password-reset", {}, slower_s=0.005)
        assert not self.FAIR[0] < share < self.FAIR[1]
