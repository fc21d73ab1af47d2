"""What vendors and the people of finance see over HTTP: statements, payouts, runs, adjustments, and the books."""

import asyncio
import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from api.downloads import XLSX
from commands.append import Meta
from commands.complete_booking import CompleteBooking
from commands.draft_payout import DraftPayout
from commands.vendor_settings import RecordPayoutAccount
from domain.actor import SYSTEM
from domain.ids import payout_id
from domain.periods import cutoff_of, last_period_end
from tests.integration.conftest import Http, is_problem
from tests.integration.journey import DAY, PRICE, Journey
from tests.integration.world import World, world_on

pytestmark = pytest.mark.anyio

EARNED = PRICE * 8 // 10


@pytest.fixture
def world(http: Http, tmp_path: Path) -> Iterator[World]:
    """The same database, for commands of the system itself; Stripe's words are given as facts."""
    assert http.settings.database_url is not None
    with world_on(http.settings.database_url, tmp_path / "world") as world:
        yield world


async def earning(http: Http, world: World, *, bookings: int = 1, payable: bool = True) -> Journey:
    """A vendor, signed in as vera, who has earned that many bookings; finance is signed in as fin and fina."""
    journey = await asyncio.to_thread(_earned, world, bookings, payable)
    await http.sign_in_as("vera", journey.vendor_id, "vendor")
    for person in ("fin", "fina"):
        await http.join_staff(person, "finance")
    await http.follow()
    return journey


def _earned(world: World, bookings: int, payable: bool) -> Journey:  # noqa: FBT001 - a test's own
    journey = Journey(world)
    if payable:
        journey.payable("acct_vera")
    journey.earned(*(journey.confirmed() for _ in range(bookings)))
    return journey


class TestStatement:
    async def test_balances_run_on_across_pages_and_into_files(self, http: Http, world: World) -> None:
        await earning(http, world, bookings=5)
        first = (await http("GET", "/vendors/me/statement?limit=3", "vera")).json()
        rest = (await http("GET", "/vendors/me/statement", "vera", params={"cursor": first["next_cursor"]})).json()
        balances = [line["balance"]["amount"] for line in first["items"] + rest["items"]]
        assert balances == [EARNED * n for n in range(1, 6)]
        assert rest["next_cursor"] is None
        file = await http("GET", "/vendors/me/statement", "vera", headers={"Accept": "text/csv"})
        assert file.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(file.text)))
        assert [(row["amount"], row["balance_minor"]) for row in rows] == [("160.00", str(b)) for b in balances]

    async def test_a_later_page_knows_the_balance_of_the_years_before(self, http: Http) -> None:
        """As the read model would have it after years: a line a day, and its totals by day."""
        vendor_id = await http.join("vera", "vendor")
        http.sql(
            "INSERT INTO read.statement_line (position, vendor_id, currency, at, kind, amount_minor)"
            " SELECT n, %s, 'EUR', '2027-01-01Z'::timestamptz + n * interval '1 day', 'completed', 100"
            "   FROM generate_series(1, 500) AS n",
            vendor_id,
        )
        http.sql(
            "INSERT INTO read.statement_day SELECT vendor_id, currency, (at AT TIME ZONE 'UTC')::date, amount_minor"
            " FROM read.statement_line"
        )
        asked = "/vendors/me/statement?from=2028-03-01&to=2028-03-03"
        page = (await http("GET", asked, "vera")).json()["items"]
        assert [line["balance"]["amount"] for line in page] == [425_00, 426_00]
        assert is_problem(await http("GET", "/vendors/me/statement?from=2027-01-04T00:00:00", "vera"), 422)

    async def test_as_a_workbook_its_amounts_are_numbers_and_its_instants_dates(self, http: Http, world: World) -> None:
        await earning(http, world)
        file = await http("GET", "/vendors/me/statement", "vera", headers={"Accept": XLSX})
        assert (file.status_code, file.headers["content-type"]) == (200, XLSX)
        with zipfile.ZipFile(io.BytesIO(file.content)) as book:
            sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own file
        space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
        head, line = sheet.findall("x:sheetData/x:row", space)
        cells = dict(zip([_text(c) for c in head], line.findall("x:c", space), strict=False))
        number = {name: cell.findtext("x:v", namespaces=space) for name, cell in cells.items()}
        assert float(number["amount"] or 0) == 160
        assert 46_000 < float(number["at (UTC)"] or 0) < 50_000  # Days since 1900: a date that can be sorted.


def _text(cell: ET.Element) -> str:
    return "".join(cell.itertext())


class TestBooks:
    async def test_they_balance_as_of_any_instant_and_as_they_were_known(self, http: Http, world: World) -> None:
        journey = await earning(http, world)
        now = world.now()
        backdated = (now - 30 * DAY).isoformat().replace("+00:00", "Z")
        body = {
            "vendor_id": str(journey.vendor_id),
            "amount": {"amount": 10_00, "currency": "EUR"},
            "direction": "credit",
            "reason": "compensation",
            "document": "FIN-142",
            "effective_at": backdated,
        }
        proposed = await http("POST", "/finance/adjustments", "fin", json=body)
        assert (proposed.status_code, proposed.json()["status"]) == (201, "proposed")
        path = f"/finance/adjustments/{proposed.json()['id']}"
        assert is_problem(await http("POST", f"{path}/approve", "fin"), 409, "second_person_needed")
        approved = await http("POST", f"{path}/approve", "fina")
        assert (approved.status_code, approved.json()["status"]) == (200, "approved")
        await http.follow()
        assert (await http("GET", path, "fin")).json()["decided_by"] == approved.json()["decided_by"]

        async def goodwill(**asked: str) -> int:
            balance = (await http("GET", "/finance/trial-balance", "fin", params=asked)).json()
            totals: dict[str, int] = {}
            for item in balance["items"]:
                minor = item["debit"]["amount"] - item["credit"]["amount"]
                totals[item["debit"]["currency"]] = totals.get(item["debit"]["currency"], 0) + minor
            assert set(totals.values()) <= {0}
            amounts = [i["debit"]["amount"] for i in balance["items"] if i["account"] == "goodwill"]
            return sum(amounts)

        before = (now - 20 * DAY).isoformat()
        at_end = (world.now() + DAY).isoformat()
        assert await goodwill() == 10_00
        assert await goodwill(as_of=before) == 10_00
        assert await goodwill(as_of=before, known_at=before) == 0
        assert await goodwill(as_of=at_end, known_at=(now - timedelta(seconds=1)).isoformat()) == 0
        assert await goodwill(as_of=(now - 40 * DAY).isoformat()) == 0

    async def test_totals_by_day_say_what_the_journal_says(self, http: Http, world: World) -> None:
        await earning(http, world, bookings=3)
        [(first, last)] = http.sql("SELECT min(at), max(at) FROM read.journal")
        at = first - timedelta(hours=1)
        while at < last + DAY:
            shown = (await http("GET", "/finance/trial-balance", "fin", params={"as_of": at.isoformat()})).json()
            said = {i["account"]: (i["debit"]["amount"], i["credit"]["amount"]) for i in shown["items"]}
            rows = http.sql(
                "SELECT account, sum(debit_minor), sum(credit_minor) FROM read.journal WHERE at <= %s GROUP BY 1", at
            )
            assert said == {account: (int(debit), int(credit)) for account, debit, credit in rows}
            at += timedelta(hours=7)

    async def test_the_journal_is_read_page_by_page(self, http: Http, world: World) -> None:
        await earning(http, world)
        first = (await http("GET", "/finance/journal?limit=3", "fin")).json()
        rest = (await http("GET", "/finance/journal", "fin", params={"cursor": first["next_cursor"]})).json()
        lines = [(line["position"], line["line"]) for line in first["items"] + rest["items"]]
        assert lines == http.sql("SELECT position, line FROM read.journal ORDER BY 1, 2")
        assert rest["next_cursor"] is None


class TestReports:
    async def test_commission_and_what_is_held_for_trips_to_come_roll_forward(self, http: Http, world: World) -> None:
        await earning(http, world, bookings=2)
        [earned] = (await http("GET", "/finance/commission", "fin")).json()["items"]
        assert (earned["commission"]["amount"], earned["cancellation"]["amount"]) == (2 * (PRICE - EARNED), 0)
        days = (await http("GET", "/finance/deferred-revenue?bucket=day", "fin")).json()["items"]
        paid, done = [{name: row[name]["amount"] for name in row if name != "bucket"} for row in days]
        none = {"refunded": 0, "other": 0}
        assert paid == {"opening": 0, "captured": 2 * PRICE, "earned": 0, "closing": 2 * PRICE, **none}
        assert done == {"opening": 2 * PRICE, "captured": 0, "earned": 2 * PRICE, "closing": 0, **none}
        backwards = "/finance/commission?from=2027-02-01&to=2027-01-01"
        assert is_problem(await http("GET", backwards, "fin"), 422, "validation_failed")

    async def test_what_vendors_owe_is_aged_newest_debts_first(self, http: Http, world: World) -> None:
        journey = await asyncio.to_thread(Journey, world)
        for person in ("fin", "fina"):
            await http.join_staff(person, "finance")
        for days, minor in ((0, 70_00), (40, 50_00), (0, 10_00)):
            world.travel(world.now() + days * DAY)
            body = {
                "vendor_id": str(journey.vendor_id),
                "amount": {"amount": minor, "currency": "EUR"},
                "direction": "debit" if minor > 10_00 else "credit",
                "reason": "penalty" if minor > 10_00 else "correction",
                "document": "FIN-1",
            }
            made = (await http("POST", "/finance/adjustments", "fin", json=body)).json()
            assert (await http("POST", f"/finance/adjustments/{made['id']}/approve", "fina")).status_code == 200
        await http.follow()
        [row] = (await http("GET", "/finance/vendor-ageing", "fin")).json()["items"]
        amounts = [row[name]["amount"] for name in ("owed", "days_30", "days_60", "days_90", "older")]
        assert amounts == [110_00, 50_00, 60_00, 0, 0]


class TestRuns:
    async def test_a_run_is_previewed_and_started_once_a_period(self, http: Http, world: World) -> None:
        journey = await earning(http, world)
        world.travel(world.now() + 9 * DAY)
        preview = (await http("GET", "/finance/payout-runs/preview?cadence=weekly", "fin")).json()
        [line] = preview["items"]
        assert (line["vendor_id"], line["payable"]["amount"], line["outcome"]) == (
            str(journey.vendor_id),
            EARNED,
            "paid",
        )
        assert preview["started"] is False
        first = await http("POST", "/finance/payout-runs", "fin", json={"cadence": "weekly"})
        again = await http("POST", "/finance/payout-runs", "fin", json={"cadence": "weekly"})
        assert (first.status_code, again.json()) == (202, first.json())
        assert first.json()["id"] == preview["run_id"]
        await http.follow()
        seen = (await http("GET", f"/finance/payout-runs/{first.json()['id']}", "fin")).json()
        assert (seen["status"], seen["states"]) == ("running", [])
        assert [run["id"] for run in (await http("GET", "/finance/payout-runs", "fin")).json()["items"]] == [seen["id"]]

    async def test_a_preview_says_who_is_not_paid_and_why(self, http: Http, world: World) -> None:
        journey = await earning(http, world, payable=False)
        world.travel(world.now() + 9 * DAY)
        [line] = (await http("GET", "/finance/payout-runs/preview?cadence=weekly", "fin")).json()["items"]
        assert (line["outcome"], line["reason"]) == ("carried", "payout account not ready")
        held = await http("POST", f"/finance/vendors/{journey.vendor_id}/hold", "fin", json={"reason": "a question"})
        assert held.json()["on_hold"] is True
        await http.follow()
        [line] = (await http("GET", "/finance/payout-runs/preview?cadence=weekly", "fin")).json()["items"]
        assert line["reason"] == "payouts are on hold"
        assert is_problem(await http("GET", "/finance/payout-runs/preview?cadence=daily", "fin"), 422)
        tuesday = "/finance/payout-runs/preview?cadence=weekly&period_end=2027-01-05"
        assert is_problem(await http("GET", tuesday, "fin"), 422, "not_a_period")


class TestPayouts:
    async def drafted(self, http: Http, world: World) -> str:
        journey = await earning(http, world)
        world.travel(world.now() + 9 * DAY)
        end = last_period_end("weekly", world.now().date())
        command = DraftPayout(journey.vendor_id, "EUR", "weekly", end, cutoff_of(end, "UTC"))
        await asyncio.to_thread(world.do, command)
        await http.follow()
        return str(payout_id(journey.vendor_id, "EUR", end))

    async def test_one_is_held_released_and_cancelled(self, http: Http, world: World) -> None:
        payout = await self.drafted(http, world)
        path = f"/finance/payouts/{payout}"
        held = await http("POST", f"{path}/hold", "fin", json={"reason": "a question"})
        assert (held.status_code, held.json()["on_hold"]) == (200, True)
        assert is_problem(await http("POST", f"{path}/retry", "fin"), 409, "payout_on_hold")
        assert (await http("POST", f"{path}/release", "fin")).json()["on_hold"] is False
        stale = {"If-Match": '"1"'}
        assert is_problem(await http("POST", f"{path}/hold", "fin", json={"reason": "x"}, headers=stale), 412)
        cancelled = await http("POST", f"{path}/cancel", "fin", json={"reason": "closed down"})
        assert (cancelled.json()["status"], cancelled.json()["returned"]) == ("cancelled", True)
        await http.follow()
        [balance] = (await http("GET", "/vendors/me/balance", "vera")).json()["items"]
        assert (balance["available"]["amount"], balance["in_transit"]["amount"]) == (EARNED, 0)
        assert is_problem(await http("POST", f"{path}/cancel", "vera", json={"reason": "mine"}), 403)

    async def test_a_vendor_sees_its_lines_and_finance_a_file(self, http: Http, world: World) -> None:
        payout = await self.drafted(http, world)
        mine = (await http("GET", f"/payouts/{payout}", "vera")).json()
        assert (mine["status"], [line["amount"]["amount"] for line in mine["lines"]]) == ("drafted", [EARNED])
        await http.join("other", "vendor")
        assert is_problem(await http("GET", f"/payouts/{payout}", "other"), 404)
        asked = f"/finance/payouts?period={mine['period_end']}&status=drafted"
        assert [row["id"] for row in (await http("GET", asked, "fin")).json()["items"]] == [payout]
        file = await http("GET", asked, "fin", headers={"Accept": "text/csv"})
        [row] = csv.DictReader(io.StringIO(file.text))
        assert (row["payout_id"], row["amount"], row["period_end"]) == (payout, "160.00", mine["period_end"])

    async def test_one_is_explained_from_the_cent_to_the_charge(self, http: Http, world: World) -> None:
        payout = await self.drafted(http, world)
        told = (await http("GET", f"/payouts/{payout}/explain", "vera")).json()
        [line] = told["lines"]
        assert line["amount"] == told["payout"]["amount"] == {"amount": EARNED, "currency": "EUR"}
        assert (line["price"]["amount"], line["commission_bp"], line["topic"]) == (PRICE, 2000, "booking.completed")
        assert line["charge_id"] == f"ch_{line['payment_id']}"
        assert line["says"] == (
            "160.00 EUR earned by a trip that was completed; of its price of 200.00 the platform keeps 20 %."
        )
        [(topic, at)] = http.sql(
            "SELECT topic, originator_id FROM log.events WHERE notification_id = %s", line["position"]
        )
        assert (topic, str(at)) == ("booking.completed", line["booking_id"])
        assert [step["topic"] for step in told["steps"]] == ["payout.drafted"]
        assert told["not_in_it"] == []

    async def test_what_is_not_in_it_yet_is_told_with_the_day_it_will_be_paid(self, http: Http, world: World) -> None:
        journey = await asyncio.to_thread(_earned_and_pending, world)
        await http.sign_in_as("vera", journey.vendor_id, "vendor")
        end = last_period_end("weekly", world.now().date())
        await asyncio.to_thread(world.do, DraftPayout(journey.vendor_id, "EUR", "weekly", end, cutoff_of(end, "UTC")))
        await http.follow()
        told = (await http("GET", f"/payouts/{payout_id(journey.vendor_id, 'EUR', end)}/explain", "vera")).json()
        [later] = told["not_in_it"]
        next_run = datetime.combine(end + 7 * DAY, datetime.min.time(), UTC) + timedelta(hours=8)
        assert (later["amount"]["amount"], datetime.fromisoformat(later["expected_at"])) == (EARNED, next_run)
        [ahead] = (await http("GET", "/vendors/me/payouts/forecast", "vera")).json()["items"]
        assert (ahead["payable"]["amount"], ahead["outcome"]) == (EARNED, "paid")
        assert datetime.fromisoformat(ahead["expected_at"]) == next_run


def _earned_and_pending(world: World) -> Journey:
    """One trip was settled long ago; another is only said to be completed on the Monday of the run."""
    journey = Journey(world)
    journey.payable("acct_vera")
    first, second = journey.confirmed(), journey.confirmed()
    journey.earned(first)
    world.travel(cutoff_of(last_period_end("weekly", world.now().date() + 7 * DAY), "UTC") + timedelta(hours=9))
    world.do(CompleteBooking(second))
    return journey


async def test_a_vendor_chooses_how_it_is_paid(http: Http) -> None:
    await http.join("vera", "vendor")
    chosen = await http("PUT", "/vendors/me/payout-settings", "vera", json={"cadence": "monthly"})
    assert chosen.json() == {"cadence": "monthly"}
    asked, _ = await asyncio.gather(http("POST", "/vendors/me/payout-account", "vera"), _stripe_is_ready(http))
    assert asked.json() == {"ready": True, "requirements": [], "onboarding_url": None}
    assert (await http("GET", "/vendors/me/payout-account", "vera")).json()["ready"] is True
    assert (await http("GET", "/vendors/me/balance", "vera")).json() == {"items": [], "next_cursor": None}
    assert (await http("GET", "/vendors/me/payouts", "vera")).json()["items"] == []


async def _stripe_is_ready(http: Http) -> None:
    me = (await http("GET", "/users/me", "vera")).json()
    command = RecordPayoutAccount(UUID(me["id"]), "acct_1", ready=True)
    await http.app.state.edge.house.dispatch(command, meta=Meta(SYSTEM, "RecordPayoutAccount", "test"))


def test_the_epoch_of_workbooks_is_what_the_test_above_takes_it_for() -> None:
    assert (datetime(2027, 1, 1, tzinfo=UTC) - datetime(1899, 12, 30, tzinfo=UTC)).days == 46_388
