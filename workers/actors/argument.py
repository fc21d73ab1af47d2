"""What a task is about, from its arguments."""

from uuid import UUID

from workers.board import Leased


def uuid_of(task: Leased, name: str) -> UUID:
    return UUID(str(task.arguments[name]))
