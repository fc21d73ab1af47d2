"""Disputes and the reconciliation over HTTP: who sees what, the evidence pack, and a text for the bank."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from commands.append import Meta
from commands.record_dispute import DisputeSeen, RecordDispute
from commands.record_payment import Intent, RecordPayment
from domain.actor import SYSTEM
from domain.balance_entry import BalanceEntry
from tests.integration.conftest import Http, is_problem

pytestmark = pytest.mark.anyio

PRICE = 5_000


async def _do(http: Http, command: Any) -> Any:
    meta = Meta(SYSTEM, type(command).__name__, "test")
    return (await http.app.state.edge.house.dispatch(command, meta=meta)).result


async def _contested(http: Http) -> str:
    """A paid booking of Ada's with Vera, contested by Ada's bank; the dispute's id."""
    await http.join("vera", "vendor")
    await http.join("ada", "traveller")
    await http.join("other", "vendor")
    for person, role in (("fin", "finance"), ("op", "operator"), ("aud", "auditor")):
        await http.join_staff(person, role)
    listing_id = await http.departure("vera")
    booking = (await http.hold("ada", listing_id)).json()
    body = {"payment_method": "pm_card_visa"}
    payment = (await http("POST", f"/bookings/{booking['id']}/payments", "ada", json=body)).json()
    payment_id = UUID(payment["id"])
    entry = BalanceEntry(f"txn_{payment_id}", PRICE, 175, "EUR")
    await _do(http, RecordPayment(payment_id, Intent("pi_1", "succeeded", PRICE, "EUR", charge_id="ch_1", entry=entry)))
    taken = BalanceEntry(f"txn_d{payment_id}", -PRICE, 1_500, "EUR")
    seen = DisputeSeen("du_1", "needs_response", PRICE, "EUR", "fraudulent", None, (taken,))
    dispute = await _do(http, RecordDispute(payment_id, seen))
    await http.follow()
    return str(dispute.id)


async def test_staff_and_the_vendor_of_the_booking_see_it_and_nobody_else(http: Http) -> None:
    dispute_id = await _contested(http)
    for person in ("vera", "fin", "op", "aud"):
        [listed] = (await http("GET", "/disputes?status=needs_response", person)).json()["items"]
        one = await http("GET", f"/disputes/{dispute_id}", person)
        assert (one.json(), one.headers["etag"]) == (listed, f'"{listed["version"]}"')
    assert listed["withdrawn"] == {"amount": PRICE, "currency": "EUR"}
    assert listed["fee"] == {"amount": 1_500, "currency": "EUR"}
    assert (await http("GET", "/disputes", "other")).json()["items"] == []
    assert is_problem(await http("GET", f"/disputes/{dispute_id}", "other"), 404, "not_found")
    assert is_problem(await http("GET", f"/disputes/{dispute_id}", "ada"), 403, "not_allowed")
    assert (await http("GET", "/disputes?status=won", "fin")).json()["items"] == []


async def test_the_evidence_pack_tells_what_was_agreed_and_what_happened(http: Http) -> None:
    dispute_id = await _contested(http)
    pack = (await http("GET", f"/disputes/{dispute_id}/evidence", "op")).json()
    assert pack["service"] == "Kayak tour"
    assert pack["agreed"]["name"] == "moderate"
    assert len(pack["agreed"]["clauses"]) >= 3
    told = [(one["by"], one["what"]) for one in pack["history"]]
    assert ("traveller", "The traveller chose 1 place(s) for EUR 50.00.") in told
    assert ("system", "EUR 50.00 were paid by card.") in told
    assert pack["text"].startswith("Dispute of EUR 50.00 (fraudulent).\nKayak tour\n")
    assert all(one["what"] in pack["text"] for one in pack["history"])
    for person in ("vera", "aud", "ada"):
        assert is_problem(await http("GET", f"/disputes/{dispute_id}/evidence", person), 403)


async def test_a_text_is_taken_once_and_never_stored_in_the_clear(http: Http) -> None:
    dispute_id = await _contested(http)
    path, body = f"/disputes/{dispute_id}/evidence", {"text": "Ada Traveller was on board."}
    headers = {"Idempotency-Key": "one"}
    answers = [await http("POST", path, "fin", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["number"] == 1
    events = http.sql("SELECT convert_from(state, 'UTF8') FROM log.events WHERE topic = 'dispute.evidence_requested'")
    assert len(events) == 1
    assert "Ada" not in events[0][0]
    assert is_problem(await http("POST", path, "fin", json={"text": " "}), 422)
    assert is_problem(await http("POST", path, "vera", json=body), 403)
    assert is_problem(await http("POST", f"/disputes/{uuid4()}/evidence", "fin", json=body), 404)


async def test_a_contested_booking_is_neither_cancelled_nor_completed(http: Http) -> None:
    await _contested(http)
    [booking] = (await http("GET", "/bookings", "ada")).json()["items"]
    for person in ("ada", "vera"):
        answer = await http("POST", f"/bookings/{booking['id']}/cancel", person, json={})
        assert is_problem(answer, 409, "payment_disputed")


async def test_the_reconciliation_says_what_is_still_open_and_why(http: Http) -> None:
    await _contested(http)
    http.sql(
        "INSERT INTO ops.stripe_entry (balance_transaction_id, kind, source, gross_minor, fee_minor, currency, made_at)"
        " VALUES ('txn_stray', 'other_adjustment', 'adj_1', -200, 0, 'EUR', now())"
    )
    report = (await http("GET", "/finance/reconciliation", "aud")).json()
    assert report["counts"] == {"matched": 0, "ours_only": 2, "theirs_only": 1, "different": 0}
    assert report["run"] is None
    assert report["clearing"] == []
    [balance] = report["balances"]
    assert balance["theirs"] == {"amount": -200, "currency": "EUR"}
    states = [(item["reference"], item["state"], bool(item["reason"])) for item in report["items"]]
    assert ("txn_stray", "theirs_only", True) in states
    paged = [(await http("GET", "/finance/reconciliation?limit=1", "fin")).json()]
    while paged[-1]["next_cursor"]:
        query = {"limit": 1, "cursor": paged[-1]["next_cursor"]}
        paged.append((await http("GET", "/finance/reconciliation", "fin", params=query)).json())
    assert [page["items"][0]["reference"] for page in paged] == [item["reference"] for item in report["items"]]
    assert is_problem(await http("GET", "/finance/reconciliation?cursor=eHg", "fin"), 422)
    assert is_problem(await http("GET", "/finance/reconciliation", "op"), 403)


async def test_a_reconciliation_is_asked_for_and_seen_to_run(http: Http) -> None:
    await http.join_staff("fin", "finance")
    await http.join_staff("aud", "auditor")
    headers = {"Idempotency-Key": "one"}
    runs = [await http("POST", "/finance/reconciliation", "fin", headers=headers) for _ in range(2)]
    assert [run.status_code for run in runs] == [202, 202]
    assert runs[0].json() == runs[1].json()
    await http.follow()
    run = (await http("GET", "/finance/reconciliation", "fin")).json()["run"]
    assert (run["id"], run["status"]) == (runs[0].json()["id"], "running")
    assert is_problem(await http("POST", "/finance/reconciliation", "aud"), 403)


async def test_clearing_that_waits_is_told_with_its_cause(http: Http) -> None:
    dispute_id = await _contested(http)
    http.sql(
        "INSERT INTO read.journal (position, line, at, topic, currency, account, debit_minor, credit_minor, stream_id)"
        " SELECT 900000, side, now(), 'payment.captured', 'EUR', CASE side WHEN 0 THEN 'stripe.clearing' ELSE"
        " 'booking.unearned' END, CASE side WHEN 0 THEN 7 ELSE 0 END, CASE side WHEN 0 THEN 0 ELSE 7 END, %s::uuid"
        " FROM generate_series(0, 1) AS side",
        dispute_id,
    )
    [waiting] = (await http("GET", "/finance/reconciliation", "fin")).json()["clearing"]
    assert waiting["amount"] == {"amount": 7, "currency": "EUR"}
    assert waiting["waits_for"] == "the balance transaction of the charge"
