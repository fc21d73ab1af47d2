"""Keep it that a command was refused."""

from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from commands.work import Work
from domain.refused_command import RefusedCommand


@dataclass(frozen=True, slots=True)
class RecordRefusal:
    """As domain/refused_command.py has it. Whoever was refused is who asks, so the metadata is theirs."""

    refusal_id: UUID
    command: str
    code: str
    things: dict[str, UUID]
    times: int = 1
    dropped: int = 0


async def record_refusal(command: RecordRefusal, work: Work) -> RefusedCommand:
    """Once: what was sent and not answered may be sent again."""
    known = await work.find(RefusedCommand, command.refusal_id)
    if known is not None:
        return known
    return work.add(
        RefusedCommand.note(
            refusal_id=command.refusal_id,
            command=command.command,
            code=command.code,
            things=command.things,
            times=command.times,
            dropped=command.dropped,
            now=await work.now(),
        )
    )


def things_of(command: Any) -> dict[str, UUID]:
    """The ids that a command names. Whatever else it says may be personal, and stays where it was said."""
    named = {field.name: getattr(command, field.name) for field in fields(command)}
    return {name: value for name, value in named.items() if isinstance(value, UUID)}
