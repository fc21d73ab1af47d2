"""How the demo looks: steps that a person can follow, and tables of money."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table

from domain.money import exponent
from infrastructure.demo.person import Json


def amount(money: Json) -> str:
    """A Money of the API as people write it: 1,234.50 EUR."""
    decimals = exponent(money["currency"])
    return f"{money['amount'] / 10**decimals:,.{decimals}f} {money['currency']}"


class Stage:
    """Prints the story as it goes."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._scene = 0

    def scene(self, title: str) -> None:
        self._scene += 1
        self.console.print(f"\n[bold]{self._scene}. {title}[/bold]")

    @contextmanager
    def step(self, what: str) -> Iterator[list[str]]:
        """A line that turns into its outcome; append to the list what is worth telling."""
        said: list[str] = []
        with self.console.status(f"{what} ..."):
            yield said
        self.console.print(f"   [green]done[/green] {what}" + (f": {' '.join(said)}" if said else ""))

    def trial_balance(self, balance: Json) -> None:
        table = Table("account", "debit", "credit", title=f"Trial balance at position {balance['position']}")
        table.columns[1].justify = table.columns[2].justify = "right"
        totals: dict[str, list[int]] = {}
        for item in balance["items"]:
            table.add_row(item["account"], amount(item["debit"]), amount(item["credit"]))
            total = totals.setdefault(item["debit"]["currency"], [0, 0])
            total[0] += item["debit"]["amount"]
            total[1] += item["credit"]["amount"]
        for currency, (debit, credit) in totals.items():
            sides = ({"amount": side, "currency": currency} for side in (debit, credit))
            table.add_row("[bold]sum[/bold]", *(f"[bold]{amount(side)}[/bold]" for side in sides), end_section=True)
        self.console.print(table)
