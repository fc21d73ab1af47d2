"""The task board: what was put aside because it cannot go on without a person."""

from collections.abc import Iterator
from typing import Final

import psycopg

from infrastructure.doctor.finding import Finding
from infrastructure.settings import Settings

_OPEN: Final = "SELECT kind, state, count(*) FROM board.task WHERE state <> 'done' GROUP BY kind, state"


def examine(settings: Settings) -> Iterator[Finding]:
    """Nothing to say while there is no database, or none with a board yet."""
    if settings.database_url is None:
        return
    try:
        with psycopg.connect(settings.database_url, connect_timeout=5, autocommit=True) as connection:
            rows = connection.execute(
                "SELECT kind, state, count(*) FROM board.task WHERE state <> 'done' GROUP BY 1, 2"
            )
            open_tasks = {(kind, state): count for kind, state, count in rows}
    except psycopg.Error:
        return  # What is wrong with the database is said where it is looked at.
    parked = {kind: count for (kind, state), count in open_tasks.items() if state == "parked"}
    found = f"{sum(open_tasks.values()) - sum(parked.values())} tasks to be done, {sum(parked.values())} parked"
    named = ", ".join(f"{count} {kind}" for kind, count in sorted(parked.items()))
    problem = f"parked until somebody decides: {named}; see `travellr money stuck` and `travellr tasks`"
    yield Finding("tasks", found, problem if parked else None)
