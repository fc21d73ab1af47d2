"""RefusedCommand: somebody was told no, by a rule. Each is a stream of its own, sealed like everything in the log."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.root import FirstEvent, Root


class RefusedCommand(Root):
    """Who asked, by which command and in which request stands in the metadata of the event."""

    TOPIC = "command"

    def __init__(self) -> None:
        self.command = ""
        self.code = ""

    @classmethod
    def note(
        cls,
        *,
        refusal_id: UUID,
        command: str,
        code: str,
        things: dict[str, UUID],
        times: int,
        dropped: int,
        now: datetime,
    ) -> RefusedCommand:
        assert times > 0
        assert dropped >= 0
        return cls.begin(
            cls.Refused,
            stream_id=refusal_id,
            now=now,
            command=command,
            code=code,
            things=things,
            times=times,
            dropped=dropped,
        )

    class Refused(FirstEvent):
        """A command was refused.

        `things` are the ids that it named, by the names of its fields, and nothing else that it said. `times` above 1:
        it stands for as many refusals of the same command, person and reason, which came too fast to be told one by
        one. `dropped`: so many before it were not recorded at all, because too many waited in that process.
        """

        TOPIC = "command.refused"
        command: str
        code: str
        things: dict[str, UUID]
        times: int
        dropped: int

        def apply(self, aggregate: RefusedCommand) -> None:
            aggregate.command = self.command
            aggregate.code = self.code
