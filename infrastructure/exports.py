"""Tables as files that open right where finance works: CSV and xlsx, written row by row, so that a million lines fit.

CSV is RFC 4180 and safe to open: a text that a spreadsheet would take for a formula is led in by an apostrophe, while
negative amounts stay numbers. In xlsx amounts are numbers, instants are dates, and texts are never anything else.
"""

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Literal

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from domain.money import Money, exponent, major

Row = Sequence[Any]
Rows = AsyncIterator[Row]
ROWS_MAX: Final = 1_048_576  # Of one sheet; what is more goes on in another.
_BATCH: Final = 1_000
_CHUNK: Final = 1 << 16
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """`money` columns hold Money or None, `instant` aware datetimes, `text` anything that can be written out."""

    name: str
    kind: Literal["text", "whole", "money", "instant", "day"] = "text"


def harmless(text: str) -> str:
    """OWASP, "CSV Injection": a cell that begins like a formula is led in by an apostrophe."""
    return "'" + text if text.startswith(_DANGEROUS) else text


async def csv_of(columns: Sequence[Column], rows: Rows) -> AsyncIterator[bytes]:
    """The file in pieces."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.name for column in columns])
    count = 0
    async for row in rows:
        writer.writerow([_as_text(value) for value in row])
        count += 1
        if count % _BATCH == 0:
            yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    written = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return written


def _as_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case Money():
            return str(major(value))
        case int():
            return str(value)
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case date():
            return value.isoformat()
        case _:
            return harmless(str(value))


async def xlsx_of(title: str, columns: Sequence[Column], rows: Rows) -> AsyncIterator[bytes]:
    """The file in pieces. It has to be whole before its first byte is known, so it grows in a file, not in memory."""
    with tempfile.TemporaryDirectory(prefix="travellr-export-") as folder:
        file = Path(folder) / "table.xlsx"
        await _write(file, title, columns, rows)
        with closing(await asyncio.to_thread(file.open, "rb")) as made:
            while piece := await asyncio.to_thread(made.read, _CHUNK):
                yield piece


async def _write(file: Path, title: str, columns: Sequence[Column], rows: Rows) -> None:
    book = _Book(file, title, columns)
    waiting: list[Row] = []
    async for row in rows:
        waiting.append(row)
        if len(waiting) == _BATCH:
            await asyncio.to_thread(book.write, waiting)
            waiting = []
    await asyncio.to_thread(book.write, waiting)
    await asyncio.to_thread(book.close)


class _Book:
    """A workbook that keeps one row in memory. Instants are given in UTC, which the heading says."""

    def __init__(self, file: Path, title: str, columns: Sequence[Column]) -> None:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
        self._book = xlsxwriter.Workbook(str(file), options)
        self._title = title
        self._columns = columns
        self._formats = {
            "instant": self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "day": self._book.add_format({"num_format": "yyyy-mm-dd"}),
            "head": self._book.add_format({"bold": True}),
        }
        self._amounts: dict[int, Any] = {}
        self._next = 0
        self._sheet = self._new_sheet()

    def write(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if self._next == ROWS_MAX:
                self._sheet = self._new_sheet()
            for number, (column, value) in enumerate(zip(self._columns, row, strict=True)):
                if value is not None:
                    self._cell(number, column, value)
            self._next += 1

    def close(self) -> None:
        self._book.close()

    def _new_sheet(self) -> Worksheet:
        count = len(self._book.worksheets())
        sheet = self._book.add_worksheet(self._title if count == 0 else f"{self._title} {count + 1}")
        sheet.freeze_panes(1, 0)
        for number, column in enumerate(self._columns):
            heading = f"{column.name} (UTC)" if column.kind == "instant" else column.name
            sheet.set_column(number, number, 38 if column.name.endswith("id") else 20)
            sheet.write_string(0, number, heading, self._formats["head"])
        self._next = 1
        return sheet

    def _cell(self, number: int, column: Column, value: Any) -> None:
        match column.kind:
            case "money":
                self._sheet.write_number(self._next, number, major(value), self._amount(value.currency))
            case "whole":
                self._sheet.write_number(self._next, number, value)
            case "instant":
                naive = value.astimezone(UTC).replace(tzinfo=None)
                self._sheet.write_datetime(self._next, number, naive, self._formats["instant"])
            case "day":
                self._sheet.write_datetime(self._next, number, value, self._formats["day"])
            case _:
                self._sheet.write_string(self._next, number, str(value))

    def _amount(self, currency: str) -> Any:
        """As many decimals as the currency has."""
        decimals = exponent(currency)
        if decimals not in self._amounts:
            number = "#,##0" + ("." + "0" * decimals if decimals else "")
            self._amounts[decimals] = self._book.add_format({"num_format": number})
        return self._amounts[decimals]
