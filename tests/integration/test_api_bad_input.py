"""Whatever is sent, the answer is a problem that says what is wrong: never a 5xx."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.statuses import STATUSES
from domain.refusal import Refusal
from infrastructure.settings import Settings
from tests.integration.conftest import Http, is_problem

pytestmark = pytest.mark.anyio

LISTING = {
    "title": "Kayak tour",
    "kind": "departure",
    "time_zone": "Europe/Lisbon",
    "price": {"amount": 5_000, "currency": "EUR"},
}
PERSON = {"email": "new@example.com", "password": "long enough", "full_name": "New", "role": "traveller"}
START = "2027-06-01T09:00:00Z"
NOWHERE = "00000000-0000-4000-8000-000000000000"
BOOKING = {"listing_id": NOWHERE, "starts_at": START, "quantity": 1}
JSON = {"Content-Type": "application/json"}

NO_QUANTITIES: tuple[Any, ...] = (0, -1, True, 1.0, 1.5, "1", None, [], 10**30)

# Who sends what where, and what is said to it: (person, path, body, status, code, field).
BODIES: list[tuple[str | None, str, Any, int, str, str]] = [
    (None, "/auth/register", {**PERSON, "nickname": "N"}, 422, "validation_failed", "nickname"),
    (None, "/auth/register", {**PERSON, "password": "x" * 5_000}, 422, "validation_failed", "password"),
    (None, "/auth/register", {**PERSON, "password": "short"}, 422, "validation_failed", "password"),
    (None, "/auth/register", {**PERSON, "password": "with \x00 inside"}, 422, "validation_failed", "password"),
    (None, "/auth/register", {**PERSON, "password": 12345678}, 422, "validation_failed", "password"),
    (None, "/auth/register", {**PERSON, "email": "nobody"}, 422, "validation_failed", "email"),
    (None, "/auth/register", {**PERSON, "email": "a@b"}, 422, "validation_failed", "email"),
    (None, "/auth/register", {**PERSON, "email": "a" * 300 + "@example.com"}, 422, "validation_failed", "email"),
    (None, "/auth/register", {**PERSON, "full_name": "N\x00"}, 422, "validation_failed", "full_name"),
    (None, "/auth/register", {**PERSON, "role": "admin"}, 422, "validation_failed", "role"),
    (None, "/auth/login", {"email": "a@example.com", "password": "x" * 5_000}, 422, "validation_failed", "password"),
    (None, "/auth/refresh", {"refresh_token": "no"}, 401, "session_over", ""),
    ("ada", "/bookings", {**BOOKING, "starts_at": "2027-06-01T09:00:00"}, 404, "not_found", ""),
    ("ada", "/bookings", {**BOOKING, "starts_at": "yesterday"}, 422, "validation_failed", "starts_at"),
    ("ada", "/bookings", {**BOOKING, "starts_at": 1_800_000_000}, 422, "validation_failed", "starts_at"),
    ("ada", "/bookings", {**BOOKING, "starts_at": "9999-12-31T23:59:59-23:59"}, 422, "validation_failed", "starts_at"),
    ("ada", "/bookings", {**BOOKING, "listing_id": "x"}, 422, "validation_failed", "listing_id"),
    ("ada", "/bookings", BOOKING, 404, "not_found", ""),
    *(
        ("ada", "/bookings", {**BOOKING, "quantity": quantity}, 422, "validation_failed", "quantity")
        for quantity in NO_QUANTITIES
    ),
    ("vera", "/listings", {**LISTING, "kind": "cruise"}, 422, "validation_failed", "kind"),
    ("vera", "/listings", {**LISTING, "booking_mode": "auction"}, 422, "validation_failed", "booking_mode"),
    ("vera", "/listings", {**LISTING, "time_zone": "Mars/Olympus"}, 422, "validation_failed", "time_zone"),
    ("vera", "/listings", {**LISTING, "title": "   "}, 422, "validation_failed", "title"),
    ("vera", "/listings", {**LISTING, "draft": 1}, 422, "validation_failed", "draft"),
    *(
        ("vera", "/listings", {**LISTING, "price": {"amount": amount, "currency": "EUR"}}, 422, code, "price.amount")
        for amount, code in ((0, "validation_failed"), (-5, "validation_failed"), (12.5, "validation_failed"))
    ),
    ("vera", "/listings", {**LISTING, "price": {"amount": 5, "currency": "XXX"}}, 422, "unsupported_currency", ""),
    ("vera", "/listings", {**LISTING, "terms": "generous"}, 422, "validation_failed", "terms"),
    (
        "vera",
        "/listings",
        {**LISTING, "terms": {"tiers": [{"before": "P2D", "refund_bp": 0}, {"before": "P7D", "refund_bp": 0}]}},
        422,
        "invalid_terms",
        "",
    ),
    (
        "vera",
        f"/listings/{NOWHERE}/openings",
        {"starts_at": START, "ends_at": START, "capacity": 1},
        422,
        "",
        "ends_at",
    ),
    ("vera", f"/listings/{NOWHERE}/openings", {"rrule": "FREQ=DAILY"}, 422, "validation_failed", "capacity"),
    ("ada", f"/bookings/{NOWHERE}/cancel", {"preview_token": "x.y.z"}, 422, "preview_not_ours", ""),
    (
        "ada",
        f"/bookings/{NOWHERE}/payments",
        {"payment_method": "4242 4242"},
        422,
        "validation_failed",
        "payment_method",
    ),
    ("fin", "/finance/payout-runs", {"cadence": "weekly", "period_end": 5}, 422, "validation_failed", "period_end"),
    ("fin", "/finance/payout-runs", {"cadence": "weekly", "period_end": "2026-07-01"}, 422, "not_a_period", ""),
    (None, "/sandbox/clock", {"advance": "P7D", "at": START}, 422, "validation_failed", "advance"),
    (None, "/sandbox/clock", {"advance": "P1M"}, 422, "validation_failed", "advance"),
    (None, "/sandbox/clock", {"advance": "P900D"}, 422, "validation_failed", "advance"),
    (None, "/sandbox/clock", {"at": "2020-01-01T00:00:00Z"}, 422, "clock_moves_forward", ""),
    (None, "/sandbox/clock", {"at": "2027-01-01T00:00:00"}, 422, "validation_failed", "at"),
]

# Bodies that are no JSON value of ours at all.
RAW: list[tuple[bytes, int, str]] = [
    (b"{", 400, "bad_json"),
    (b"\xff\xfe\x00", 400, "bad_json"),
    (b"[" * 200_000, 400, "bad_json"),
    (b'{"a":' * 100_000, 400, "bad_json"),
    (b'{"quantity": ' + b"9" * 10_000 + b"}", 400, "bad_json"),
    (b"[]", 422, "validation_failed"),
    (b"null", 422, "validation_failed"),
    (b"", 422, "validation_failed"),
    (b'{"listing_id": "\\ud800", "starts_at": "\\ud800", "quantity": NaN}', 422, "validation_failed"),
    (b'{"\\ud800\\u0000": 1}', 422, "validation_failed"),
    (b" " * (2 * 1024 * 1024), 413, "body_too_large"),
]

QUERIES = [
    "/bookings?limit=0",
    "/bookings?limit=201",
    "/bookings?limit=many",
    "/bookings?cursor=bm90IG9uZQ",
    "/bookings?cursor=%00",
    "/bookings?cursor=" + "A" * 300,
    "/bookings?status=nice",
    "/bookings?from=2027-06-01T00:00:00",
    "/bookings?min_position=-1",
    "/bookings?min_position=99999999999999999999",
    "/bookings/not-an-id",
    f"/listings/{NOWHERE}/availability?from=tomorrow",
]


@pytest.fixture
async def people(http: Http) -> Http:
    for person, role in (("ada", "traveller"), ("vera", "vendor"), ("fin", "finance"), ("aud", "auditor")):
        await http.join_staff(person, role)
    return http


async def test_every_bad_field_is_named_and_never_repeated(people: Http) -> None:
    for person, path, body, status, code, field in BODIES:
        answer = await people("POST", path, person, json=body)
        assert is_problem(answer, status, code or None), (path, body)
        if field:
            assert any(error["field"].startswith(field) for error in answer.json()["errors"]), (answer.text, body)
        assert "xxxx" not in answer.text


async def test_what_is_no_body_at_all_is_refused_before_anything_is_done(people: Http) -> None:
    for content, status, code in RAW:
        answer = await people("POST", "/bookings", "ada", content=content, headers=JSON)
        assert is_problem(answer, status, code), content[:40]


async def test_a_body_of_unknown_length_is_cut_off_at_the_limit(people: Http) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += 64 * 1024
            yield b" " * (64 * 1024)

    answer = await people("POST", "/bookings", "ada", content=chunks(), headers=JSON)
    assert is_problem(answer, 413, "body_too_large")


async def test_half_a_character_is_no_text(people: Http) -> None:
    body = b'{"title": "\\ud83d", "kind": "departure", "time_zone": "UTC", "price": {"amount": 1, "currency": "EUR"}}'
    answer = await people("POST", "/listings", "vera", content=body, headers=JSON)
    assert is_problem(answer, 422, "validation_failed")
    assert answer.json()["errors"][0]["field"] == "title"


async def test_questions_that_make_no_sense_are_refused(people: Http) -> None:
    for query in QUERIES:
        assert is_problem(await people("GET", query, "ada"), 422, "validation_failed"), query
    for query in (
        "/finance/trial-balance?as_of=2027-06-01T00:00:00",
        "/finance/payouts?period=5",
        "/finance/journal?cursor=x",
    ):
        assert is_problem(await people("GET", query, "fin"), 422, "validation_failed"), query
    assert is_problem(await people("GET", "/audit/events?topic=%00", "aud"), 422, "validation_failed")


async def test_a_route_that_is_not_there_and_a_method_that_is_not_allowed_are_problems_too(http: Http) -> None:
    assert is_problem(await http("GET", "/nothing/here"), 404, "no_such_route")
    assert is_problem(await http("GET", "http://travellr.test/%00"), 404, "no_such_route")
    wrong = await http("PUT", "/bookings")
    assert is_problem(wrong, 405, "method_not_allowed")
    assert "GET" in wrong.headers["allow"]


async def test_a_key_that_is_no_key_is_refused(people: Http) -> None:
    for key in ("", "k" * 256, "caf\u00e9".encode()):
        answer = await people("POST", "/bookings", "ada", json=BOOKING, headers={"Idempotency-Key": key})
        assert is_problem(answer, 422, "validation_failed"), key


async def test_the_correlation_id_is_the_callers_if_it_is_harmless(http: Http) -> None:
    kept = await http("GET", "/nothing", headers={"X-Correlation-Id": "trip-42"})
    assert (kept.headers["x-correlation-id"], kept.json()["correlation_id"]) == ("trip-42", "trip-42")
    other = await http("GET", "/nothing", headers={"X-Correlation-Id": "{evil}"})
    assert other.headers["x-correlation-id"] != "{evil}"


def test_every_refusal_has_its_status() -> None:
    def all_of(kind: type[Refusal]) -> Iterator[type[Refusal]]:
        for inner in kind.__subclasses__():
            yield inner
            yield from all_of(inner)

    ours = {kind for kind in all_of(Refusal) if kind.__module__.startswith(("domain.", "commands.", "api."))}
    assert ours == set(STATUSES), ours ^ set(STATUSES)


async def test_a_defect_of_ours_is_logged_and_told_without_details(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async def defect() -> None:
        raise RuntimeError("a secret detail")

    app = create_app(settings)
    app.add_api_route("/defect", defect)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://travellr.test") as client:
        answer = await client.get("/defect", headers={"X-Correlation-Id": "case-7"})
    assert is_problem(answer, 500, "unexpected")
    assert "secret" not in answer.text
    logged = capsys.readouterr().err
    assert '"correlation_id": "case-7"' in logged
    assert "RuntimeError: a secret detail" in logged
