"""What operators, finance, auditors and machines look at."""

import asyncio
from datetime import datetime, timedelta

import psycopg
import pytest

from api.app import create_app
from api.reading import wait_until
from infrastructure.embedded.postgres import PostgresServer
from infrastructure.settings import load_settings
from projections.catalogue import FOLLOWERS
from tests.integration.conftest import Http, is_problem

pytestmark = pytest.mark.anyio

ROOT = "http://travellr.test"


async def test_readiness_names_what_is_red(http: Http) -> None:
    assert (await http("GET", f"{ROOT}/livez")).json() == {"status": "alive"}
    red = await http("GET", f"{ROOT}/readyz")
    assert (red.status_code, red.json()["red"]) == (503, ["followers", "followers_process", "worker_process"])
    assert {f["name"] for f in red.json()["checks"]["followers"]["followers"]} == set(FOLLOWERS)
    assert 'travellr_follower_stopped{follower="react"} 1.0' in (await http("GET", f"{ROOT}/metrics")).text

    http.sql("INSERT INTO ops.heartbeat (process) VALUES ('worker-1'), ('followers-1')")
    http.sql("INSERT INTO ops.follower (name, position) VALUES ('react', 1), ('webhooks_out', 1), ('seal', 1)")
    await http.join("ada", "traveller")
    await http.follow()
    ready = await http("GET", f"{ROOT}/readyz")
    assert (ready.status_code, ready.json()["red"]) == (200, [])

    http.sql("UPDATE ops.follower SET error = 'KeyError: x', error_position = 7 WHERE name = 'bookings'")
    stopped = (await http("GET", f"{ROOT}/readyz")).json()
    assert stopped["red"] == ["followers"]
    [row] = [f for f in stopped["checks"]["followers"]["followers"] if not f["ok"]]
    assert (row["name"], row["error"]) == ("bookings", {"position": 7, "reason": "KeyError: x"})


async def test_a_follower_that_lags_is_red_in_seconds(http: Http) -> None:
    await http.join("ada", "traveller")
    http.sql("INSERT INTO ops.heartbeat (process) VALUES ('worker-1'), ('followers-1')")
    http.sql("INSERT INTO ops.follower (name, position) VALUES ('react', 1), ('webhooks_out', 1), ('seal', 1)")
    await http.follow()
    http.sql("UPDATE ops.follower SET position = 0 WHERE name = 'accounts'")
    http.sql("UPDATE log.events SET recorded_at = recorded_at - interval '1 minute'")
    assert (await http("GET", f"{ROOT}/readyz")).json()["red"] == ["followers"]
    await http.join_staff("op", "operator")
    rows = (await http("GET", "/admin/projections", "op")).json()["items"]
    [accounts] = [row for row in rows if row["name"] == "accounts"]
    assert (accounts["lag_events"], accounts["lag_seconds"] > 60) == (1, True)
    metrics = (await http("GET", f"{ROOT}/metrics")).text
    assert 'travellr_follower_lag_events{follower="accounts"} 1.0' in metrics
    assert 'travellr_http_requests_total{method="POST",route="/api/v1/auth/register",status="201"} 1.0' in metrics


async def test_the_description_is_complete_and_shown_without_anything_from_afar(http: Http) -> None:
    api = (await http("GET", f"{ROOT}/openapi.json")).json()
    operations = [op for path in api["paths"].values() for op in path.values()]
    assert all(op["operationId"] and op["summary"] for op in operations)
    assert len({op["operationId"] for op in operations}) == len(operations)
    booking = api["paths"]["/api/v1/bookings"]["post"]
    assert set(booking["responses"]) >= {"201", "400", "401", "403", "404", "409", "413", "422", "500"}
    assert list(booking["responses"]["422"]["content"]) == ["application/problem+json"]
    assert booking["security"]
    page = await http("GET", f"{ROOT}/docs")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "//" not in page.text.replace("<!doctype html>", "")


async def test_the_clock_is_aimed_and_waited_for(http: Http) -> None:
    before = datetime.fromisoformat((await http("GET", "/sandbox/clock")).json()["now"])

    async def schedule() -> None:
        """What the schedule does, once there is a target."""

        async def moved() -> bool:
            return bool(http.sql("UPDATE ops.clock SET ahead = '169 hours' WHERE target IS NOT NULL RETURNING 1"))

        assert await wait_until(moved, 10)

    moved, _ = await asyncio.gather(http("POST", "/sandbox/clock", json={"advance": "P7D"}), schedule())
    assert datetime.fromisoformat(moved.json()["now"]) - before >= timedelta(days=7)
    back = (before + timedelta(days=1)).isoformat()
    assert is_problem(await http("POST", "/sandbox/clock", json={"at": back}), 422, "clock_moves_forward")


async def test_auditors_read_the_log_but_no_ciphertext(http: Http) -> None:
    account_id = await http.join("vera", "vendor")
    await http.join_staff("aud", "auditor")
    page = (await http("GET", "/audit/events?limit=1", "aud")).json()
    assert (page["items"][0]["position"], page["next_after"]) == (1, 1)
    rest = (await http("GET", "/audit/events", "aud", params={"after": 1})).json()
    assert (rest["items"][0]["position"], rest["next_after"]) == (2, None)
    [registered] = (await http("GET", f"/audit/events?topic=account.registered&actor={account_id}", "aud")).json()[
        "items"
    ]
    assert registered["stream"] == account_id
    assert registered["state"]["sealed"] == registered["state"]["password_sealed"] == "(sealed)"


async def test_operators_see_the_task_board(http: Http) -> None:
    await http.join_staff("op", "operator")
    http.sql(
        "INSERT INTO board.task (task_id, kind, arguments)"
        " SELECT gen_random_uuid(), 'charge', '{}' FROM generate_series(1, 3)"
    )
    http.sql(
        "UPDATE board.task SET state = 'parked', last_error = 'no'"
        " WHERE task_id = (SELECT task_id FROM board.task LIMIT 1)"
    )
    assert len((await http("GET", "/admin/tasks", "op")).json()["items"]) == 3
    [parked] = (await http("GET", "/admin/tasks?state=parked", "op")).json()["items"]
    assert (parked["kind"], parked["last_error"]) == ("charge", "no")


async def test_with_a_key_of_stripe_itself_there_is_no_clock_to_move(database_url: str) -> None:
    secrets = {"secret_key": "k3y" * 12 + "abcdefgh", "pepper": "p3p" * 12 + "abcdefgh"}
    master = "MDEyMzQ1Njc4OWFiY2RlZkdISUpLTE1OT1BRUlNUVVY="
    live = load_settings(
        {},
        database_url=database_url,
        stripe_api_key="sk_test_abc",
        stripe_webhook_secret="whsec_x",
        master_key=master,
        **secrets,
    )
    assert not any("sandbox" in path for path in create_app(live).openapi()["paths"])


async def test_without_its_database_it_says_so_and_comes_back(http: Http, cluster: PostgresServer) -> None:
    await http.join("ada", "traveller")
    name = http.sql("SELECT current_database()")[0][0]

    def admit(*, anybody: bool) -> None:
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {anybody}'.encode())
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))

    admit(anybody=False)
    refused = await http("GET", "/users/me", "ada")
    assert is_problem(refused, 503, "unavailable")
    assert refused.headers["retry-after"] == "1"
    assert (await http("GET", f"{ROOT}/livez")).status_code == 200
    assert (await http("GET", f"{ROOT}/readyz")).json()["red"] == ["database"]

    admit(anybody=True)

    async def answers() -> bool:
        return (await http("GET", "/users/me", "ada")).status_code == 200

    assert await wait_until(answers, 20)
