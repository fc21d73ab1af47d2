"""What people do with their accounts in tests: read their mail, follow its links, show one-time codes."""

import asyncio
import re
import time
from typing import Any

from infrastructure.totp import STEP_S, code_at
from tests.integration.conftest import Http
from tests.integration.world import world_on

_TOKEN = re.compile(r"#(\S+)")


def do_tasks(http: Http) -> None:
    """Followers, reactions and tasks of this application's database, until nothing is due."""
    assert http.settings.database_url is not None
    with world_on(http.settings.database_url, http.settings.home) as world:
        world.settle()


async def mail_to(http: Http, email: str) -> list[dict[str, Any]]:
    """What lies in the mailbox once everything due was done, newest first."""
    await asyncio.to_thread(do_tasks, http)
    answer = await http("GET", "/sandbox/mailbox", params={"to": email})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def token_in(mail: dict[str, Any]) -> str:
    """The token of the link in a letter."""
    found = _TOKEN.search(mail["text"])
    assert found, mail["kind"]
    return found[1]


def code_now(secret: str, ahead: int = 0) -> str:
    """The code that an authenticator app shows, or will show `ahead` steps from now."""
    return code_at(secret, int(time.time()) // STEP_S + ahead)
