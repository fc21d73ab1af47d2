"""Prints a part and the figures as tables."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from bench.figures import GOALS
from bench.part import Part
from bench.rounds import Spread


def show(console: Console, part: Part) -> None:
    table = Table(title=part.title, title_justify="left", caption="\n".join(part.notes), caption_justify="left")
    table.add_column("contestant")
    table.add_column(f"{part.unit}, median", justify="right")
    table.add_column("lowest - highest", justify="right")
    table.add_column(part.beside, justify="right")
    table.add_column("lowest - highest", justify="right")
    for row in part.rows:
        against = row.ratio
        table.add_row(
            row.what,
            _number(row.rates.median),
            _range(row.rates),
            "" if against is None else _number(against.median),
            "" if against is None else _range(against),
        )
    console.print(table)


def show_figures(console: Console, figures: Mapping[str, float]) -> None:
    table = Table(title="Figures", title_justify="left")
    for name in ("figure", "measured", "goal", ""):
        table.add_column(name, justify="right" if name == "measured" else "left")
    for name, value in figures.items():
        goal = GOALS[name]
        verdict = "" if not str(goal) else "[green]met[/]" if goal.met(value) else "[red]missed[/]"
        table.add_row(name, _number(value), str(goal), verdict)
    console.print(table)


def _range(spread: Spread) -> str:
    return f"{_number(spread.lowest)} - {_number(spread.highest)}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
