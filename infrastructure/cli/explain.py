"""`travellr explain`: why a number is what it is."""

from typing import Annotated, Any
from uuid import UUID

import typer

from infrastructure.cli.options import AsJson, running

app = typer.Typer(help="Say why a number is what it is.", no_args_is_help=True)

AsJsonLines = Annotated[bool, typer.Option("--json", help="Print JSON, a line for each thing.")]


@app.command()
def booking(booking_id: UUID, *, as_json: AsJsonLines = False) -> None:
    """Say what happened to a booking, who did it, and where its money went."""
    _explain({"booking": booking_id}, as_json=as_json)


@app.command()
def payment(payment_id: UUID, *, as_json: AsJsonLines = False) -> None:
    """The same, from a payment."""
    _explain({"payment": payment_id}, as_json=as_json)


@app.command()
def stripe(name: str, *, as_json: AsJsonLines = False) -> None:
    """The same, from what Stripe calls it: pi_, ch_, re_, tr_, po_, du_, txn_ or acct_."""
    _explain({"stripe": name}, as_json=as_json)


@app.command()
def cent(
    name: Annotated[str, typer.Argument(help="The position of a journal or statement line, or the id of a line.")],
    *,
    as_json: AsJsonLines = False,
) -> None:
    """The same, from a line of the journal, of a vendor's statement or of a payout."""
    try:
        asked = {"position": int(name)} if name.isdecimal() else {"line": UUID(name)}
    except ValueError:
        raise typer.BadParameter("must be a position or an id") from None
    _explain(asked, as_json=as_json)


@app.command()
def row(row_id: UUID, *, as_json: AsJsonLines = False) -> None:
    """The same, from any other row: an account, a listing, a dispute, an adjustment, ..."""
    _explain({"stream": row_id}, as_json=as_json)


@app.command()
def request(correlation_id: str, *, as_json: AsJsonLines = False) -> None:
    """The same, from a request, by the X-Correlation-Id of its answer; what was refused as well."""
    _explain({"correlation": correlation_id}, as_json=as_json)


@app.command()
def payout(
    payout_id: Annotated[UUID, typer.Argument(help="As /finance/payouts lists it.")], *, as_json: AsJson = False
) -> None:
    """Say of every cent of a payout where it comes from."""
    from infrastructure.explain_console import run

    _, url = running()
    raise typer.Exit(run(url, payout_id, as_json=as_json))


def _explain(asked: dict[str, Any], *, as_json: bool) -> None:
    from infrastructure.trace_console import run

    _, url = running()
    raise typer.Exit(run(url, asked, as_json=as_json))
