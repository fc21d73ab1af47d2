"""Answers that are files: what `Accept` asks for, written while it is sent."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from typing import Any, Final, Literal

from psycopg import AsyncConnection
from starlette.responses import Response

from api.ahead import Download, ahead
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
    """All rows of a question, streamed: a million of them take no more memory than a thousand.

    They are read as fast as the database gives them, however slowly they are taken: xlsx is whole before it is sent.
    """
    assert form != "json"
    pieces = _pieces(read.pool, name, form, columns, ask)
    headers = {
        "Travellr-Position": str(read.position),
        "Content-Disposition": f'attachment; filename="{name}.{form}"',
        "Vary": "Accept",
    }
    return Download(ahead(pieces) if form == "csv" else pieces, headers, _TYPES[form])


def of_rows(rows: Iterable[Row]) -> Ask:
    """Rows that are known already, and few: nothing is left to ask."""

    async def known(_connection: AsyncConnection[Any]) -> AsyncIterator[Row]:
        for row in rows:
            yield row

    return known


async def _pieces(pool: Pool, name: str, form: Format, columns: Sequence[Column], ask: Ask) -> AsyncGenerator[bytes]:
    async with contextlib.aclosing(_rows(pool, ask)) as rows:
        async for piece in csv_of(columns, rows) if form == "csv" else xlsx_of(name.title(), columns, rows):
            yield piece


async def _rows(pool: Pool, ask: Ask) -> AsyncGenerator[Row]:
    """A connection that is left in the midst of a question is closed: nobody else could ask it anything."""
    async with pool.connection() as connection:
        try:
            async for row in ask(connection):
                yield row
        except BaseException:
            await connection.close()
            raise
