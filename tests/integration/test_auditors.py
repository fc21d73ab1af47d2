"""Auditors: what was refused, what they ask and that it is on record, searches, samples, files, the chain of a cent."""

import asyncio
import csv
import hashlib
import io
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.auditing import parameters_of
from api.roles import ALLOWED
from commands.append import Meta
from commands.erase_account import EraseAccount
from commands.record_payment import Intent, RecordPayment
from commands.record_refusal import RecordRefusal
from domain.actor import SYSTEM
from domain.balance_entry import BalanceEntry
from infrastructure import trace_console
from infrastructure.refused_commands import SINGLY_MAX
from queries.events import STRETCH, Span, draws
from tests.integration.conftest import Http, is_problem
from tests.integration.world import superuser

pytestmark = pytest.mark.anyio

# What an auditor may do besides reading: with their own account, and read models made anew beside the live ones.
OWN_ACCOUNT = {
    *("logout", "end_session", "change_password", "offer_second_factor", "confirm_second_factor"),
    *("remove_second_factor", "change_me", "erase_me", "set_notification_settings", "add_push_subscription"),
    *("remove_push_subscription", "start_replay"),
}


async def recorded(http: Http, topic: str, count: int) -> list[dict[str, Any]]:
    """The events of this topic, as soon as there are so many."""
    for _ in range(200):
        rows = http.sql(
            "SELECT notification_id, state, metadata FROM log.events WHERE topic = %s ORDER BY notification_id", topic
        )
        if len(rows) >= count:
            return [
                {"position": at, "state": json.loads(bytes(said)), "by": meta["by"], **meta} for at, said, meta in rows
            ]
        await asyncio.sleep(0.02)
    raise AssertionError(f"{topic}: {len(rows)} of {count}")


async def staffed(http: Http) -> str:
    """Vera offers a tour of one place, Ada has it and Bob does not get it; the listing's id."""
    for person, role in (("vera", "vendor"), ("ada", "traveller"), ("bob", "traveller")):
        await http.join(person, role)
    await http.join_staff("aud", "auditor")
    return await http.departure("vera", capacity=1)


async def paid(http: Http) -> dict[str, str]:
    """Ada's booking, paid for, with what Stripe calls everything."""
    listing_id = await staffed(http)
    booking = (await http.hold("ada", listing_id, headers={"X-Correlation-Id": "ada-1"})).json()
    assert is_problem(await http.hold("bob", listing_id, headers={"X-Correlation-Id": "bob-1"}), 409, "sold_out")
    body = {"payment_method": "pm_card_visa"}
    payment = (await http("POST", f"/bookings/{booking['id']}/payments", "ada", json=body)).json()
    entry = BalanceEntry("txn_1", 5_000, 175, "EUR")
    seen = RecordPayment(UUID(payment["id"]), Intent("pi_1", "succeeded", 5_000, "EUR", charge_id="ch_1", entry=entry))
    await http.app.state.edge.house.dispatch(seen, meta=Meta(SYSTEM, "RecordPayment", "test"))
    http.sql("INSERT INTO ops.stripe_entry VALUES ('txn_1', 'charge', 'ch_1', 5000, 175, 'EUR', clock_timestamp())")
    await http.follow()
    return {"booking": booking["id"], "payment": payment["id"], "stripe": "ch_1"}


def crowd(http: Http, count: int) -> None:
    """So many events more, all of nobody."""
    url = http.settings.database_url
    assert url is not None
    with superuser(url) as connection:
        connection.execute(
            "INSERT INTO log.events (originator_id, originator_version, topic, state, notification_id, metadata)"
            " SELECT gen_random_uuid(), 1, 'audit.queried', %s, head + n, %s"
            "   FROM generate_series(1, %s) AS n, (SELECT max(notification_id) AS head FROM log.events) AS e",
            (
                b'{"timestamp":"2026-11-01T00:00:00Z","operation":"list_events","parameters":{},"status":200}',
                '{"by":{"account_id":null,"role":"system"},"command":"X","correlation_id":"crowd","causation_id":null}',
                count,
            ),
        )


class TestRefused:
    async def test_a_refusal_is_on_record_without_personal_data(self, http: Http) -> None:
        listing_id = await staffed(http)
        assert (await http.hold("ada", listing_id)).status_code == 201
        refused = await http.hold("bob", listing_id, headers={"X-Correlation-Id": "bob-asks"})
        assert is_problem(refused, 409, "sold_out")
        [told] = await recorded(http, "command.refused", 1)
        assert (told["state"]["command"], told["state"]["code"]) == ("PlaceHold", "sold_out")
        assert told["state"]["things"]["listing_id"] == listing_id
        assert (told["correlation_id"], told["by"]["role"]) == ("bob-asks", "traveller")

    async def test_an_answer_given_again_is_no_refusal_of_its_own(self, http: Http) -> None:
        listing_id = await staffed(http)
        await http.hold("ada", listing_id)
        for _ in range(3):
            again = await http.hold("bob", listing_id, headers={"Idempotency-Key": "k1"})
            assert is_problem(again, 409, "sold_out")
        await http.app.state.edge.house.refused.close()
        assert len(await recorded(http, "command.refused", 1)) == 1

    async def test_what_never_was_a_command_is_not_recorded(self, http: Http) -> None:
        listing_id = await staffed(http)
        await http("POST", "/bookings", "ada", json={"nonsense": 1})
        await http("POST", "/bookings", json={})
        await http("GET", f"/bookings/{uuid4()}", "ada")
        await http("POST", f"/listings/{listing_id}/pause", "ada")
        await http.join("ada2", "traveller")
        taken = {"email": "ada@example.com", "password": "correct horse battery", "full_name": "A", "role": "traveller"}
        assert is_problem(await http("POST", "/auth/register", json=taken), 409, "email_taken")
        await http.app.state.edge.house.refused.close()
        assert http.sql("SELECT count(*) FROM log.events WHERE topic = 'command.refused'") == [(0,)]

    async def test_what_people_write_into_a_refused_command_is_not_in_the_log(self, http: Http) -> None:
        await staffed(http)
        canary = "Canary-8c1f77"
        profile = {"full_name": canary}
        refused = await http("PATCH", "/users/me", "ada", json=profile, headers={"If-Match": '"99"'})
        assert is_problem(refused, 412)
        terms = await http("POST", f"/bookings/{uuid4()}/cancel", "ada", json={"reason": canary})
        assert terms.status_code == 404
        await recorded(http, "command.refused", 1)
        await http.app.state.edge.house.refused.close()
        assert http.sql(
            "SELECT count(*) FROM log.events WHERE position(%s::bytea IN state) > 0 OR metadata::text LIKE %s",
            canary.encode(),
            f"%{canary}%",
        ) == [(0,)]

    async def test_a_flood_of_one_account_is_a_few_events(self, http: Http) -> None:
        listing_id = await staffed(http)
        await http.hold("ada", listing_id)
        answers = await asyncio.gather(*(http.hold("bob", listing_id) for _ in range(100)))
        assert {answer.status_code for answer in answers} <= {409, 429}
        refusals = sum(answer.status_code == 409 for answer in answers)
        await http.app.state.edge.house.refused.close()
        told = await recorded(http, "command.refused", 1)
        assert sum(one["state"]["times"] for one in told) == refusals
        assert refusals < SINGLY_MAX or len(told) < refusals

    async def test_an_erasure_does_not_wait_for_refusals_that_name_the_account(self, http: Http) -> None:
        account_id = UUID(await http.join("ada", "traveller"))
        head = http.sql("SELECT max(notification_id) FROM log.events")[0][0]
        meta = Meta(SYSTEM, "EraseAccount", "test")
        house = http.app.state.edge.house
        refused = RecordRefusal(uuid4(), "EraseAccount", "still_open", {"account_id": account_id})
        await house.dispatch(refused, meta=meta)
        await house.dispatch(EraseAccount(account_id, (), head), meta=meta)
        assert len(http.sql("SELECT 1 FROM log.events WHERE topic = 'account.erased'")) == 1

    async def test_metrics_count_them(self, http: Http) -> None:
        listing_id = await staffed(http)
        await http.hold("ada", listing_id)
        await http.hold("bob", listing_id)
        await recorded(http, "command.refused", 1)
        await http.app.state.edge.house.refused.close()
        text = (await http("GET", "http://travellr.test/metrics")).text
        assert 'travellr_refused_commands{recorded="singly"} 1.0' in text
        assert 'travellr_refused_commands{recorded="dropped"} 0.0' in text


class TestWatched:
    async def test_whatever_an_auditor_asks_is_on_record_before_the_answer(self, http: Http) -> None:
        await staffed(http)
        headers = {"X-Correlation-Id": "aud-1"}
        listed = await http("GET", "/audit/events?topic=account.registered&limit=2", "aud", headers=headers)
        [told] = await recorded(http, "audit.queried", 1)
        assert told["state"]["operation"] == "list_events"
        assert told["state"]["parameters"] == {"topic": "account.registered", "limit": "2"}
        assert (told["state"]["results"], told["state"]["status"]) == (len(listed.json()["items"]), 200) == (2, 200)
        assert (told["correlation_id"], told["by"]["role"]) == ("aud-1", "auditor")

    async def test_elsewhere_too_and_files_and_what_is_not_there(self, http: Http) -> None:
        booking_id = (await paid(http))["booking"]
        assert (await http("GET", f"/bookings/{booking_id}", "aud")).status_code == 200
        assert (await http("GET", f"/bookings/{uuid4()}", "aud")).status_code == 404
        await http("GET", "/audit/events", "aud", headers={"Accept": "text/csv"})
        one, none, file = (told["state"] for told in await recorded(http, "audit.queried", 3))
        assert (one["operation"], one["parameters"], one["results"]) == (
            "get_booking",
            {"booking_id": booking_id},
            None,
        )
        assert none["status"] == 404
        assert (file["operation"], file["results"]) == ("list_events", None)

    async def test_what_others_ask_is_not(self, http: Http) -> None:
        await staffed(http)
        await http.join_staff("root", "admin")
        assert (await http("GET", "/audit/events", "root")).status_code == 200
        assert (await http("GET", "/bookings", "ada")).status_code == 200
        assert http.sql("SELECT count(*) FROM log.events WHERE topic = 'audit.queried'") == [(0,)]

    async def test_a_question_that_cannot_be_recorded_is_not_answered(self, http: Http) -> None:
        await staffed(http)
        http.sql("REVOKE INSERT ON log.events FROM travellr_app")
        try:
            assert is_problem(await http("GET", "/audit/events", "aud"), 503, "unavailable")
            file = await http("GET", "/audit/events", "aud", headers={"Accept": "text/csv"})
            assert is_problem(file, 503, "unavailable")
        finally:
            http.sql("GRANT INSERT ON log.events TO travellr_app")

    def test_names_and_addresses_are_withheld(self) -> None:
        asked, thing = b"topic=ada%40example.com&text=Ada&Ada=1&limit=5", uuid4()
        assert parameters_of({"query_string": asked, "path_params": {"id": thing}}) == {
            "id": str(thing),
            "topic": "(withheld)",
            "other": "(withheld)",
            "limit": "5",
        }

    async def test_an_auditor_can_write_nothing_but_their_own_account(self, http: Http) -> None:
        paths = http.app.openapi()["paths"]
        methods = {op["operationId"]: method for path in paths.values() for method, op in path.items()}
        writes = {name for name, roles in ALLOWED.items() if "auditor" in roles and methods[name] != "get"}
        assert writes <= OWN_ACCOUNT


class TestSearch:
    async def test_by_amount_request_and_time(self, http: Http) -> None:
        ids = await paid(http)
        found = (await http("GET", "/audit/events?amount=5000", "aud")).json()["items"]
        assert "payment.requested" in {event["topic"] for event in found}
        assert all("5000" in json.dumps(event["state"]) for event in found)
        assert (await http("GET", "/audit/events?amount_from=5001&amount_to=5999", "aud")).json()["items"] == []
        [held] = (await http("GET", "/audit/events?correlation=ada-1", "aud")).json()["items"]
        assert (held["topic"], held["stream"]) == ("booking.held", ids["booking"])
        at = held["recorded_at"]
        since = (await http("GET", "/audit/events", "aud", params={"from": at, "limit": 1})).json()["items"][0]
        assert since["position"] == held["position"]
        before = (await http("GET", "/audit/events", "aud", params={"to": at, "limit": 200})).json()["items"]
        assert [event["position"] for event in before] == list(range(1, held["position"]))

    @pytest.mark.parametrize("is_laid", [True, False])
    async def test_a_person_and_a_request_are_found_at_once_however_long_the_log_is(
        self, http: Http, *, is_laid: bool
    ) -> None:
        ids = await paid(http)
        crowd(http, 2 * STRETCH)
        await http.follow()
        await http.hold("ada", await http.departure("vera"), headers={"X-Correlation-Id": "ada-2"})
        if is_laid:
            await http.follow()
        [ada] = http.sql("SELECT traveller_id FROM read.booking WHERE booking_id = %s", ids["booking"])[0]
        for where in ("", "&from=2026-01-01T00:00:00Z"):
            found = (await http("GET", f"/audit/events?actor={ada}&topic=booking.held{where}", "aud")).json()
            assert [event["metadata"]["correlation_id"] for event in found["items"]] == ["ada-1", "ada-2"]
            assert found["next_after"] is None
        [held] = (await http("GET", "/audit/events?correlation=ada-2", "aud")).json()["items"]
        assert (held["topic"], held["metadata"]["by"]["account_id"]) == ("booking.held", str(ada))
        traced = (await http("GET", "/audit/trace?correlation=ada-1", "aud")).json()
        assert ids["booking"] in {event["stream"] for event in traced["events"]}
        lines = await http("GET", f"/audit/events?actor={ada}", "aud", headers={"Accept": "application/x-ndjson"})
        assert {json.loads(line)["actorid"] for line in lines.text.splitlines()} == {str(ada)}

    async def test_a_person_is_found_page_by_page_in_the_log_and_its_archive(self, http: Http) -> None:
        ids = await paid(http)
        [ada] = http.sql("SELECT traveller_id FROM read.booking WHERE booking_id = %s", ids["booking"])[0]

        async def found(limit: int) -> list[int]:
            positions: list[int] = []
            after: int | None = 0
            while after is not None:
                page = (await http("GET", f"/audit/events?actor={ada}&limit={limit}&after={after}", "aud")).json()
                positions += [event["position"] for event in page["items"]]
                after = page["next_after"]
            return positions

        expected = http.sql(
            "SELECT notification_id FROM log.events WHERE metadata->'by'->>'account_id' = %s ORDER BY 1", str(ada)
        )
        assert await found(1) == await found(50) == [position for (position,) in expected]
        assert len(expected) > 2
        crowd(http, 1)
        url = http.settings.database_url
        assert url is not None
        with superuser(url) as connection:
            connection.execute("SELECT log.archive_streams('2026-01-01', ARRAY[%s]::uuid[])", (ids["booking"],))
        assert http.sql("SELECT count(*) FROM log.archive") == [(1,)]
        assert await found(2) == [position for (position,) in expected]

    async def test_a_sample_is_the_same_for_the_same_seed_and_can_be_drawn_by_anybody(self, http: Http) -> None:
        await paid(http)
        first = (await http("GET", "/audit/sample?seed=7&size=4", "aud")).json()
        again = (await http("GET", f"/audit/sample?seed=7&size=4&upto={first['upto']}", "aud")).json()
        assert again == first
        drawn: list[int] = []
        for n in range(100):
            digest = hashlib.sha256(f"7:{n}".encode()).digest()
            drawn.append(1 + int.from_bytes(digest, "big") % first["upto"])
        assert [event["position"] for event in first["items"]] == list(dict.fromkeys(drawn))[:4]
        other = (await http("GET", f"/audit/sample?seed=8&size=4&upto={first['upto']}", "aud")).json()
        assert other["items"] != first["items"]
        accounts = (await http("GET", "/audit/sample?seed=7&topic=account.registered", "aud")).json()["items"]
        assert len(accounts) == 3
        assert {event["topic"] for event in accounts} == {"account.registered"}
        assert (await http("GET", "/audit/sample?seed=7&after=1000000", "aud")).json()["items"] == []

    def test_every_position_of_a_small_span_is_drawn(self) -> None:
        assert sorted(draws(3, Span(10, 60))) == list(range(11, 61))
        assert list(draws(3, Span(10, 10))) == []

    async def test_files_hold_every_event_and_nothing_sealed(self, http: Http) -> None:
        await paid(http)
        count = http.sql("SELECT count(*) FROM log.events")[0][0]
        lines = await http("GET", f"/audit/events?upto={count}", "aud", headers={"Accept": "application/x-ndjson"})
        cloud = [json.loads(line) for line in lines.text.splitlines()]
        assert [event["id"] for event in cloud] == [str(n) for n in range(1, count + 1)]
        for event in cloud:
            assert {"specversion", "id", "source", "type", "time", "data"} <= event.keys()
            assert event["specversion"] == "1.0"
            assert all(name.isalnum() and name == name.lower() for name in event)
        registered = next(event for event in cloud if event["type"] == "account.registered")
        assert registered["data"]["sealed"] == "(sealed)"
        table = await http("GET", f"/audit/events?upto={count}", "aud", headers={"Accept": "text/csv"})
        rows = list(csv.DictReader(io.StringIO(table.text)))
        assert [int(row["position"]) for row in rows] == list(range(1, count + 1))
        assert "ada@example.com" not in table.text + lines.text


class TestTrace:
    async def test_from_the_command_line(self, http: Http, capsys: pytest.CaptureFixture[str]) -> None:
        ids = await paid(http)
        url = http.settings.database_url
        assert url is not None
        position = http.sql("SELECT position FROM read.journal LIMIT 1")[0][0]
        names: list[dict[str, Any]] = [
            *({"booking": UUID(ids["booking"])}, {"stripe": "ch_1"}, {"position": position}),
            *({"stream": UUID(ids["payment"])}, {"correlation": "ada-1"}),
        ]
        for asked in names:
            assert await asyncio.to_thread(trace_console.run, url, asked, as_json=False) == 0
            said = capsys.readouterr().out
            assert "booking.held" in said, asked
            assert "PlaceHold by traveller" in said
            assert await asyncio.to_thread(trace_console.run, url, asked, as_json=True) == 0
            lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
            parts = {"events"} if "correlation" in asked else {"stripe", "events", "postings"}
            assert parts <= {line["is"] for line in lines}
        assert await asyncio.to_thread(trace_console.run, url, {"line": uuid4()}, as_json=False) == 1

    @pytest.mark.parametrize("name", ["booking", "payment", "stripe"])
    async def test_from_any_end_it_is_the_same_chain(self, http: Http, name: str) -> None:
        ids = await paid(http)
        told = (await http("GET", f"/audit/trace?{name}={ids[name]}", "aud")).json()
        topics = [event["topic"] for event in told["events"]]
        assert topics[0] == "booking.held"
        assert {"payment.requested", "payment.captured", "booking.confirmed"} <= set(topics)
        assert [event["position"] for event in told["events"]] == sorted(e["position"] for e in told["events"])
        held = told["events"][0]
        assert (held["command"], held["role"], held["correlation_id"]) == ("PlaceHold", "traveller", "ada-1")
        assert {one["id"] for one in told["stripe"]} == {"pi_1", "ch_1", "txn_1"}
        assert {posting["position"] for posting in told["postings"]} <= {e["position"] for e in told["events"]}
        assert sum(p["debit_minor"] - p["credit_minor"] for p in told["postings"]) == 0 < len(told["postings"])
        assert not told["is_cut"]

    async def test_from_a_line_of_the_journal_a_balance_transaction_and_a_request(self, http: Http) -> None:
        ids = await paid(http)
        position = http.sql("SELECT position FROM read.journal WHERE account = 'stripe.clearing' LIMIT 1")[0][0]
        for asked in (f"entry={position}", "stripe=txn_1", "stripe=pi_1", "correlation=ada-1"):
            told = (await http("GET", f"/audit/trace?{asked}", "aud")).json()
            assert ids["booking"] in {event["stream"] for event in told["events"]}, asked

    async def test_refusals_stand_beside_what_they_named(self, http: Http) -> None:
        ids = await paid(http)
        again = await http("POST", f"/bookings/{ids['booking']}/accept", "vera")
        assert again.status_code == 409
        await recorded(http, "command.refused", 2)
        [refused] = (await http("GET", f"/audit/trace?booking={ids['booking']}", "aud")).json()["refused"]
        assert (refused["command"], refused["role"]) == ("AcceptBooking", "vendor")
        [sold_out] = (await http("GET", "/audit/trace?correlation=bob-1", "aud")).json()["refused"]
        assert (sold_out["code"], sold_out["role"]) == ("sold_out", "traveller")

    async def test_any_row_is_traced_by_its_id(self, http: Http) -> None:
        listing_id = await staffed(http)
        await http.follow()
        told = (await http("GET", f"/audit/trace?stream={listing_id}", "aud")).json()
        assert told["events"][0]["topic"] == "listing.created"
        assert (told["events"][0]["command"], told["events"][0]["role"]) == ("CreateListing", "vendor")
        assert is_problem(await http("GET", f"/audit/trace?stream={uuid4()}", "aud"), 404, "not_found")

    async def test_one_thing_at_a_time_that_there_is(self, http: Http) -> None:
        await staffed(http)
        await http.follow()
        assert is_problem(await http("GET", "/audit/trace", "aud"), 422, "validation_failed")
        assert is_problem(await http("GET", "/audit/trace?position=1&stripe=pi_1", "aud"), 422, "validation_failed")
        assert is_problem(await http("GET", "/audit/trace?stripe=pi_nobody", "aud"), 404, "not_found")
        assert is_problem(await http("GET", f"/audit/trace?booking={uuid4()}", "ada"), 403, "not_allowed")
