"""Replays read models for an auditor, a few seconds at a time, and tidies up behind replays."""

import time
from typing import Final

from infrastructure.audit.replay_run import Pace, Paused, ReplayTaken, advance, replay_connection
from infrastructure.audit.replay_tables import clean_up
from workers.actors.argument import uuid_of
from workers.board import Leased
from workers.hands import Hands, NotYet

# Then others have their turn, and a worker that is told to stop need not wait long.
TURN_S: Final = 5.0


def replay(task: Leased, hands: Hands) -> None:
    """Go on with a replay where it is, whoever began it."""
    settings = hands.container.settings
    assert settings.database_url is not None
    with replay_connection(settings.database_url) as database:
        clean_up(database)
        try:
            pace = Pace(settings.replay_events_per_s, time.monotonic() + TURN_S)
            advance(database, uuid_of(task, "replay_id"), pace)
        except Paused:
            raise NotYet(0, "it goes on") from None
        except ReplayTaken:
            raise NotYet(1, "another worker is at it") from None


def drop_replays(_task: Leased, hands: Hands) -> None:
    """The hour is over for which the tables of a replay are kept."""
    url = hands.container.settings.database_url
    assert url is not None
    with replay_connection(url) as database:
        clean_up(database)
