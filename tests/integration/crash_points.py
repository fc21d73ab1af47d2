"""A worker that dies at one point of its work: before or after any request to Stripe, or any append to the log.

The points are counted by what really passes the two doors to the outside, so that a new effect cannot be forgotten.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import pytest

from infrastructure import stripe_client
from infrastructure.event_log import EventLog
from tests.integration.world import World

When = Literal["before", "after"]
NEVER: Final = 10**9


class Died(BaseException):
    """The process is gone: nothing that stands after this is run, not even what handles errors."""


@dataclass
class Points:
    """Every door that was passed while `armed`, in order; at number `die_at` the process dies."""

    die_at: int = NEVER
    armed: bool = False
    passed: list[str] = field(default_factory=list)

    def passing(self, name: str) -> None:
        if self.armed:
            self.passed.append(name)
            if len(self.passed) == self.die_at:
                raise Died


@contextmanager
def points(monkeypatch: pytest.MonkeyPatch) -> Iterator[Points]:
    """Watches the two doors: what is sent to Stripe, and what is committed to the log."""
    watched = Points()
    request, commit = stripe_client.PacedClient.request, EventLog.commit

    def watched_request(self: Any, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        name = f"{method.upper()} {urlsplit(url).path}"
        watched.passing(f"before {name}")
        answer = request(self, method, url, headers, post_data)
        watched.passing(f"after {name}")
        return answer

    async def watched_commit(self: EventLog, append: Any) -> Any:
        name = f"append of {append.meta.command}"
        watched.passing(f"before {name}")
        committed = await commit(self, append)
        watched.passing(f"after {name}")
        return committed

    with monkeypatch.context() as patch:
        patch.setattr(stripe_client.PacedClient, "request", watched_request)
        patch.setattr(EventLog, "commit", watched_commit)
        yield watched


def work_until_it_dies(world: World, watched: Points) -> bool:
    """Followers and tasks in turns; True if the process died on the way, and another has taken its place since."""
    watched.armed = True
    try:
        world.settle()
    except Died:
        return True
    finally:
        watched.armed = False
        # Whoever comes after finds the leases of the dead run out.
        world.own.execute(
            "UPDATE board.task SET lease_until = clock_timestamp() - interval '1 ms' WHERE state = 'running'"
        )
    return False
