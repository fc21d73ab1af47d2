"""Take a task of the board in hand: have it done again at once, or put it aside."""

from dataclasses import dataclass
from uuid import UUID

from commands.work import Work
from domain.intervention import Intervention, What
from domain.refusal import NotAllowed, WrongState


@dataclass(frozen=True, slots=True)
class Intervene:
    """`is_done`: what the board says of the task, which the log does not know."""

    intervention_id: UUID
    task_id: UUID
    what: What
    is_done: bool = False


async def intervene(command: Intervene, work: Work) -> Intervention:
    if work.by.role not in {"operator", "admin", "system"}:
        raise NotAllowed
    if command.is_done:
        raise WrongState("That task is done.")
    return work.add(
        Intervention.order(
            intervention_id=command.intervention_id,
            task_id=command.task_id,
            what=command.what,
            now=await work.now(),
        )
    )
