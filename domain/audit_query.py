"""AuditQuery: what an auditor looked at. Each is a stream of its own, so that who watches is watched as well."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.root import FirstEvent, Root


class AuditQuery(Root):
    """Who asked and in which request stands in the metadata of the event."""

    TOPIC = "audit"

    def __init__(self) -> None:
        self.operation = ""

    @classmethod
    def record_query(
        cls,
        *,
        query_id: UUID,
        operation: str,
        parameters: dict[str, str],
        status: int,
        results: int | None,
        now: datetime,
    ) -> AuditQuery:
        return cls.begin(
            cls.Queried,
            stream_id=query_id,
            now=now,
            operation=operation,
            parameters=parameters,
            status=status,
            results=results,
        )

    class Queried(FirstEvent):
        """An auditor asked.

        `parameters` are those that cannot be personal data; of others only that they were given. `results` is how many
        things the answer had, nothing where it is a download that had just begun, or no list.
        """

        TOPIC = "audit.queried"
        operation: str
        parameters: dict[str, str]
        status: int
        results: int | None

        def apply(self, aggregate: AuditQuery) -> None:
            aggregate.operation = self.operation
