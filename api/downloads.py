"""Answers that are files: what `Accept` asks for, written while it is sent, with the connection it is read from."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, Final, Literal

from psycopg import AsyncConnection
from starlette.responses import Response, StreamingResponse

from api.reading import Pool, Reading
from infrastructure.exports import Column, Row, csv_of, xlsx_of

Format = Literal["json", "csv", "xlsx"]
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPES: Final = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}

Ask = Callable[[AsyncConnection[Any]], AsyncIterator[Row]]

FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        },
        "description": "JSON, or a file if that is asked for",
    }
}


def format_of(accept: str) -> Format:
    """JSON unless a file is asked for, and nothing before it."""
    for asked in accept.split(","):
        kind = asked.split(";")[0].strip().lower()
        if kind in {"text/csv", XLSX}:
            return "csv" if kind == "text/csv" else "xlsx"
        if kind in {"application/json", "*/*"}:
            break
    return "json"


def download(read: Reading, name: str, form: Format, columns: Sequence[Column], ask: Ask) -> Response:
    """All rows of a question, streamed: a million of them take no more memory than a thousand."""
    assert form != "json"
    rows = _rows(read.pool, ask)
    pieces = csv_of(columns, rows) if form == "csv" else xlsx_of(name.title(), columns, rows)
    headers = {
        "Travellr-Position": str(read.position),
        "Content-Disposition": f'attachment; filename="{name}.{form}"',
        "Vary": "Accept",
    }
    return StreamingResponse(pieces, 200, headers, _TYPES[form])


def of_rows(rows: Iterable[Row]) -> Ask:
    """Rows that are known already, and few: nothing is left to ask."""

    async def known(_connection: AsyncConnection[Any]) -> AsyncIterator[Row]:
        for row in rows:
            yield row

    return known


async def _rows(pool: Pool, ask: Ask) -> AsyncIterator[Row]:
    async with pool.connection() as connection:
        async for row in ask(connection):
            yield row
