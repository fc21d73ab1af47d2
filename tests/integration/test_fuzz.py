"""Odd requests to every operation as every role, in any order: never a 5xx, and every answer is as it is described.

`make fuzz` tries more. TRAVELLR_TEST_FUZZ is how often each role asks for each operation; TRAVELLR_TEST_SEED names the
lot, so that it can be tried again.
"""

import os
import random
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest

from api.edge import Edge
from domain.actor import Role
from infrastructure.tokens import Claims
from tests.integration.conftest import Http
from tests.integration.odd_bodies import ODD, odd_body, odd_query
from tests.integration.sample_bodies import Json
from tests.integration.test_authorisation import ROLES, Stage, stage

pytestmark = pytest.mark.anyio
__all__ = ["stage"]  # The fixture is used by its name.

TIMES = int(os.environ.get("TRAVELLR_TEST_FUZZ", "2"))
SEED = int(os.environ.get("TRAVELLR_TEST_SEED", "20261122"))
# Said by what lies in front of any operation, so each of them may answer it.
ANYWHERE = frozenset({401, 403, 404, 405, 429})
# The clock waits for a schedule that does not run here; metrics are Prometheus' own text.
LEFT_OUT = frozenset({"move_clock", "metrics"})


async def token_of(http: Http, role: Role, stage: Stage) -> str:
    account_id = stage.people[role].account_id
    assert account_id is not None
    edge: Edge = http.app.state.edge
    session = await edge.sessions.open(account_id, role)
    return edge.tokens.access(Claims(account_id, role, session.session_id))


async def test_nothing_that_anybody_sends_is_a_defect_of_ours(http: Http, stage: Stage) -> None:
    chance = random.Random(SEED)  # noqa: S311 -- it must be the same again, not unpredictable
    known = {name.rpartition("/")[2]: str(value) for name, value in stage.own.items()}
    asks: list[tuple[str, str, Json, Role]] = [
        (path, method, operation, role)
        for path, methods in stage.api["paths"].items()
        for method, operation in methods.items()
        for role in ROLES
        for _ in range(TIMES)
        if operation["operationId"] not in LEFT_OUT
    ]
    chance.shuffle(asks)
    defects, answered = [], 0
    for path, method, operation, role in asks:
        filled = path
        for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
            value = known.get(name, "x") if chance.random() < 0.7 else str(chance.choice(ODD))[:200]
            filled = filled.replace(f"{{{name}}}", quote(value, safe="") or "-")
        request: dict[str, Any] = {"params": odd_query(chance, operation, stage.api)}
        if method not in {"get", "delete"}:
            request["json"] = odd_body(chance, operation, stage.api)
        headers = {"Authorization": f"Bearer {await token_of(http, role, stage)}"} if chance.random() < 0.9 else {}
        if chance.random() < 0.2:
            headers |= {"If-Match": chance.choice(['"1"', "*", "x", '"' + "9" * 30 + '"'])}
        answer = await http.client.request(method, f"http://travellr.test{filled}", headers=headers, **request)
        answered += 1
        wrong = _wrong_with(answer, operation, stage.api)
        if wrong:
            defects.append(f"{role}: {method} {filled} {request} -> {answer.status_code}: {wrong}"[:1_500])
    assert not defects, f"seed {SEED}\n" + "\n".join(defects[:20])
    assert answered == len(asks) > 500


def _wrong_with(answer: Any, operation: Json, api: Json) -> str | None:
    """What is wrong with an answer, if anything is."""
    status = answer.status_code
    if status >= 500 and status != 503:
        return str(answer.text)
    described = operation["responses"].get(str(status))
    if described is None:
        return None if status in ANYWHERE else "a status that is not described"
    content = described.get("content", {}).get(answer.headers.get("content-type", "").partition(";")[0])
    if content is None:
        return "a body that is not described" if answer.content and described.get("content") else None
    if "json" not in answer.headers["content-type"] or not content.get("schema"):
        return None
    try:
        jsonschema.validate(answer.json(), {**content["schema"], "components": api["components"]})
    except jsonschema.ValidationError as error:
        return f"not as described: {error.message[:300]} at {error.json_path}"
    return None
