"""`travellr explain`: the chain behind a booking, a payment, an object of Stripe, or a cent, from the command line."""

import asyncio
import dataclasses
from typing import Annotated, Any, Final
from uuid import UUID

import typer

app = typer.Typer(help="Say why a number is what it is.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, a line for each thing.")]
_PARTS: Final = ("stripe", "events", "tasks", "postings", "payout_lines", "refused")


@app.command()
def booking(booking_id: UUID, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Say what happened to a booking, who did it, and where its money went."""
    _explain({"booking": booking_id}, as_json=as_json)


@app.command()
def payment(payment_id: UUID, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """The same, from a payment."""
    _explain({"payment": payment_id}, as_json=as_json)


@app.command()
def stripe(name: str, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """The same, from what Stripe calls it: pi_, ch_, re_, tr_, po_, du_, txn_ or acct_."""
    _explain({"stripe": name}, as_json=as_json)


@app.command()
def cent(
    name: Annotated[str, typer.Argument(help="The position of a journal or statement line, or the id of a line.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """The same, from a line of the journal, of a vendor's statement or of a payout."""
    try:
        asked = {"position": int(name)} if name.isdecimal() else {"line": UUID(name)}
    except ValueError:
        raise typer.BadParameter("must be a position or an id") from None
    _explain(asked, as_json=as_json)


def _explain(asked: dict[str, Any], *, as_json: bool) -> None:
    from infrastructure.settings import SettingsError, load_settings
    from infrastructure.up_state import attached

    settings = attached(load_settings())
    if settings.database_url is None:
        raise SettingsError(f"Nothing runs on {settings.home}: start `travellr up`, or set TRAVELLR_DATABASE_URL.")
    raise typer.Exit(run(settings.database_url, asked, as_json=as_json))


def run(url: str, asked: dict[str, Any], *, as_json: bool) -> int:
    """0, or 1 if nothing is known by that name."""
    return asyncio.run(_run(url, asked, as_json=as_json))


async def _run(url: str, asked: dict[str, Any], *, as_json: bool) -> int:
    from rich.console import Console

    from infrastructure.database import async_pool
    from queries.positions import head
    from queries.trace import trace
    from queries.trace_subject import Asked

    console = Console(soft_wrap=True, highlight=False)
    pool = async_pool(url, name="explain", most=1)
    async with pool, pool.connection() as connection:
        told = await trace(connection, Asked(**asked), upto=await head(connection))
    if told is None:
        console.print(f"Nothing is known of {next(iter(asked.values()))}.", markup=False)
        return 1
    for part in _PARTS:
        for row in getattr(told, part):
            console.print(_as_line(part, row) if as_json else _in_words(part, row), markup=False)
    if told.is_cut:
        console.print("There is more; ask GET /audit/events.", markup=False)
    return 0


def _as_line(part: str, row: Any) -> str:
    import msgspec

    return msgspec.json.encode({"is": part, **dataclasses.asdict(row)}).decode()


def _in_words(part: str, row: Any) -> str:
    match part:
        case "stripe":
            return f"{row.kind} {row.id} of {row.of}"
        case "events":
            return f"  {row.position} {row.recorded_at:%Y-%m-%d %H:%M:%S} {row.topic} of {row.stream}: {_who(row)}"
        case "tasks":
            return f"  task {row.task_id} {row.kind}, {row.state}, because of position {row.caused_by}"
        case "postings":
            side = f"debit {row.debit_minor}" if row.debit_minor else f"credit {row.credit_minor}"
            return f"  {row.position}/{row.line} {row.account}: {side} {row.currency} ({row.provider_ref or 'ours'})"
        case "payout_lines":
            return f"  in payout {row.payout_id}: {row.kind} {row.amount_minor} {row.currency}, line {row.line_id}"
        case _:
            return f"  {row.position} refused {row.times} time(s): {row.code}, {_who(row)}"


def _who(row: Any) -> str:
    who = f"{row.role} {row.actor}" if row.actor else str(row.role)
    return f"{row.command} by {who}, request {row.correlation_id}"
