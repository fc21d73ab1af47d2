"""The register of erasures at work: what a restored back-up has brought back is destroyed again."""

from contextlib import suppress
from typing import Any

from psycopg import Connection

from commands.append import Meta
from commands.erase_account import EraseAccount
from domain.actor import SYSTEM
from domain.refusal import NotFound
from infrastructure.blocking import LoopThread
from infrastructure.container import Container
from infrastructure.forgetting import Erasure, forget, written_down


def replay_erasures(house: Container, loop: LoopThread, connection: Connection[Any]) -> list[Erasure]:
    """Destroy every key that the register says was destroyed and that is here again; those that were.

    The log of a back-up may know nothing of the erasure, nor that everything was settled: it is said again, unasked.
    """
    register = {erasure.account_id: erasure for erasure in written_down(house.settings.home)}
    rows = connection.execute(
        "SELECT account_id FROM people.identity WHERE account_id = ANY(%s) ORDER BY account_id", (list(register),)
    ).fetchall()
    back = [register[account_id] for (account_id,) in rows]
    for erasure in back:
        meta = Meta(SYSTEM, EraseAccount.__name__, "erasures-replay", causation_id=str(erasure.account_id))
        with suppress(NotFound):  # A key without an account is destroyed all the same.
            loop.run(house.dispatch(EraseAccount(erasure.account_id), meta=meta))
        forget(connection, erasure.account_id)
    return back
