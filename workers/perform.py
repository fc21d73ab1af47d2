"""One task, from the bell to its end: leased, done, and closed, put off or parked. It never raises."""

from typing import Final
from uuid import UUID

import psycopg
import stripe
import structlog

from commands.append import OutcomeUnknown, StaleFence
from infrastructure.audit.targets import StoreAway, StoreRefused
from infrastructure.provider import MessageRefused, ProviderAway
from workers.actors import ACTORS
from workers.board import Board, Leased
from workers.hands import Hands, NotYet, TooOld

# Stripe or PostgreSQL is away, or asks for patience; a 5xx of Stripe is a plain APIError of its library.
OUTAGES: Final = (
    stripe.APIConnectionError,
    stripe.RateLimitError,
    stripe.APIError,
    psycopg.OperationalError,
    OutcomeUnknown,
    ProviderAway,
    StoreAway,
)

log = structlog.get_logger()


def perform(task_id: UUID, board: Board, hands: Hands) -> None:
    """Do the task if it is due and nobody else does it. What happens to it stands on the board afterwards."""
    try:
        task = board.lease(task_id)
        if task is not None:
            _do(task, board, hands)
    except Exception:
        # The board itself is away: the lease will run out, and someone will look what this attempt has done.
        log.exception("task_left_to_its_lease", task_id=str(task_id))


def _do(task: Leased, board: Board, hands: Hands) -> None:
    about = log.bind(task_id=str(task.task_id), kind=task.kind, attempt=task.attempt)
    try:
        ACTORS[task.kind](task, hands)
        board.finish(task)
    except NotYet as later:
        board.again(task, later.after_s, later.why)
    except StaleFence:
        about.info("task_taken_over")
    except Exception as error:  # noqa: BLE001 - whatever it is, it must end up on the board
        parked = board.failed(
            task,
            f"{type(error).__name__}: {error}",
            outage=isinstance(error, OUTAGES),
            hopeless=isinstance(error, TooOld | MessageRefused | StoreRefused),
        )
        about.warning("task_parked" if parked else "task_failed", error=str(error), exc_info=parked)
    finally:
        board.let_go(task)
