"""What finance downloads of payouts: what a run would do, who was carried forward, and the lines of a payout."""

import asyncio
import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

import pytest

from api.downloads import XLSX
from commands.draft_payout import DraftPayout
from commands.payout_run import FinishPayoutRun, StartPayoutRun
from domain.ids import payout_id
from domain.periods import cutoff_of, last_period_end
from tests.integration.conftest import Http, is_problem
from tests.integration.journey import DAY, PRICE, Journey
from tests.integration.world import World, world_on

pytestmark = pytest.mark.anyio

EARNED = PRICE * 8 // 10
PREVIEW = "/finance/payout-runs/preview?cadence=weekly"
SHEET = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture
def world(http: Http, tmp_path: Path) -> Iterator[World]:
    assert http.settings.database_url is not None
    with world_on(http.settings.database_url, tmp_path / "world") as world:
        yield world


async def earned(http: Http, world: World) -> tuple[UUID, UUID]:
    """Two vendors that have earned a booking each a week ago: vera can be paid, vito not yet. Finance is fin."""

    def both() -> tuple[UUID, UUID]:
        ready, unready = Journey(world), Journey(world)
        ready.payable("acct_vera")
        for journey, booking_id in [(journey, journey.confirmed()) for journey in (ready, unready)]:
            journey.earned(booking_id)
        world.travel(world.now() + 9 * DAY)
        return ready.vendor_id, unready.vendor_id

    vera, vito = await asyncio.to_thread(both)
    await http.sign_in_as("vera", vera, "vendor")
    await http.sign_in_as("vito", vito, "vendor")
    await http.join_staff("fin", "finance")
    await http.follow()
    return vera, vito


async def run(http: Http, world: World, *vendors: UUID) -> UUID:
    """A weekly run that has looked at these; its id."""
    end = last_period_end("weekly", world.now().date())

    def looked_at() -> UUID:
        run_id: UUID = world.do(StartPayoutRun("weekly", "UTC")).id
        for vendor_id in vendors:
            world.do(DraftPayout(vendor_id, "EUR", "weekly", end, cutoff_of(end, "UTC")))
        world.do(FinishPayoutRun(run_id, 1, 1))
        return run_id

    run_id = await asyncio.to_thread(looked_at)
    await http.follow()
    return run_id


async def table(http: Http, path: str, person: str = "fin") -> list[dict[str, str]]:
    file = await http("GET", path, person, headers={"Accept": "text/csv"})
    assert (file.status_code, file.headers["content-type"]) == (200, "text/csv; charset=utf-8"), file.text
    assert int(file.headers["Travellr-Position"]) > 0
    return list(csv.DictReader(io.StringIO(file.text)))


async def sheet(http: Http, path: str) -> list[dict[str, str | None]]:
    """The rows of a workbook, as its cells have them: numbers as they are, texts without their words."""
    file = await http("GET", path, "fin", headers={"Accept": XLSX})
    assert (file.status_code, file.headers["content-type"]) == (200, XLSX)
    with zipfile.ZipFile(io.BytesIO(file.content)) as book:
        rows = ET.fromstring(book.read("xl/worksheets/sheet1.xml")).findall("x:sheetData/x:row", SHEET)  # noqa: S314 - our own file
    head = {column(cell): "".join(cell.itertext()) for cell in rows[0]}
    return [{head[column(cell)]: cell.findtext("x:v", namespaces=SHEET) for cell in row} for row in rows[1:]]


def column(cell: ET.Element) -> str:
    """The letters of a cell's place: what is empty is left out of a row."""
    return cell.attrib["r"].rstrip("0123456789")


def money(items: list[dict[str, Any]], name: str) -> list[str]:
    return [f"{item[name]['amount'] / 100:.2f}" for item in items]


async def test_a_preview_as_a_file_has_everybody_that_its_pages_have(http: Http, world: World) -> None:
    vera, vito = await earned(http, world)
    first = (await http("GET", PREVIEW + "&limit=1", "fin")).json()
    second = (await http("GET", f"{PREVIEW}&limit=1&cursor={first['next_cursor']}", "fin")).json()
    items = first["items"] + second["items"]
    assert (len(items), second["next_cursor"]) == (2, None)
    rows = await table(http, PREVIEW + "&limit=1")
    assert [row["vendor_id"] for row in rows] == [item["vendor_id"] for item in items] == sorted([str(vera), str(vito)])
    assert [row["payable"] for row in rows] == money(items, "payable") == ["160.00"] * 2
    assert [row["netted"] for row in rows] == money(items, "netted")
    assert {(row["vendor_id"], row["outcome"], row["reason"]) for row in rows} == {
        (str(vera), "paid", ""),
        (str(vito), "carried", "payout account not ready"),
    }
    for row in await sheet(http, PREVIEW):
        assert float(row["payable"] or 0) == EARNED / 100
    await run(http, world, vera)
    assert [row["vendor_id"] for row in await table(http, PREVIEW)] == [str(vito)]
    as_file = {"Accept": "text/csv"}
    assert is_problem(await http("GET", PREVIEW + "&period_end=2027-01-05", "fin", headers=as_file), 422)
    assert is_problem(await http("GET", PREVIEW, "vera", headers=as_file), 403)


async def test_who_was_carried_forward_is_a_file(http: Http, world: World) -> None:
    vera, vito = await earned(http, world)
    path = f"/finance/payout-runs/{await run(http, world, vera, vito)}/carried"
    [item] = (await http("GET", path, "fin")).json()["items"]
    [row] = await table(http, path)
    assert (row["vendor_id"], row["reason"]) == (item["vendor_id"], item["reason"]) == (str(vito), item["reason"])
    assert (row["payable"], row["minimum"], row["payable_minor"]) == ("160.00", "50.00", str(EARNED))
    [cells] = await sheet(http, path)
    assert (float(cells["payable"] or 0), float(cells["minimum"] or 0)) == (160, 50)
    absent = f"/finance/payout-runs/{uuid4()}/carried"
    assert is_problem(await http("GET", absent, "fin", headers={"Accept": "text/csv"}), 404)


async def test_the_lines_of_a_payout_are_a_file_for_its_vendor_and_for_finance(http: Http, world: World) -> None:
    vera, _ = await earned(http, world)
    await run(http, world, vera)
    path = f"/payouts/{payout_id(vera, 'EUR', last_period_end('weekly', world.now().date()))}"
    [line] = (await http("GET", path, "vera")).json()["lines"]
    for person in ("vera", "fin"):
        [row] = await table(http, path, person)
        assert (row["booking_id"], row["earned_at"]) == (line["booking_id"], line["earned_at"])
        assert (row["kind"], row["amount"], row["amount_minor"]) == ("completed", "160.00", str(EARNED))
    [cells] = await sheet(http, path)
    assert float(cells["amount"] or 0) == EARNED / 100
    for person in ("vito", "fin"):
        other = path if person == "vito" else f"/payouts/{uuid4()}"
        assert is_problem(await http("GET", other, person, headers={"Accept": "text/csv"}), 404)
