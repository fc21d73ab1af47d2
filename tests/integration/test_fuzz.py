"""schemathesis over all of /openapi.json, as every role: no 5xx, and every answer is as it is described.

It tries the edges of what each schema allows and what it does not allow, NUL bytes and odd Unicode, and takes what one
operation has answered to the next (by links that it infers). `make fuzz` tries more: TRAVELLR_TEST_FUZZ is how many
cases for each operation, TRAVELLR_TEST_SEED names the lot, so that it can be tried again.
"""

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx
import pytest

from api.edge import Edge
from domain.actor import Role
from infrastructure.settings import Settings
from infrastructure.tokens import Claims
from tests.integration.conftest import Http
from tests.integration.journey import registered
from tests.integration.schemathesis_config import asked, configuration
from tests.integration.servers import eventually
from tests.integration.test_authorisation import ROLES, Stage, stage

pytestmark = pytest.mark.anyio
__all__ = ["stage"]  # The fixture is used by its name.

CASES: Final = int(os.environ.get("TRAVELLR_TEST_FUZZ", "2"))
SEED: Final = int(os.environ.get("TRAVELLR_TEST_SEED", "20261122"))
ROOT: Final = Path(__file__).parents[2]
_TRIED: Final = re.compile(r"(\d+) generated")


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The API as the process that it is, without limits on how often one may ask; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert settings.database_url is not None
    environment = {
        **os.environ,
        **{f"TRAVELLR_{name.upper()}": "0" for name in type(settings).model_fields if name.startswith("limit_")},
        "TRAVELLR_HOME": str(settings.home),
        "TRAVELLR_DATABASE_URL": settings.database_url,
        "TRAVELLR_PORT": str(port),
        "TRAVELLR_LOG_LEVEL": "error",
    }
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen([sys.executable, "-m", "api"], env=environment) as api:
        try:
            eventually(lambda: api.poll() is not None or _answers(url), 60)
            yield url
        finally:
            api.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/livez").is_success
    except httpx.TransportError:
        return False


async def token_of(http: Http, role: Role, account_id: UUID | None) -> str:
    assert account_id is not None
    edge: Edge = http.app.state.edge
    session = await edge.sessions.open(account_id, role)
    return edge.tokens.access(Claims(account_id, role, session.session_id))


def known_to(stage: Stage) -> dict[str, list[str]]:
    """Ids of things that there are: one's own, and somebody else's."""
    known: dict[str, list[str]] = {}
    for things in (stage.own, stage.others):
        for name, value in things.items():
            known.setdefault(name.rpartition("/")[2], []).append(str(value))
    return known


def run(folder: Path, url: str) -> str:
    """What schemathesis has to say, with the configuration in this folder. Fails if it has found something."""
    command = [str(Path(sys.executable).with_name("st")), "run", f"{url}/openapi.json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    ended = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)
    assert ended.returncode == 0, f"seed {SEED}\n{ended.stdout[-10_000:]}{ended.stderr[-2_000:]}"
    return ended.stdout


@pytest.mark.parametrize("role", [*ROLES, None], ids=[*ROLES, "stranger"])
async def test_nothing_that_anybody_sends_is_a_defect_of_ours(
    http: Http, stage: Stage, role: Role | None, tmp_path: Path
) -> None:
    tokens = ("", "")
    if role is not None:
        leaver = await asyncio.to_thread(registered, stage.world, role)
        asking = stage.people[role].account_id
        tokens = (await token_of(http, role, asking), await token_of(http, role, leaver.account_id))
    told = configuration(stage.api, role, tokens, known_to(stage), cases=CASES, seed=SEED)
    (tmp_path / "schemathesis.toml").write_text(told)
    with serving(http.settings) as url:
        said = await asyncio.to_thread(run, tmp_path, url)
    tried = _TRIED.search(said)
    assert tried, said
    assert int(tried[1]) >= len(asked(stage.api, role)) * CASES, said
