"""Vendors paid by bank transfer over HTTP: accounts kept sealed, payouts in one file each, and what the bank says."""

import asyncio
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from lxml import etree

from commands.adjust import ApproveAdjustment, ProposeAdjustment
from commands.draft_payout import DraftPayout
from domain.actor import Actor
from domain.ids import payout_id
from domain.money import Money
from domain.periods import cutoff_of, last_period_end
from infrastructure.sepa import SCHEMA
from infrastructure.settings import Settings
from tests.integration.conftest import Http, is_problem
from tests.integration.journey import DAY
from tests.integration.world import World, world_on

pytestmark = pytest.mark.anyio

XML = {"Accept": "application/xml"}
ACCOUNT = {"iban": "DE89 3704 0044 0532 0130 00", "account_holder": "Vera Größer", "bic": "COBADEFFXXX"}
OTHER_IBAN = "GB29NWBK60161331926819"
NAMES = {"p": SCHEMA}
FIN, FINA = (Actor(uuid4(), "finance") for _ in range(2))
OURS = {"sepa_name": "Travellr GmbH", "sepa_iban": "DE02120300000000202051", "sepa_bic": None}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update=OURS)


@pytest.fixture
def world(http: Http, tmp_path: Path) -> Iterator[World]:
    assert http.settings.database_url is not None
    with world_on(http.settings.database_url, tmp_path / "world") as world:
        yield world


async def paid_by_bank(http: Http, person: str = "vera") -> str:
    """A vendor that has named its bank account; finance is signed in as fin."""
    vendor_id = await http.join(person, "vendor")
    named = await http("PUT", "/vendors/me/payout-bank-account", person, json=ACCOUNT)
    assert named.status_code == 200, named.text
    await http.join_staff("fin", "finance")
    return vendor_id


async def drafted(http: Http, world: World, vendor_id: str, minor: int = 80_00) -> str:
    """A payout of this much, for the week before now."""
    return str(await asyncio.to_thread(_drafted, http, world, UUID(vendor_id), minor))


def _drafted(http: Http, world: World, vendor_id: UUID, minor: int) -> UUID:
    adjustment_id = uuid4()
    world.do(ProposeAdjustment(adjustment_id, vendor_id, Money(minor, "EUR"), "correction", "FIN-1"), FIN)
    world.do(ApproveAdjustment(adjustment_id), FINA)
    world.travel(world.now() + 7 * DAY)
    end = last_period_end("weekly", world.now().date())
    world.do(DraftPayout(vendor_id, "EUR", "weekly", end, cutoff_of(end, "UTC")))
    http._follow()  # noqa: SLF001 - it is the same thing, from a thread
    return payout_id(vendor_id, "EUR", end)


async def filed(http: Http, **body: Any) -> Any:
    made = await http("POST", "/finance/payment-files", "fin", json=body)
    assert made.status_code == 201, made.text
    await http.follow()
    return made.json()


async def document(http: Http, file_id: str) -> Any:
    answer = await http("GET", f"/finance/payment-files/{file_id}", "fin", headers=XML)
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "application/xml")
    return etree.fromstring(answer.content)


def texts(found: Any, path: str) -> list[str]:
    return [str(element.text) for element in found.iterfind(path, NAMES)]


async def test_a_bank_account_is_shown_masked_and_kept_sealed(http: Http) -> None:
    await paid_by_bank(http)
    shown = (await http("GET", "/vendors/me/payout-bank-account", "vera")).json()
    assert shown == {
        "method": "bank_transfer",
        "currency": "EUR",
        "iban": "DE****************3000",
        "account_holder": "Vera Größer",
        "bic": "COBADEFFXXX",
    }
    stored = http.sql("SELECT convert_from(state, 'UTF8') FROM log.events")
    assert not [state for (state,) in stored if "DE8937" in state or "Größer" in state or "COBA" in state]
    assert (await http("GET", "/users/me/export", "vera")).json()["bank_account"]["iban"] == "DE89370400440532013000"
    gone = (await http("DELETE", "/vendors/me/payout-bank-account", "vera")).json()
    assert (gone["method"], gone["iban"], gone["account_holder"]) == ("stripe", None, None)


async def test_what_cannot_be_a_bank_account_is_refused(http: Http) -> None:
    await http.join("vera", "vendor")
    wrong: tuple[tuple[str, str | None], ...] = (
        ("iban", "DE89370400440532013001"),
        ("iban", "US123"),
        ("iban", None),
        ("bic", "X"),
        ("account_holder", " "),
        ("account_holder", "x" * 71),
    )
    for field, text in wrong:
        refused = await http("PUT", "/vendors/me/payout-bank-account", "vera", json={**ACCOUNT, field: text})
        assert is_problem(refused, 422, "validation_failed")
        assert [error["field"] for error in refused.json()["errors"]] == [field]


async def test_a_payout_is_filed_fetched_and_paid(http: Http, world: World) -> None:
    vendor_id = await paid_by_bank(http)
    payout = await drafted(http, world, vendor_id)
    key = {"Idempotency-Key": "file-1"}
    first = await http("POST", "/finance/payment-files", "fin", json={}, headers=key)
    again = await http("POST", "/finance/payment-files", "fin", json={}, headers=key)
    assert (first.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (201, first.json(), "true")
    assert is_problem(await http("POST", "/finance/payment-files", "fin", json={}), 409, "nothing_to_pay")
    await http.follow()
    found = await document(http, first.json()["id"])
    etree.XMLSchema(etree.parse(Path(str(files("sepaxml"))) / "schemas/pain.001.001.09.xsd")).assertValid(found)
    assert texts(found, ".//p:CdtrAcct//p:IBAN") == ["DE89370400440532013000"]
    assert texts(found, ".//p:Cdtr/p:Nm") == ["Vera Grosser"]
    assert texts(found, ".//p:EndToEndId") == [UUID(payout).hex]
    assert texts(found, ".//p:MsgId") == [first.json()["message_id"]]
    seen = (await http("GET", f"/payouts/{payout}", "vera")).json()
    assert (seen["status"], seen["method"], seen["payment_file_id"]) == (
        "bank_submitted",
        "bank_transfer",
        first.json()["id"],
    )
    cancel = await http("POST", f"/finance/payouts/{payout}/cancel", "fin", json={"reason": "too late"})
    assert is_problem(cancel, 409, "payout_under_way")
    paid = await http("POST", f"/finance/payouts/{payout}/paid", "fin")
    assert (paid.status_code, paid.json()["status"]) == (200, "paid")
    await http.follow()
    books = {row["account"]: row for row in (await http("GET", "/finance/trial-balance", "fin")).json()["items"]}
    assert books["bank"]["credit"]["amount"] == 80_00
    [balance] = (await http("GET", "/vendors/me/balance", "vera")).json()["items"]
    assert (balance["in_transit"]["amount"], balance["paid_out"]["amount"]) == (0, 80_00)
    [listed] = (await http("GET", "/finance/payment-files", "fin")).json()["items"]
    assert (listed["payouts"], listed["under_way"], listed["returned"]) == (1, 0, 0)
    steps = (await http("GET", f"/payouts/{payout}/explain", "vera")).json()["steps"]
    assert [step["topic"] for step in steps] == ["payout.drafted", "payout.filed", "payout.paid"]
    assert steps[1]["payment_file_id"] == first.json()["id"]


async def test_what_the_bank_returns_goes_to_the_account_that_is_named_next(http: Http, world: World) -> None:
    """The file that was made stays as it was made; the next one goes to the new account."""
    vendor_id = await paid_by_bank(http)
    payout = await drafted(http, world, vendor_id)
    file = await filed(http)
    before = await http("GET", f"/finance/payment-files/{file['id']}", "fin", headers=XML)
    other = {"iban": OTHER_IBAN, "account_holder": "Vera Vendor"}
    assert (await http("PUT", "/vendors/me/payout-bank-account", "vera", json=other)).json()["bic"] is None
    after = await http("GET", f"/finance/payment-files/{file['id']}", "fin", headers=XML)
    assert before.content == after.content
    returned = await http("POST", f"/finance/payouts/{payout}/returned", "fin", json={"code": "AC04"})
    assert (returned.json()["status"], returned.json()["failure_code"], returned.json()["returned"]) == (
        "failed",
        "AC04",
        True,
    )
    assert is_problem(await http("POST", f"/finance/payouts/{payout}/returned", "fin", json={"code": "closed"}), 422)
    again = await drafted(http, world, vendor_id, 20_00)
    assert (await http("GET", f"/payouts/{again}", "vera")).json()["amount"]["amount"] == 100_00
    found = await document(http, (await filed(http))["id"])
    assert texts(found, ".//p:CdtrAcct//p:IBAN") == [OTHER_IBAN]
    assert texts(found, ".//p:InstdAmt") == ["100.00"]


async def test_an_account_changed_between_draft_and_file_is_the_one_that_is_paid(http: Http, world: World) -> None:
    vendor_id = await paid_by_bank(http)
    await drafted(http, world, vendor_id)
    await http("PUT", "/vendors/me/payout-bank-account", "vera", json={**ACCOUNT, "iban": OTHER_IBAN})
    assert texts(await document(http, (await filed(http))["id"]), ".//p:CdtrAcct//p:IBAN") == [OTHER_IBAN]


async def test_payouts_of_a_period_are_the_file_that_they_stand_in(http: Http, world: World) -> None:
    vendor_id = await paid_by_bank(http)
    payout = await drafted(http, world, vendor_id)
    end = (await http("GET", f"/payouts/{payout}", "vera")).json()["period_end"]
    asked = f"/finance/payouts?period={end}"
    assert is_problem(await http("GET", asked, "fin", headers=XML), 409, "not_one_file")
    too_early = await http("POST", "/finance/payment-files", "fin", json={"up_to": "2020-01-01"})
    assert is_problem(too_early, 409, "nothing_to_pay")
    file = await filed(http, up_to=end)
    answer = await http("GET", asked, "fin", headers=XML)
    assert texts(etree.fromstring(answer.content), ".//p:MsgId") == [file["message_id"]]
    assert is_problem(await http("GET", f"/finance/payment-files/{uuid4()}", "fin", headers=XML), 404)
    assert is_problem(await http("GET", f"/finance/payment-files/{file['id']}", "vera", headers=XML), 403)


async def test_an_erased_vendors_bank_account_is_in_no_file_any_more(http: Http, world: World) -> None:
    vendor_id = await paid_by_bank(http)
    payout = await drafted(http, world, vendor_id)
    file = await filed(http)
    assert is_problem(await http("DELETE", "/users/me", "vera"), 409, "still_open")
    await http("POST", f"/finance/payouts/{payout}/paid", "fin")
    await http.follow()
    assert (await http("DELETE", "/users/me", "vera")).status_code == 204
    await asyncio.to_thread(world.settle)
    assert is_problem(await http("GET", f"/finance/payment-files/{file['id']}", "fin", headers=XML), 410)
    assert (await http("GET", f"/finance/payment-files/{file['id']}", "fin")).json()["payouts"] == 1


async def test_without_an_account_of_ours_no_file_is_made(http: Http) -> None:
    await paid_by_bank(http)
    edge = http.app.state.edge
    object.__setattr__(edge.house, "settings", http.settings.model_copy(update={"sepa_iban": None}))
    refused = await http("POST", "/finance/payment-files", "fin", json={})
    assert is_problem(refused, 409, "no_paying_account")
    assert "TRAVELLR_SEPA_IBAN" in refused.json()["detail"]


async def test_finance_says_how_much_of_a_payout_older_debts_may_take(http: Http, world: World) -> None:
    vendor_id = await paid_by_bank(http)
    path = f"/finance/vendors/{vendor_id}/clawback-limit"
    limited = await http("POST", path, "fin", json={"share_bp": 2_500, "reason": "agreed by letter"})
    assert (limited.status_code, limited.json()["clawback_bp"]) == (200, 2_500)
    assert is_problem(await http("POST", path, "fin", json={"share_bp": 10_001, "reason": "x"}), 422)
    assert is_problem(await http("POST", path, "vera", json={"share_bp": 0, "reason": "x"}), 403)
    await asyncio.to_thread(_drafted, http, world, UUID(vendor_id), -70_00)
    preview = "/finance/payout-runs/preview?cadence=weekly"
    payout = await asyncio.to_thread(_previewed, http, world, UUID(vendor_id))
    told = (await http("GET", f"/payouts/{payout}/explain", "vera")).json()
    assert [(line["kind"], line["amount"]["amount"]) for line in told["lines"]] == [
        ("adjustment", -70_00),
        ("adjustment", 100_00),
        ("debt_left", 45_00),
    ]
    assert [line["topic"] for line in told["lines"]] == ["adjustment.approved", "adjustment.approved", None]
    assert "left for later payouts" in told["lines"][2]["says"]
    [carried] = told["not_in_it"]
    assert (carried["kind"], carried["amount"]["amount"]) == ("debt_carried", -45_00)
    assert (await http("GET", preview, "fin")).json()["items"] == []


def _previewed(http: Http, world: World, vendor_id: UUID) -> UUID:
    return _drafted(http, world, vendor_id, 100_00)
