"""What moves money on a person's word needs a second person, who agrees."""

from uuid import UUID

from domain.refusal import Refusal


class SecondPersonNeeded(Refusal):
    """Another person than the one who asked for it must decide this."""


def check_second_person(*, proposed_by: UUID | None, by: UUID) -> None:
    """Raises SecondPersonNeeded if the one who decides is the one who asked for it."""
    if by == proposed_by:
        raise SecondPersonNeeded
