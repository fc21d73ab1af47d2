"""Erasing a person: refused while money or trips are open, then gone for good, also from what is restored later."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from infrastructure.erasures_console import replay
from infrastructure.forgetting import Erasure, write_down, written_down
from infrastructure.verify_console import run as verified
from tests.integration.conftest import PASSWORD, Http, is_problem
from tests.integration.people import do_tasks, mail_to

pytestmark = pytest.mark.anyio


async def erase(http: Http, person: str) -> httpx.Response:
    await http.follow()
    return await http("DELETE", "/users/me", person)


def open_matters(answer: httpx.Response) -> list[str]:
    assert is_problem(answer, 409, "still_open")
    return [error["field"] for error in answer.json()["errors"]]


async def test_an_erased_person_is_nobody_and_may_come_again_as_somebody_new(http: Http) -> None:
    old = await http.join("ada", "traveller")
    await mail_to(http, "ada@example.com")
    assert (await erase(http, "ada")).status_code == 204
    assert is_problem(await http("GET", "/users/me", "ada"), 401, "unauthenticated")
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    assert is_problem(await http("POST", "/auth/login", json=credentials), 401, "wrong_credentials")
    assert http.sql("SELECT count(*) FROM people.identity") == [(0,)]
    assert http.sql("SELECT count(*) FROM people.mailbox") == [(0,)]
    assert http.sql("SELECT count(*) FROM ops.session") == [(0,)]
    assert [e.account_id for e in written_down(http.settings.home)] == [UUID(old)]
    new = await http.join("ada", "traveller")
    assert new != old
    await http.sign_in("ada")


async def test_trips_ahead_keep_both_sides_from_being_erased(http: Http) -> None:
    await http.join("vera", "vendor")
    await http.join("ada", "traveller")
    listing_id = await http.departure("vera")
    held = await http.hold("ada", listing_id)
    assert open_matters(await erase(http, "ada")) == ["bookings"]
    assert open_matters(await erase(http, "vera")) == ["bookings", "listings"]
    assert "1 trips" in (await erase(http, "ada")).json()["errors"][0]["message"]
    await http("POST", f"/bookings/{held.json()['id']}/cancel", "ada", json={})
    assert (await erase(http, "ada")).status_code == 204
    assert open_matters(await erase(http, "vera")) == ["listings"]
    assert (await http("POST", f"/listings/{listing_id}/close", "vera")).status_code == 200
    assert (await erase(http, "vera")).status_code == 204


# What is open, whose it is, and the rows of read models that say so.
OPEN: dict[str, tuple[str, list[tuple[str, dict[str, Any]]]]] = {
    "balance": ("vera", [("vendor_balance", {"available_minor": -1})]),
    "payouts": ("vera", [("payout", {"status": "transferred"})]),
    "payments": ("ada", [("payment", {"status": "requested"})]),
    "refunds": ("ada", [("payment", {"status": "captured"}), ("refund", {"status": "failed"})]),
    "disputes": ("ada", [("payment", {"status": "captured"}), ("dispute", {"status": "needs_response"})]),
}
_ANYTHING = {"text": "''", "uuid": "gen_random_uuid()", "timestamp with time zone": "now()", "date": "now()"}


def insert(http: Http, table: str, facts: dict[str, Any]) -> None:
    """A row of a read model with these facts; what it must have beside them is anything of the right type."""
    needed = http.sql(
        "SELECT column_name::text, data_type FROM information_schema.columns WHERE table_schema = 'read'"
        " AND table_name = %s AND is_nullable = 'NO' AND column_default IS NULL AND column_name <> ALL(%s)",
        table,
        list(facts),
    )
    names = ", ".join([*facts, *(name for name, _ in needed)])
    values = ", ".join(["%s"] * len(facts) + [_ANYTHING.get(kind, "1") for _, kind in needed])
    http.sql(f"INSERT INTO read.{table} ({names}) VALUES ({values})", *facts.values())


@pytest.mark.parametrize("what", OPEN)
async def test_open_money_keeps_a_person_from_being_erased(http: Http, what: str) -> None:
    person, rows = OPEN[what]
    account_id = await http.join(person, "vendor" if person == "vera" else "traveller")
    owner = "vendor_id" if person == "vera" else "traveller_id"
    payment_id = uuid4()
    for table, facts in rows:
        link: dict[str, Any] = {owner: account_id} if table in {"vendor_balance", "payout", "payment"} else {}
        link |= {"payment_id": payment_id} if person == "ada" else {}
        insert(http, table, {**facts, **link})
    assert open_matters(await erase(http, person)) == [what]


async def test_while_nobody_can_say_what_is_open_nobody_is_erased(http: Http) -> None:
    await http.join("ada", "traveller")
    assert is_problem(await http("DELETE", "/users/me", "ada"), 503, "not_caught_up")
    assert (await http("GET", "/users/me", "ada")).status_code == 200


async def test_what_the_api_did_not_get_to_the_worker_does(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed right after the commit: the event's task destroys the key."""
    await http.join("ada", "traveller")
    monkeypatch.setattr("api.erasing._destroy", lambda *_: None)
    assert (await erase(http, "ada")).status_code == 204
    assert http.sql("SELECT count(*) FROM people.identity") == [(1,)]
    await asyncio.to_thread(do_tasks, http)
    assert http.sql("SELECT count(*) FROM people.identity") == [(0,)]
    assert len(list(written_down(http.settings.home))) == 1


async def test_a_restored_back_up_forgets_again(http: Http) -> None:
    """The database is put back to before the erasure; the register was not part of it."""
    ada, eve = await http.join("ada", "traveller"), await http.join("eve", "traveller")
    [(wrapped_key, email_index)] = http.sql(
        "SELECT wrapped_key, email_index FROM people.identity WHERE account_id = %s", ada
    )
    assert (await erase(http, "ada")).status_code == 204
    http.sql("DELETE FROM log.events WHERE topic = 'account.erased'")
    http.sql("INSERT INTO people.identity VALUES (%s, %s, %s)", ada, email_index, wrapped_key)
    await http.sign_in("ada")

    lines = await asyncio.to_thread(lambda: list(replay(http.settings)))
    assert lines[-1] == "1 of the register's people had come back."
    assert http.sql("SELECT account_id::text FROM people.identity") == [(eve,)]
    assert http.sql("SELECT originator_id::text FROM log.events WHERE topic = 'account.erased'") == [(ada,)]
    assert is_problem(await http("GET", "/users/me", "ada"), 401, "unauthenticated")
    assert await asyncio.to_thread(lambda: list(replay(http.settings))) == ["0 of the register's people had come back."]


async def test_the_log_still_verifies_when_somebody_was_erased(http: Http, capsys: pytest.CaptureFixture[str]) -> None:
    """Also when the erasure was replayed; and nothing of it is a row that is not in the log."""
    ada = await http.join("ada", "traveller")
    await http.join("vera", "vendor")
    held = (await http.hold("ada", await http.departure("vera"))).json()
    await http("POST", f"/bookings/{held['id']}/cancel", "ada", json={})
    assert (await erase(http, "ada")).status_code == 204
    await asyncio.to_thread(do_tasks, http)
    await asyncio.to_thread(lambda: list(replay(http.settings)))
    await asyncio.to_thread(do_tasks, http)
    assert http.settings.database_url is not None
    status = await asyncio.to_thread(verified, http.settings.database_url, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (status, told["holds"], told["differences"], told["unreadable"]) == (0, True, [], []), told
    assert http.sql("SELECT status FROM read.account WHERE account_id = %s", ada) == [("erased",)]


def test_the_register_is_written_once_and_privately(tmp_path: Path) -> None:
    first = Erasure(UUID(int=1), datetime(2026, 1, 1, tzinfo=UTC))
    for erasure in (first, Erasure(UUID(int=1), datetime(2026, 2, 1, tzinfo=UTC))):
        write_down(tmp_path, erasure)
    assert list(written_down(tmp_path)) == [first]
    (file,) = (tmp_path / "erasures").iterdir()
    assert file.stat().st_mode & 0o077 == 0


async def test_i_am_given_all_that_is_kept_about_me(http: Http) -> None:
    await http.join("vera", "vendor")
    await http.join("ada", "traveller")
    held = (await http.hold("ada", await http.departure("vera"))).json()
    await mail_to(http, "ada@example.com")
    await http.follow()
    answer = await http("GET", "/users/me/export", "ada")
    assert answer.status_code == 200, answer.text
    export: dict[str, Any] = answer.json()
    assert export["profile"]["email"] == "ada@example.com"
    assert {mail["kind"] for mail in export["mail"]} == {"booking_held", "verify_email"}
    assert [booking["booking_id"] for booking in export["kept"]["bookings"]] == [held["id"]]
    assert [event["topic"] for event in export["kept"]["events"]] == ["account.registered"]
    assert len(export["kept"]["sessions"]) == 1
    assert "vera" not in json.dumps(export).lower()
    others: dict[str, Any] = (await http("GET", "/users/me/export", "vera")).json()
    assert (len(others["kept"]["listings"]), len(others["kept"]["bookings"])) == (1, 1)
    assert "ada@" not in json.dumps(others)
