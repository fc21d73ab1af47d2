"""`travellr erasures replay`, in lines."""

from collections.abc import Iterator
from contextlib import closing

from infrastructure.blocking import LoopThread
from infrastructure.container import container
from infrastructure.database import connect
from infrastructure.erasures import replay_erasures
from infrastructure.settings import Settings


def replay(settings: Settings) -> Iterator[str]:
    """What was destroyed again."""
    assert settings.database_url is not None
    with closing(LoopThread()) as loop, connect(settings.database_url, name="erasures") as connection:
        built = container(settings, name="erasures", connections=1)
        house = loop.run(built.__aenter__())
        try:
            back = replay_erasures(house, loop, connection)
        finally:
            loop.run(built.__aexit__(None, None, None))
    for erasure in back:
        yield f"Erased again: {erasure.account_id}, first erased {erasure.erased_at.isoformat()}"
    yield f"{len(back)} of the register's people had come back."
