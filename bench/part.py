"""What a part of the bench has to say: rows for the table, and its figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.rounds import Rates, Spread, ratio, spread


@dataclass(frozen=True, slots=True)
class Row:
    """One contestant; `ratio` is ours over it, None for ourselves."""

    what: str
    rates: Spread
    ratio: Spread | None


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    unit: str
    rows: Sequence[Row]
    figures: dict[str, float]
    notes: Sequence[str] = ()
    beside: str = "ours / it"


def rows_of(rates: Rates, ours: str, label: str = "") -> list[Row]:
    """Every contestant beside `ours`."""
    return [
        Row(f"{label}{name}", spread(values), None if name == ours else ratio(rates[ours], values))
        for name, values in rates.items()
    ]
