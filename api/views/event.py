"""Events, as auditors are shown them: as stored, without the ciphertext of personal data; and as files."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from pydantic import BaseModel

from infrastructure.audit.replay_streams import without_sealed
from infrastructure.exports import Column, Row
from queries.events import EventRow

SOURCE: Final = "/api/v1/audit/events"
EVENT_COLUMNS: Final = (
    Column("position", "whole"),
    Column("recorded_at", "instant"),
    Column("stream"),
    Column("version", "whole"),
    Column("topic"),
    Column("actor"),
    Column("role"),
    Column("command"),
    Column("correlation_id"),
    Column("causation_id"),
    Column("state"),
)


class EventView(BaseModel):
    position: int
    stream: UUID
    version: int
    topic: str
    state: dict[str, Any]
    metadata: dict[str, Any]
    recorded_at: datetime


def event_view(row: EventRow) -> EventView:
    return EventView(
        position=row.position,
        stream=row.stream,
        version=row.version,
        topic=row.topic,
        state=_said(row),
        metadata=row.metadata,
        recorded_at=row.recorded_at,
    )


def event_line(row: EventRow) -> Row:
    """For EVENT_COLUMNS; the facts of the event are JSON in one cell."""
    by = row.metadata["by"]
    return (
        row.position,
        row.recorded_at,
        row.stream,
        row.version,
        row.topic,
        by["account_id"],
        by["role"],
        row.metadata["command"],
        row.metadata["correlation_id"],
        row.metadata["causation_id"],
        msgspec.json.encode(_said(row)).decode(),
    )


def cloud_event(row: EventRow) -> bytes:
    """CloudEvents 1.0, structured mode, one line. `sequence` is the position, as in its extension of that name."""
    by = row.metadata["by"]
    extensions = {
        "actorid": by["account_id"],
        "actorrole": by["role"],
        "command": row.metadata["command"],
        "correlationid": row.metadata["correlation_id"],
        "causationid": row.metadata["causation_id"],
    }
    said = {
        "specversion": "1.0",
        "id": str(row.position),
        "source": SOURCE,
        "type": row.topic,
        "subject": str(row.stream),
        "time": row.recorded_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "sequence": str(row.position),
        "streamversion": row.version,
        **{name: value for name, value in extensions.items() if value is not None},
        "data": _said(row),
    }
    return msgspec.json.encode(said) + b"\n"


def _said(row: EventRow) -> dict[str, Any]:
    said: dict[str, Any] = without_sealed(msgspec.json.decode(row.state))
    return said
