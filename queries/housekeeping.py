"""Rounds of housekeeping, newest first, with their reports, or how far they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from queries.rows import Connection, many
from queries.scope import Page, behind


@dataclass(frozen=True, slots=True)
class RoundRow:
    """`jobs`: objects of `job`, `found` and `done`; of a round that goes on, those that it has come to."""

    id: UUID
    scheduled: bool
    created_at: datetime
    finished_at: datetime | None
    jobs: list[dict[str, Any]]


async def rounds(connection: Connection, page: Page) -> list[RoundRow]:
    return await many(
        connection,
        RoundRow,
        "SELECT r.run_id AS id, r.scheduled, r.created_at, r.finished_at,"
        "       coalesce(r.jobs, (SELECT jsonb_agg(jsonb_build_object('job', p.job, 'found', p.found, 'done', p.done)"
        "                                          ORDER BY p.at)"
        "                           FROM ops.housekeeping AS p WHERE p.run_id = r.run_id), '[]') AS jobs"
        f"  FROM read.housekeeping AS r WHERE true{behind('r.run_id')}",
        page.parameters(),
    )
