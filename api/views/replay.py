"""Replays as auditors see them: how far they are, and what they certify."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from infrastructure.audit.replay_streams import without_sealed
from queries.replays import PartRow, ReplayRow


class SumView(BaseModel):
    column: str
    currency: str | None = Field(description="Null where the table names none.")
    minor: int


class DifferenceView(BaseModel):
    """A row by its key; per column what the live row and what the replayed one says."""

    key: dict[str, Any]
    columns: dict[str, Any]


class TableCertificate(BaseModel):
    table: str
    rows: int
    sums: list[SumView]
    sha256: str = Field(description="Over the rows as JSON, one a line, in the order of their keys.")
    differing: int | None = Field(description="Rows that differ from the live ones; null if nothing was compared.")
    differences: list[DifferenceView] = Field(description="The first of them.")


class Certificate(BaseModel):
    """What one read model says at a position."""

    projection: str
    position: int
    seconds: float = Field(description="Of work, without the waiting that bounds its rate.")
    events_per_s: float
    tables: list[TableCertificate]


class ProgressView(BaseModel):
    projection: str
    position: int
    until: int


class ReplayView(BaseModel):
    id: UUID
    projections: list[str]
    until: str | None = Field(description="As it was asked for; null goes to where the live read model is.")
    position: int | None = Field(description="The last position that is replayed; null while it follows the live one.")
    compared: bool
    status: Literal["waiting", "running", "finished", "failed"]
    created_at: datetime
    finished_at: datetime | None
    kept_until: datetime | None = Field(description="Until when its rows can be read.")
    error: str | None


class WholeReplay(ReplayView):
    differences: int | None = Field(description="Rows that differ, in all; null while unknown or not compared.")
    progress: list[ProgressView]
    certificates: list[Certificate]


def replay_view(row: ReplayRow) -> ReplayView:
    return ReplayView(**_fields(row))


def whole_replay(row: ReplayRow, parts: list[PartRow]) -> WholeReplay:
    finished = row.state == "finished" and row.upto is None
    differing = sum(table["differing"] or 0 for part in parts for table in part.tables or ())
    return WholeReplay(
        **_fields(row),
        differences=differing if finished else None,
        progress=[ProgressView(projection=p.projection, position=p.position, until=p.upto) for p in parts],
        certificates=[_certificate(part) for part in parts if part.tables is not None],
    )


def _fields(row: ReplayRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "projections": row.projections,
        "until": row.asked_until,
        "position": row.upto,
        "compared": row.upto is None,
        "status": row.state,
        "created_at": row.created_at,
        "finished_at": row.finished_at,
        "kept_until": row.kept_until,
        "error": row.error,
    }


def _certificate(part: PartRow) -> Certificate:
    return Certificate(
        projection=part.projection,
        position=part.position,
        seconds=round(part.seconds, 3),
        events_per_s=round(part.position / part.seconds, 1) if part.seconds else 0.0,
        tables=[TableCertificate(**without_sealed(table)) for table in part.tables or ()],
    )
