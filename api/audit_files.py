"""The log as a file: JSON Lines of CloudEvents, or CSV, sent while it is read."""

from collections.abc import AsyncIterator
from typing import Any, Final, Literal

from starlette.responses import Response, StreamingResponse

from api.reading import Pool
from api.views.event import EVENT_COLUMNS, cloud_event, event_line
from infrastructure.exports import Row, csv_of
from queries.events import EventFilter, Span, all_events

JSON_LINES: Final = "application/x-ndjson"
_KINDS: Final[dict[str, "Form"]] = {
    "text/csv": "csv",
    JSON_LINES: "jsonl",
    "application/jsonl": "jsonl",
    "application/json": "json",
    "*/*": "json",
}
_CHUNK: Final = 1 << 16

Form = Literal["json", "jsonl", "csv"]
EVENT_FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {"text/csv": {"schema": {"type": "string"}}, JSON_LINES: {"schema": {"type": "string"}}},
        "description": "JSON, or a file if that is asked for: every event that was searched for, as CSV or CloudEvents",
    }
}


def form_of(accept: str) -> Form:
    """JSON unless a file is asked for, and nothing before it."""
    asked = (kind.split(";")[0].strip().lower() for kind in accept.split(","))
    return next((_KINDS[kind] for kind in asked if kind in _KINDS), "json")


def event_file(pool: Pool, form: Form, which: EventFilter, where: Span) -> Response:
    """However many events there are, only some of them are ever in memory."""
    pieces = csv_of(EVENT_COLUMNS, _lines(pool, which, where)) if form == "csv" else _json_lines(pool, which, where)
    headers = {
        "Travellr-Position": str(where.upto),
        "Content-Disposition": f'attachment; filename="events-{where.after}-{where.upto}.{form}"',
        "Vary": "Accept",
    }
    return StreamingResponse(pieces, 200, headers, "text/csv; charset=utf-8" if form == "csv" else JSON_LINES)


async def _lines(pool: Pool, which: EventFilter, where: Span) -> AsyncIterator[Row]:
    async for row in all_events(pool, which, where):
        yield event_line(row)


async def _json_lines(pool: Pool, which: EventFilter, where: Span) -> AsyncIterator[bytes]:
    piece = bytearray()
    async for row in all_events(pool, which, where):
        piece += cloud_event(row)
        if len(piece) >= _CHUNK:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)
