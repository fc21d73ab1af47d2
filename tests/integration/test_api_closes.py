"""Closed days over HTTP; the journal on both axes and what is late in it; every report as JSON, CSV and workbook."""

import asyncio
import csv
import hashlib
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import psycopg
import pytest

from api.downloads import XLSX
from api.views.journal import JOURNAL_COLUMNS, journal_cells
from infrastructure.exports import csv_of
from queries.journal import JournalFilter, whole_journal
from tests.integration.conftest import Http, is_problem
from tests.integration.journey import DAY, Journey
from tests.integration.test_closes import adjusted, close_all
from tests.integration.world import World, world_on

pytestmark = pytest.mark.anyio

REPORTS = ("journal", "trial-balance", "deferred-revenue?bucket=day", "vendor-ageing", "commission?bucket=day")


@pytest.fixture
def world(http: Http, tmp_path: Path) -> Iterator[World]:
    assert http.settings.database_url is not None
    with world_on(http.settings.database_url, tmp_path / "world") as world:
        yield world


def _earned(world: World) -> Journey:
    journey = Journey(world)
    journey.earned(journey.confirmed(), journey.confirmed())
    world.follow()
    return journey


async def finance(http: Http, world: World) -> Journey:
    await http.join_staff("fin", "finance")
    return await asyncio.to_thread(_earned, world)


async def asked(http: Http, path: str, **query: str) -> dict[str, Any]:
    answer = await http("GET", f"/finance/{path}", "fin", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def close(http: Http, day: date) -> Any:
    made = await http("POST", "/finance/closes", "fin", json={"day": day.isoformat()})
    await http.follow()
    return made


class TestClosing:
    async def test_finance_closes_past_days_one_after_the_other(self, http: Http, world: World) -> None:
        await http.join_staff("fin", "finance")
        today = world.now().date()
        is_problem(await close(http, today - DAY), 409, "day_before_open")
        await asyncio.to_thread(_earned, world)
        assert is_problem(await close(http, world.now().date()), 409, "day_not_over")
        assert is_problem(await close(http, today + DAY), 409, "day_before_open")
        first = await close(http, today)
        assert (first.status_code, first.json()["previous"], first.json()["clearing_is_zero"]) == (201, None, True)
        assert (await close(http, today)).json() == first.json()
        second = await close(http, today + DAY)
        assert second.json()["previous"] == first.json()["digest"]
        listed = await asked(http, "closes", limit="1")
        assert [item["day"] for item in listed["items"]] == [(today + DAY).isoformat()]
        older = await asked(http, "closes", cursor=listed["next_cursor"])
        assert (older["items"], older["next_cursor"]) == ([first.json()], None)
        assert is_problem(await http("GET", "/finance/closes/2020-01-01", "fin"), 404)
        assert is_problem(await http("GET", "/finance/closes/tuesday", "fin"), 422)
        await http.join_staff("opal", "operator")
        assert is_problem(await http("GET", "/finance/closes", "opal"), 403)

    async def test_the_digest_can_be_made_from_what_is_shown(self, http: Http, world: World) -> None:
        await finance(http, world)
        days = await asyncio.to_thread(close_all, world)
        for day in days:
            shown = await asked(http, f"closes/{day}")
            facts = {
                name: shown[name]
                for name in (
                    "clearing_is_zero",
                    "cutoff",
                    "day",
                    "position",
                    "previous",
                    "suspense_is_zero",
                    "time_zone",
                )
            }
            facts["reconciliation"] = None
            facts["totals"] = [
                [a["account"], a["debit"]["currency"], str(a["debit"]["amount"]), str(a["credit"]["amount"])]
                for a in sorted(shown["accounts"], key=lambda a: (a["account"], a["debit"]["currency"]))
            ]
            canonical = json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()
            assert hashlib.sha256(canonical).hexdigest() == shown["digest"]


class TestLate:
    async def test_late_entries_are_marked_wherever_they_are_shown(self, http: Http, world: World) -> None:
        journey = await finance(http, world)
        await http.sign_in_as("vera", journey.vendor_id, "vendor")
        days = await asyncio.to_thread(close_all, world)
        closed = await asked(http, f"closes/{days[1]}")
        assert (await asked(http, f"closes/{days[1]}/late-entries"))["items"] == []
        effective = datetime.fromisoformat(closed["cutoff"]) - timedelta(hours=2)
        await asyncio.to_thread(adjusted, world, journey, 7_00, effective)
        late = (await asked(http, f"closes/{days[1]}/late-entries"))["items"]
        assert [(line["late"], line["late_for"]) for line in late] == [(True, days[1].isoformat())] * 2
        assert {line["effective_at"] for line in late} == {late[0]["at"]}
        assert all(line["known_at"] > line["effective_at"] for line in late)
        assert (await asked(http, f"closes/{days[0]}/late-entries"))["items"] == []
        assert (await asked(http, "journal", late="true"))["items"] == late
        on_time = (await asked(http, "journal", late="false"))["items"]
        assert {line["late_for"] for line in on_time} == {None}
        again = await asked(http, f"closes/{days[1]}")
        assert again["digest"] == closed["digest"]
        [goodwill] = [a for a in again["accounts"] if a["account"] == "goodwill"]
        assert (goodwill["debit"]["amount"], goodwill["late_debit"]["amount"]) == (0, 7_00)
        balance = await asked(http, "trial-balance")
        assert balance["closed_day"] == days[-1].isoformat()
        assert {i["account"]: i["late_debit"]["amount"] for i in balance["items"]}["goodwill"] == 7_00
        as_known = await asked(http, "trial-balance", known_at=closed["closed_at"], as_of=closed["cutoff"])
        assert sum(i["late_debit"]["amount"] for i in as_known["items"]) == 0
        lines = (await http("GET", "/vendors/me/statement", "vera")).json()["items"]
        assert [line["late_for"] for line in lines if line["kind"] == "adjustment"] == [days[1].isoformat()]
        assert {line["late_for"] for line in lines if line["kind"] != "adjustment"} == {None}

    async def test_the_journal_is_filtered_on_both_axes(self, http: Http, world: World) -> None:
        journey = await finance(http, world)
        effective = world.now() - 2 * DAY
        before = world.now()
        await asyncio.to_thread(adjusted, world, journey, 7_00, effective)
        known = await asked(http, "journal", known_from=before.isoformat())
        assert [line["topic"] for line in known["items"]] == ["adjustment.approved"] * 2
        took_effect = await asked(http, "journal", **{"from": effective.isoformat(), "to": before.isoformat()})
        assert {line["account"] for line in took_effect["items"]} >= {"goodwill"}
        both = await asked(http, "journal", known_to=before.isoformat(), **{"from": effective.isoformat()})
        assert "goodwill" not in {line["account"] for line in both["items"]}
        assert is_problem(await http("GET", "/finance/journal?from=yesterday", "fin"), 422)


class TestFiles:
    @pytest.mark.parametrize("report", REPORTS)
    async def test_every_report_is_a_file_if_that_is_asked_for(self, http: Http, world: World, report: str) -> None:
        journey = await finance(http, world)
        for day in (1, 2):
            await asyncio.to_thread(adjusted, world, journey, -400_00, world.now() - day * DAY)
        path = f"/finance/{report}"
        shown = (await http("GET", path, "fin")).json()["items"]
        assert shown
        file = await http("GET", path, "fin", headers={"Accept": "text/csv"})
        assert (file.status_code, file.headers["content-type"]) == (200, "text/csv; charset=utf-8")
        rows = list(csv.DictReader(io.StringIO(file.text, newline="")))
        assert len(rows) == len(shown)
        for row, item in zip(rows, shown, strict=True):
            for name, value in item.items():
                if isinstance(value, dict):
                    assert row[name].replace(".", "").lstrip("0") in {str(value["amount"]).lstrip("0"), "00"}, name
        book = await http("GET", path, "fin", headers={"Accept": XLSX})
        assert (book.status_code, book.headers["content-type"]) == (200, XLSX)
        assert len(_sheet(book.content)) == len(shown) + 1


async def test_forty_thousand_lines_are_read_and_written_in_the_memory_of_a_few(database_url: str) -> None:
    """From the rows of the journal to the bytes of the file, with what is late in it."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute(
            "INSERT INTO read.journal (position, line, at, topic, currency, account, debit_minor, credit_minor)"
            " SELECT n, side, now(), 'payment.captured', 'EUR', 'stripe.clearing', n * (1 - side), n * side"
            "   FROM generate_series(1, 20000) AS n, generate_series(0, 1) AS side"
        )
        rows = (journal_cells(row) async for row in whole_journal(connection, JournalFilter("Europe/Berlin")))
        tracemalloc.start()
        size = sum([len(piece) async for piece in csv_of(JOURNAL_COLUMNS, rows)])
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert size > 3_000_000
    assert most < 10_000_000


def _sheet(content: bytes) -> list[ET.Element]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own file
    return sheet.findall(".//x:sheetData/x:row", {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"})
