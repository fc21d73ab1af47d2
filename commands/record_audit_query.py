"""Keep it that an auditor has asked."""

from dataclasses import dataclass
from uuid import UUID

from commands.work import Work
from domain.audit_query import AuditQuery


@dataclass(frozen=True, slots=True)
class RecordAuditQuery:
    """As domain/audit_query.py has it."""

    query_id: UUID
    operation: str
    parameters: dict[str, str]
    status: int
    results: int | None


async def record_audit_query(command: RecordAuditQuery, work: Work) -> AuditQuery:
    return work.add(
        AuditQuery.record_query(
            query_id=command.query_id,
            operation=command.operation,
            parameters=command.parameters,
            status=command.status,
            results=command.results,
            now=await work.now(),
        )
    )
