"""Files that open right where finance works: nothing in them is a formula, and amounts are exact in any currency."""

import asyncio
import csv
import io
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.money import Money
from infrastructure.exports import Column, csv_of, harmless, xlsx_of


async def some(*rows: Any) -> AsyncIterator[Any]:
    for row in rows:
        yield row


def written(*rows: Any, columns: tuple[Column, ...]) -> list[list[str]]:
    async def collect() -> bytes:
        return b"".join([piece async for piece in csv_of(columns, some(*rows))])

    return list(csv.reader(io.StringIO(asyncio.run(collect()).decode(), newline="")))


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-2+3", "@sum", "\tx", "\rx"])
def test_a_text_that_looks_like_a_formula_is_none(text: str) -> None:
    assert written((text,), columns=(Column("note"),))[1] == ["'" + text]


def test_a_negative_amount_is_a_number_and_no_formula() -> None:
    columns = (Column("amount", "money"), Column("amount_minor", "whole"))
    assert written((Money(-12_50, "EUR"), -12_50), columns=columns)[1] == ["-12.50", "-1250"]


@pytest.mark.parametrize(
    ("money", "text"), [((8000, "EUR"), "80.00"), ((8000, "JPY"), "8000"), ((8000, "KWD"), "8.000")]
)
def test_amounts_have_the_decimals_of_their_currency(money: tuple[int, str], text: str) -> None:
    assert written((Money(*money),), columns=(Column("amount", "money"),))[1] == [text]


def test_lines_end_and_fields_are_quoted_as_rfc_4180_has_it() -> None:
    columns = (Column("a"), Column("at", "instant"), Column("day", "day"), Column("none"))
    at = datetime(2026, 11, 2, 8, tzinfo=UTC)
    rows = written(('say "x", y\nz', at, date(2026, 11, 2), None), columns=columns)
    assert rows[1] == ['say "x", y\nz', "2026-11-02T08:00:00.000000Z", "2026-11-02", ""]


def test_what_is_harmless_stays_as_it_is() -> None:
    assert [harmless(text) for text in ("", "EUR", "1-2", "completed")] == ["", "EUR", "1-2", "completed"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_many_lines_take_no_more_memory_than_few(form: str) -> None:
    columns = (Column("id"), Column("amount", "money"))

    async def lines(count: int) -> AsyncIterator[Any]:
        for n in range(count):
            yield (f"line {n}", Money(n, "EUR"))

    async def drain(count: int) -> int:
        made = csv_of(columns, lines(count)) if form == "csv" else xlsx_of("Lines", columns, lines(count))
        return sum([len(piece) async for piece in made])

    def peak(count: int) -> int:
        tracemalloc.start()
        asyncio.run(drain(count))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(100)
    assert peak(40_000) < peak(4_000) + 400_000


def test_two_hundred_thousand_lines_of_a_journal_take_the_memory_of_a_few() -> None:
    """As many columns as the journal has. The most that is ever held: a batch of rows and a piece of the file."""
    columns = (Column("at", "instant"), *(Column(f"text_{n}") for n in range(8)), Column("debit", "money"))
    at = datetime(2026, 11, 2, 8, tzinfo=UTC)

    async def lines() -> AsyncIterator[Any]:
        for n in range(200_000):
            yield (at, *["d5a0c6f2-1c1e-4f5c-9a31-4f6f9c2b7a10"] * 8, Money(n, "EUR"))

    async def drain() -> int:
        return sum([len(piece) async for piece in csv_of(columns, lines())])

    tracemalloc.start()
    assert asyncio.run(drain()) > 60_000_000
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
