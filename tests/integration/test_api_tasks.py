"""The task board over HTTP: seen by operators, and taken in hand once a key."""

from uuid import UUID, uuid4

import pytest

from infrastructure.database import connect
from tests.integration.conftest import Http, is_problem
from workers.follower import Followed, step
from workers.react import REACT

pytestmark = pytest.mark.anyio


@pytest.fixture
async def http(http: Http) -> Http:
    for person, role in (("op", "operator"), ("fin", "finance"), ("audrey", "auditor"), ("ada", "traveller")):
        await http.join_staff(person, role)
    return http


def react(http: Http) -> None:
    """The board follows the log."""
    assert http.settings.database_url is not None
    with connect(http.settings.database_url, name="test") as connection:
        while step(connection, Followed(REACT, schema="board")):
            pass


def new_task(http: Http, state: str = "due") -> UUID:
    task_id = uuid4()
    http.sql(
        "INSERT INTO board.task (task_id, kind, arguments, state, attempts, last_error)"
        " VALUES (%s, 'charge', %s, %s, 25, 'boom')",
        task_id,
        f'{{"payment_id": "{uuid4()}"}}',
        state,
    )
    return task_id


async def test_a_parked_task_is_shown_and_retried(http: Http) -> None:
    task_id = new_task(http, "parked")
    [shown] = (await http("GET", "/admin/tasks?state=parked", "op")).json()["items"]
    assert (shown["id"], shown["attempts"], shown["last_error"]) == (str(task_id), 25, "boom")
    assert shown["next"] == "Nothing, until somebody has it tried again."
    path = f"/admin/tasks/{task_id}/retry"
    assert shown["action"] == {"label": "Try it now", "method": "POST", "path": path}
    assert 'travellr_stuck_money{kind="parked_task"} 1.0' in (await http("GET", "http://travellr.test/metrics")).text

    retried = await http("POST", path, "op", headers={"Idempotency-Key": "retry-1"})
    assert (retried.status_code, retried.json()["state"]) == (200, "due")
    again = await http("POST", path, "op", headers={"Idempotency-Key": "retry-1"})
    assert (again.json(), again.headers["idempotent-replayed"]) == (retried.json(), "true")
    react(http)
    # One attempt stays on its account, so that what was sent is looked up first.
    assert http.sql("SELECT state, attempts, due_at < now() FROM board.task") == [("due", 1, True)]
    assert http.sql("SELECT count(*) FROM log.events WHERE topic = 'intervention.ordered'") == [(1,)]


async def test_a_task_can_be_put_aside(http: Http) -> None:
    task_id = new_task(http)
    parked = await http("POST", f"/admin/tasks/{task_id}/park", "op")
    assert (parked.status_code, parked.json()["state"]) == (200, "parked")
    react(http)
    assert http.sql("SELECT state, last_error FROM board.task") == [("parked", "parked by hand")]


async def test_what_is_done_or_unknown_cannot_be_taken_in_hand(http: Http) -> None:
    done = new_task(http, "done")
    assert is_problem(await http("POST", f"/admin/tasks/{done}/retry", "op"), 409, "wrong_state")
    assert is_problem(await http("POST", f"/admin/tasks/{uuid4()}/retry", "op"), 404, "not_found")


async def test_it_is_for_operators_and_finance_may_look_at_the_money(http: Http) -> None:
    task_id = new_task(http)
    for person in ("fin", "audrey", "ada"):
        assert is_problem(await http("POST", f"/admin/tasks/{task_id}/retry", person), 403, "not_allowed")
        assert is_problem(await http("GET", "/admin/tasks", person), 403, "not_allowed")
    assert (await http("GET", "/admin/stuck-money", "fin")).json() == {"items": [], "next_cursor": None}
    assert is_problem(await http("GET", "/admin/stuck-money", "ada"), 403, "not_allowed")
