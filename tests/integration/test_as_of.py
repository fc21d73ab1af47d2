"""Time travel: what is answered as of an instant or a position equals a fold of the events that were known then."""

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.postings import posting_of
from domain.root import replay
from infrastructure.audit.replay_streams import shown_state, state_after
from infrastructure.event_codec import decode
from queries.known_then import events_of_streams, position_known
from queries.replays import REPLAYS_MAX
from tests.integration.conftest import Http, is_problem
from tests.integration.journey import Journey, whole_journey
from tests.integration.world import World, superuser, world_on
from workers.perform import perform

pytestmark = pytest.mark.anyio

INSTANTS = 1_000
OVER_HTTP = 10  # Every tenth of them.


@pytest.fixture
def world(http: Http, tmp_path: Path) -> Iterator[World]:
    assert http.settings.database_url is not None
    with world_on(http.settings.database_url, tmp_path / "world") as world:
        yield world


@pytest.fixture
async def log(http: Http, world: World) -> list[Any]:
    """The log of a world in which everything has happened, an auditor who is signed in, and every follower level."""
    await asyncio.to_thread(whole_journey, world)
    return await audited(http, world)


@pytest.fixture
async def short(http: Http, world: World) -> list[Any]:
    """The same of a world in which a little has happened."""
    await asyncio.to_thread(_a_little, world)
    return await audited(http, world)


def _a_little(world: World) -> None:
    journey = Journey(world)
    cancelled, completed = (journey.confirmed() for _ in range(2))
    journey.cancelled(cancelled, journey.vendor)
    for _ in range(8):
        journey.held()
    journey.earned(completed)


async def audited(http: Http, world: World) -> list[Any]:
    await http.join_staff("aud", "auditor")
    await http.follow()
    return world.rows(
        "SELECT notification_id, originator_id, originator_version, topic, state, recorded_at"
        " FROM log.events ORDER BY notification_id"
    )


def _random(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - which moments are asked for is no secret


async def asked(http: Http, path: str, **query: Any) -> dict[str, Any]:
    answer = await http("GET", f"/audit/{path}", "aud", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def folded(log: list[Any], stream: UUID, known: Any) -> Any:
    """An independent fold: all of the log, one event after the other, those of the stream that were known."""
    events = [decode(row[1], row[2], row[3], row[4]) for row in log if row[1] == stream and known(row)]
    aggregate = replay(events)
    return len(events), None if aggregate is None else json.loads(json.dumps(shown_state(aggregate)))


async def test_a_stream_as_of_a_thousand_instants_is_the_fold_of_what_was_recorded_by_then(
    http: Http, log: list[Any]
) -> None:
    random, streams = _random(9), list({row[1] for row in log})
    first, span = log[0][5], log[-1][5] - log[0][5]
    for number in range(INSTANTS):
        stream, at = random.choice(streams), first + span * random.uniform(-0.01, 1.01)
        expected = folded(log, stream, lambda row, at=at: row[5] <= at)
        assert await _as_of(http, stream, at) == expected, (stream, at)
        if number % OVER_HTTP == 0:
            found = await asked(http, f"streams/{stream}", as_of=at.isoformat())
            assert (found["version"], found["state"]) == expected, (stream, at)
            assert len(found["events"]) == found["version"]


async def _as_of(http: Http, stream: UUID, at: datetime) -> tuple[int, Any]:
    """As the endpoint asks, without the way there and back."""
    async with http.app.state.edge.house.reads.connection() as connection:
        rows = await events_of_streams(connection, [stream], await position_known(connection, at))
    aggregate = state_after(rows)
    return len(rows), None if aggregate is None else json.loads(json.dumps(shown_state(aggregate)))


async def test_a_position_is_exact_and_the_instant_of_an_event_includes_it(http: Http, short: list[Any]) -> None:
    for position, stream, version, topic, _, recorded_at in _random(4).sample(short, 25):
        found = await asked(http, f"streams/{stream}", position=position)
        assert (found["version"], found["events"][-1]["topic"]) == (version, topic)
        assert found["kind"] == topic.partition(".")[0]
        found = await asked(http, f"streams/{stream}", as_of=recorded_at.isoformat())
        assert (found["position"], found["version"]) == (position, version)
        assert await asked(http, f"streams/{stream}", as_of=position) == found
        found = await asked(http, f"streams/{stream}", position=position - 1)
        assert found["version"] == version - 1


async def test_no_ciphertext_of_personal_data_is_ever_shown(http: Http, log: list[Any]) -> None:
    sealed = {text for row in log for text in _ciphertexts(json.loads(bytes(row[4])))}
    assert len(sealed) > 20
    for stream in {row[1] for row in log}:
        for path in (f"streams/{stream}", f"streams/{stream}/diff"):
            answer = await http("GET", f"/audit/{path}", "aud")
            assert answer.status_code == 200
            assert not any(text in answer.text for text in sealed), path


def _ciphertexts(state: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for name, value in state.items():
        if name == "sealed" or name.endswith("_sealed"):
            found += value.values() if isinstance(value, dict) else [value]
    return found


async def test_between_two_moments_the_fields_that_changed_are_named_with_their_events(
    http: Http, world: World, log: list[Any]
) -> None:
    random = _random(2)
    for stream in random.sample(list({row[1] for row in log}), 30):
        low, high = sorted(random.choices(range(log[-1][0] + 1), k=2))
        found = await asked(http, f"streams/{stream}/diff", **{"from": low, "to": high})
        (_, before), (_, after) = (folded(log, stream, lambda row, p=p: row[0] <= p) for p in (low, high))
        expected = {name for name in after or {} if (before or {}).get(name) != (after or {})[name]}
        assert {change["field"] for change in found["changes"]} == expected
        for change in found["changes"]:
            assert (change["before"], change["after"]) == ((before or {}).get(change["field"]), after[change["field"]])
            assert change["positions"]
            assert set(change["positions"]) <= {event["position"] for event in found["events"]}
        assert all(low < event["position"] <= high for event in found["events"])


async def test_the_events_of_a_stream_come_page_by_page(http: Http, short: list[Any]) -> None:
    stream = max({row[1] for row in short}, key=lambda stream: sum(row[1] == stream for row in short))
    whole, after, versions = await asked(http, f"streams/{stream}"), 0, []
    while True:
        page = await asked(http, f"streams/{stream}", after=after, limit=2)
        versions += [event["version"] for event in page["events"]]
        assert page["state"] == whole["state"]
        if page["next_after"] is None:
            break
        after = page["next_after"]
    assert versions == [event["version"] for event in whole["events"]] == list(range(1, whole["version"] + 1))


async def test_what_makes_no_sense_is_refused(http: Http, short: list[Any]) -> None:
    stream = short[0][1]
    for query in ("position=1&as_of=2027-01-01T00:00:00Z", "position=-1", "as_of=2027-01-01", "as_of=yesterday"):
        assert is_problem(await http("GET", f"/audit/streams/{stream}?{query}", "aud"), 422)
    for query in ("from=2&to=1", "from=-1", "from=99999999999999999999", "to=x"):
        assert is_problem(await http("GET", f"/audit/streams/{stream}/diff?{query}", "aud"), 422)
    assert is_problem(await http("GET", f"/audit/streams/{uuid4()}", "aud"), 404)
    for body in ({"projection": "react"}, {"projection": "bookings", "until": "2027-01-01"}, {}):
        assert is_problem(await http("POST", "/audit/replays", "aud", json=body), 422)
    assert is_problem(await http("GET", f"/audit/replays/{uuid4()}", "aud"), 404)


async def test_an_archived_stream_is_as_it_was(http: Http, world: World, short: list[Any]) -> None:
    stream = next(row[1] for row in short if row[3] == "booking.completed")
    positions = [row[0] for row in short if row[1] == stream]
    instants = [row[5] for row in short]
    before = [await asked(http, f"streams/{stream}", position=position) for position in positions]
    known = [await _position_known(http, at) for at in instants]
    with superuser(world.url) as connection:
        row = connection.execute("SELECT log.archive_streams('2026-01-01', ARRAY[%s]::uuid[])", (stream,)).fetchone()
    assert row == (len(positions),)
    assert [await asked(http, f"streams/{stream}", position=position) for position in positions] == before
    assert [await _position_known(http, at) for at in instants] == known == [row[0] for row in short]


async def _position_known(http: Http, at: datetime) -> int:
    async with http.app.state.edge.house.reads.connection() as connection:
        position: int = await position_known(connection, at)
        return position


async def test_the_trial_balance_as_known_then_is_the_sum_of_the_postings_known_then(
    http: Http, log: list[Any]
) -> None:
    """On the axis of the business clock: an event is known at its own timestamp."""
    random = _random(7)
    events = [decode(row[1], row[2], row[3], row[4]) for row in log]
    first, last = events[0].timestamp, max(event.timestamp for event in events)
    for _ in range(100):
        at = first + (last - first) * random.random()
        known: dict[tuple[str, str], list[int]] = {}
        for event in events:
            posting = posting_of(event)
            if posting is None or event.timestamp > at or getattr(event, "effective_at", event.timestamp) > at:
                continue
            for entry in posting.entries:
                sums = known.setdefault((entry.account, posting.currency), [0, 0])
                sums[0] += entry.debit_minor
                sums[1] += entry.credit_minor
        answer = await http(
            "GET", "/finance/trial-balance", "aud", params={"as_of": at.isoformat(), "known_at": at.isoformat()}
        )
        assert answer.status_code == 200, answer.text
        told = {
            (i["account"], i["debit"]["currency"]): [i["debit"]["amount"], i["credit"]["amount"]]
            for i in answer.json()["items"]
        }
        assert told == known


async def replayed(http: Http, world: World, **body: Any) -> dict[str, Any]:
    """Ordered over HTTP and done by a worker; the whole answer."""
    made = await http("POST", "/audit/replays", "aud", json=body)
    assert made.status_code == 202, made.text
    assert made.json()["status"] == "waiting"
    await asyncio.to_thread(perform, UUID(made.json()["id"]), world.board, world.hands)
    return await asked(http, f"replays/{made.json()['id']}")


async def test_a_replay_of_everything_over_http_finds_no_difference(http: Http, world: World, log: list[Any]) -> None:
    whole = await replayed(http, world, projection="all")
    assert (whole["status"], whole["differences"], whole["compared"]) == ("finished", 0, True)
    assert {c["position"] for c in whole["certificates"]} == {len(log)}
    assert all(len(t["sha256"]) == 64 for c in whole["certificates"] for t in c["tables"])
    listed = await asked(http, "replays")
    assert [one["id"] for one in listed["items"]] == [whole["id"]]
    assert is_problem(await http("GET", f"/audit/replays/{whole['id']}/rows", "aud"), 409)


async def test_a_changed_row_is_told_over_http(http: Http, world: World, short: list[Any]) -> None:
    changed = world.own.execute("UPDATE read.payment SET amount_minor = amount_minor + 1").rowcount
    whole = await replayed(http, world, projection="payments")
    assert whole["differences"] == changed > 0
    [payment] = [t for t in whole["certificates"][0]["tables"] if t["table"] == "payment"]
    first = payment["differences"][0]
    assert list(first["columns"]) == ["amount_minor"]
    assert first["columns"]["amount_minor"]["live"] == first["columns"]["amount_minor"]["log"] + 1


async def test_lists_as_of_a_moment_are_read_page_by_page_and_compared_with_another_moment(
    http: Http, world: World, short: list[Any]
) -> None:
    middle = short[len(short) // 2]
    then = await replayed(http, world, projection="bookings", until=middle[5].isoformat())
    now = await replayed(http, world, projection="bookings", until=len(short))
    assert (then["position"], now["position"]) == (middle[0], len(short))
    assert (then["compared"], then["differences"]) == (False, None)
    rows: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = await asked(http, f"replays/{now['id']}/rows", table="booking", limit=7, **cursor)
        rows += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    live = world.rows("SELECT to_jsonb(b) FROM read.booking AS b ORDER BY booking_id")
    assert rows == [row for (row,) in live]
    old = (await asked(http, f"replays/{then['id']}/rows", table="booking", limit=200))["items"]
    apart = await asked(http, f"replays/{then['id']}/diff", **{"with": now["id"]})
    [booking] = [one for one in apart["items"] if one["table"] == "booking"]
    by_id = {row["booking_id"]: row for row in old}
    assert booking["differing"] == sum(by_id.get(row["booking_id"]) != row for row in rows) > 0
    assert is_problem(await http("GET", f"/audit/replays/{now['id']}/rows?table=account", "aud"), 422)


async def test_a_vendors_balance_as_of_a_position_is_the_sum_of_the_postings_until_then(
    http: Http, world: World, short: list[Any]
) -> None:
    upto = next(row[0] for row in short if row[3] == "booking.completed")
    then = await replayed(http, world, projection="vendor_money", until=upto)
    (vendor,) = world.row("SELECT DISTINCT vendor_id FROM read.vendor_balance")
    wanted = {"table": "vendor_balance", "column": "vendor_id", "value": str(vendor)}
    [balance] = (await asked(http, f"replays/{then['id']}/rows", **wanted))["items"]
    (pending,) = world.row(
        "SELECT sum(credit_minor - debit_minor)::bigint FROM read.journal"
        " WHERE account = 'vendor.pending' AND vendor_id = %s AND position <= %s",
        vendor,
        upto,
    )
    assert balance["pending_minor"] == pending > 0
    assert balance["available_minor"] == 0
    assert (await asked(http, f"replays/{then['id']}/rows", **wanted | {"value": str(uuid4())}))["items"] == []
    half = await http("GET", f"/audit/replays/{then['id']}/rows?column=vendor_id", "aud")
    assert is_problem(half, 422)


async def test_a_list_as_of_a_moment_is_asked_for_like_any_list(http: Http, world: World, short: list[Any]) -> None:
    middle = short[len(short) // 2]
    then = {"table": "booking", "as_of": middle[5].isoformat()}
    ordered = await http("GET", "/audit/rows", "aud", params=then)
    assert (ordered.status_code, ordered.json()["position"]) == (202, middle[0]), ordered.text
    assert ordered.headers["location"] == f"/api/v1/audit/replays/{ordered.json()['id']}"
    await asyncio.to_thread(perform, UUID(ordered.json()["id"]), world.board, world.hands)
    rows: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = await asked(http, "rows", **then, limit=3, **cursor)
        rows += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    held = sorted(str(row[1]) for row in short if row[3] == "booking.held" and row[0] <= middle[0])
    assert [row["booking_id"] for row in rows] == held != []
    exactly = await asked(http, "rows", table="booking", as_of=middle[0], column="booking_id", value=held[0])
    assert exactly["items"] == rows[:1]
    assert exactly["replay_id"] == ordered.json()["id"], "one replay serves whoever asks for the same moment"
    assert is_problem(await http("GET", "/audit/rows?table=booking&as_of=3&column=status", "aud"), 422)
    assert is_problem(await http("GET", "/audit/rows?table=nobody&as_of=3", "aud"), 422)
    assert is_problem(await http("GET", "/audit/rows?table=booking", "aud"), 422)


async def test_the_seventh_moment_takes_the_place_of_the_oldest(http: Http, world: World, short: list[Any]) -> None:
    for moment in range(1, REPLAYS_MAX + 1):
        await replayed(http, world, projection="vendors", until=moment)
    seventh = await http("GET", "/audit/rows?table=vendor&as_of=20", "aud")
    assert seventh.status_code == 202, seventh.text
    await asyncio.to_thread(perform, UUID(seventh.json()["id"]), world.board, world.hands)
    for moment, kept in ((1, False), (2, True), (20, True)):
        [found] = [one for one in (await asked(http, "replays"))["items"] if one["position"] == moment]
        answer = await http("GET", f"/audit/replays/{found['id']}/rows", "aud")
        assert answer.status_code == (200 if kept else 409), (moment, answer.text)
    await http.join_staff("bea", "auditor")
    assert is_problem(await http("GET", "/audit/rows?table=vendor&as_of=21", "bea"), 409, "too_many_replays")


async def test_a_moment_that_a_list_does_not_know_is_refused_and_the_way_is_shown(http: Http, short: list[Any]) -> None:
    for path in ("/bookings?as_of=2027-01-01T00:00:00Z", "/finance/journal?limit=1&as_of=3", "/audit/events?as_of=3"):
        answer = await http("GET", path, "aud")
        assert is_problem(answer, 422, "validation_failed")
        [error] = answer.json()["errors"]
        assert error["field"] == "as_of"
        assert "/audit/rows" in error["message"]


async def test_a_replay_is_ordered_once_by_its_key(http: Http, world: World, short: list[Any]) -> None:
    async def order(body: dict[str, Any]) -> Any:
        return await http("POST", "/audit/replays", "aud", json=body, headers={"Idempotency-Key": "k1"})

    first, again = await order({"projection": "bookings"}), await order({"projection": "bookings"})
    assert first.status_code == again.status_code == 202
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert is_problem(await order({"projection": "payments"}), 422, "idempotency_mismatch")
    for _ in range(5):
        assert (await http("POST", "/audit/replays", "aud", json={"projection": "vendors"})).status_code == 202
    refused = await http("POST", "/audit/replays", "aud", json={"projection": "vendors"})
    assert is_problem(refused, 409, "too_many_replays")


async def test_only_auditors_and_admins_travel_in_time(http: Http, world: World, short: list[Any]) -> None:
    await http.join_staff("adm", "admin")
    for role in ("operator", "finance"):
        await http.join_staff(role, role)
    for path in (f"streams/{short[0][1]}", f"streams/{short[0][1]}/diff", "replays"):
        assert (await http("GET", f"/audit/{path}", "adm")).status_code == 200
        for person in ("operator", "finance"):
            assert is_problem(await http("GET", f"/audit/{path}", person), 403)


def test_the_running_system_cannot_make_a_schema_of_another_name(world: World) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.own.execute("CREATE SCHEMA mine")
