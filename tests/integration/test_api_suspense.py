"""Suspense over HTTP: what nobody knew is listed, explained by two people of finance, and suspense is 0 again."""

from typing import Any
from uuid import uuid4

import pytest

from commands.append import Meta
from commands.reconcile import SuspendEntry
from domain.actor import SYSTEM
from domain.balance_entry import BalanceEntry
from tests.integration.conftest import Http, is_problem

pytestmark = pytest.mark.anyio

PATH = "/finance/reconciliation/suspense"
SAID = {"account": "bank", "reason": "bank_transfer", "document": "FIN-142"}


async def suspended(http: Http) -> str:
    """A payout of our own balance, made by hand: 50.00 to the bank of the platform."""
    for person, role in (("fin", "finance"), ("fina", "finance"), ("aud", "auditor"), ("op", "operator")):
        await http.join_staff(person, role)
    command = SuspendEntry(BalanceEntry("txn_po", -50_00, 0, "EUR"), "payout", "po_9")
    meta = Meta(SYSTEM, "SuspendEntry", "test")
    stray: Any = (await http.app.state.edge.house.dispatch(command, meta=meta)).result
    http.sql(
        "INSERT INTO ops.stripe_entry (balance_transaction_id, kind, source, gross_minor, fee_minor, currency, made_at)"
        " VALUES ('txn_po', 'payout', 'po_9', -5000, 0, 'EUR', now())"
    )
    await http.follow()
    return f"{PATH}/{stray.id}"


def suspense(http: Http) -> int:
    (row,) = http.sql("SELECT sum(debit_minor - credit_minor)::int FROM read.journal WHERE account = 'suspense'")
    return int(row[0])


async def test_two_people_explain_it_and_suspense_is_nothing(http: Http) -> None:
    path = await suspended(http)
    [listed] = (await http("GET", f"{PATH}?status=suspended", "aud")).json()["items"]
    assert (listed["reference"], listed["amount"], listed["explanation"]) == (
        "txn_po", {"amount": -50_00, "currency": "EUR"}, None
    )  # fmt: skip
    assert suspense(http) == 50_00
    key = {"Idempotency-Key": str(uuid4())}
    proposed = [await http("POST", f"{path}/explanation", "fin", json=SAID, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in proposed] == [200, 200]
    assert proposed[1].headers["Idempotent-Replayed"] == "true"
    assert proposed[0].json()["explanation"]["account"] == "bank"
    assert is_problem(await http("POST", f"{path}/approve", "fin"), 409, "second_person_needed")
    agreed = await http("POST", f"{path}/approve", "fina", headers={"If-Match": proposed[0].headers["ETag"]})
    assert (agreed.status_code, agreed.json()["status"]) == (200, "explained")
    await http.follow()
    assert suspense(http) == 0
    seen = (await http("GET", path, "fin")).json()
    assert seen == agreed.json()
    report = (await http("GET", "/finance/reconciliation?state=matched", "fin")).json()
    assert report["counts"] == {"matched": 1, "ours_only": 0, "theirs_only": 0, "different": 0}
    assert report["items"][0]["reason"] == "Two people of finance have said what it is."
    assert report["clearing"] == []


async def test_what_was_rejected_stays_on_suspense(http: Http) -> None:
    path = await suspended(http)
    await http("POST", f"{path}/explanation", "fin", json=SAID)
    rejected = await http("POST", f"{path}/reject", "fina")
    assert (rejected.json()["status"], rejected.json()["explanation"]["document"]) == ("suspended", "FIN-142")
    await http.follow()
    assert (await http("GET", path, "aud")).json() == rejected.json()
    assert suspense(http) == 50_00
    report = (await http("GET", "/finance/reconciliation", "fin")).json()
    assert "two people of finance" in report["items"][0]["reason"]


async def test_who_may_not_and_what_makes_no_sense_is_refused(http: Http) -> None:
    path = await suspended(http)
    for person in ("aud", "op"):
        assert is_problem(await http("POST", f"{path}/explanation", person, json=SAID), 403)
    for wrong in ({"account": "vendor.available"}, {"document": "<script>"}, {"reason": "because"}):
        assert is_problem(await http("POST", f"{path}/explanation", "fin", json={**SAID, **wrong}), 422)
    assert is_problem(await http("POST", f"{path}/approve", "fina"), 409, "wrong_state")
    body = {**SAID, "booking_id": str(uuid4())}
    assert is_problem(await http("POST", f"{path}/explanation", "fin", json=body), 404)
    assert is_problem(await http("GET", f"{PATH}/{uuid4()}", "fin"), 404)
