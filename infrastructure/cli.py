"""The command `travellr`: each command imports what it needs, so that --help is quick."""

import os
import sys
from contextlib import suppress
from typing import Annotated
from uuid import UUID

import typer

from infrastructure.audit_console import app as audit
from infrastructure.housekeep_console import housekeep
from infrastructure.settings import Settings, SettingsError
from infrastructure.trace_console import app as explain

app = typer.Typer(
    help="The booking ledger behind a travel marketplace.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
staff = typer.Typer(help="People who work for the platform.", no_args_is_help=True)
app.add_typer(staff, name="staff")
app.add_typer(audit, name="audit")
app.command()(housekeep)
app.add_typer(explain, name="explain")
erasures = typer.Typer(help="The register of people who were erased.", no_args_is_help=True)
app.add_typer(erasures, name="erasures")

tasks = typer.Typer(help="The task board: what is to be done outside.", no_args_is_help=True)
app.add_typer(tasks, name="tasks")
money = typer.Typer(help="Money on its way.", no_args_is_help=True)
app.add_typer(money, name="money")


@app.command()
def up() -> None:
    """Run the whole system here, with embedded servers for whatever is not configured."""
    from rich.console import Console

    from infrastructure.settings import load_settings
    from infrastructure.up import up as run_up

    console = Console(soft_wrap=True, highlight=False)

    def say(line: str) -> None:
        # The terminal may be gone, which must not keep us from stopping in order.
        with suppress(OSError):
            console.print(line, markup=False)

    raise typer.Exit(run_up(load_settings(), say))


@app.command()
def api() -> None:
    """Run the HTTP server alone."""
    _become("api")


@app.command()
def follow() -> None:
    """Run what follows the log: projections, reactions, the sweeper and the schedule."""
    _become("workers", "followers")


@app.command()
def followers(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Show how far each follower of the log is, who leads it, and why it stands still; 1 unless all are followed."""
    from infrastructure.follower_table import lines, render

    found = lines(_database_url(_attached()))
    render(found, as_json=as_json)
    raise typer.Exit(0 if all(line.state == "following" for line in found) else 1)


@app.command()
def rebuild(
    names: Annotated[list[str] | None, typer.Argument(help="Read models to rebuild.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Rebuild every read model.")] = False,  # noqa: FBT002 - an option
    rollback: Annotated[bool, typer.Option("--rollback", help="Back to the tables that were replaced.")] = False,  # noqa: FBT002 - an option
    accept: Annotated[bool, typer.Option("--accept-differences", help="Switch although rows differ.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Rebuild read models from the log beside the live ones, compare, and switch; killed, it goes on next time."""
    from infrastructure.rebuild_console import run

    url = _database_url(_attached())
    raise typer.Exit(run(url, names or [], every=every, rollback=rollback, accept=accept))


@app.command()
def replay(
    names: Annotated[list[str] | None, typer.Argument(help="Read models to replay.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Replay every read model.")] = False,  # noqa: FBT002 - an option
    until: Annotated[str | None, typer.Option(help="A position, or an instant; else where they are, compared.")] = None,
    rate: Annotated[int | None, typer.Option(min=100, help="At most so many events of the log a second.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Replay read models from the log beside the live ones and certify them; the exit code is 1 when a row differs."""
    from infrastructure.replay_console import run

    settings = _attached()
    url = _database_url(settings)
    pace = rate or settings.replay_events_per_s
    raise typer.Exit(run(url, names or [], every=every, until=until, rate=pace, as_json=as_json))


@app.command()
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Recompute everything from the log and name each row that differs; the exit code is 1 when one does."""
    from infrastructure.verify_console import run

    raise typer.Exit(run(_database_url(_attached()), as_json=as_json))


@app.command()
def reconcile(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Compare the books with Stripe now and show what does not agree; the exit code is 1 when something does not."""
    from infrastructure.reconcile_console import run

    settings = _attached()
    _database_url(settings)
    raise typer.Exit(run(settings, as_json=as_json))


@app.command()
def worker() -> None:
    """Run one worker process."""
    _become("workers", "worker")


@app.command()
def migrate() -> None:
    """Bring the database to the state that this version needs."""
    from infrastructure.migrations import migrate as run_migrations

    for name in run_migrations(_database_url(_attached())):
        typer.echo(f"Applied {name}")


@app.command()
def rotate() -> None:
    """After a new master key or pepper: put everybody's key and address under it."""
    from infrastructure.rotation import rotate as run_rotation

    settings = _attached()
    _database_url(settings)
    typer.echo(f"{run_rotation(settings)} people.")


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,  # noqa: FBT002 - an option
    stripe: Annotated[bool, typer.Option(help="Ask Stripe, too.")] = True,  # noqa: FBT002 - an option
) -> None:
    """Say what is used, and what is wrong with it; the exit code is 1 when something is."""
    from infrastructure.doctor import examine, render

    report = examine(ask_stripe=stripe)
    render(report, as_json=as_json)
    raise typer.Exit(0 if report.fine else 1)


@app.command()
def demo(
    own: Annotated[bool, typer.Option("--own", help="Start the system for it and stop it afterwards.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Live through a season of bookings and print what happened."""
    from infrastructure.demo.run import run

    raise typer.Exit(run(_attached(), own=own))


@app.command(hidden=True)
def seed() -> None:
    """Make the demo accounts and their history; `up` does this by itself unless TRAVELLR_DEMO=0."""
    from infrastructure.demo.accounts import keep_accounts
    from infrastructure.demo.seed import seed as run_seed

    settings = _attached()
    keep_accounts(settings.home, run_seed(settings))


@explain.command("payout")
def explain_payout(
    payout_id: Annotated[UUID, typer.Argument(help="As /finance/payouts lists it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Say of every cent of a payout where it comes from."""
    from infrastructure.explain_console import run

    raise typer.Exit(run(_database_url(_attached()), payout_id, as_json=as_json))


@staff.command("add")
def staff_add(email: str, role: Annotated[str, typer.Option(help="operator, finance, auditor or admin")]) -> None:
    """Make an account for somebody; the password is asked for, or read from TRAVELLR_STAFF_PASSWORD."""
    from infrastructure.staff import add

    password = os.environ.get("TRAVELLR_STAFF_PASSWORD") or typer.prompt(
        "Password", hide_input=True, confirmation_prompt=True
    )
    add(_attached(), email, role, password)


@erasures.command("list")
def erasures_list() -> None:
    """Who was erased and when: ids only, as kept outside the database."""
    from infrastructure.forgetting import written_down
    from infrastructure.settings import load_settings

    for erasure in written_down(load_settings().home):
        typer.echo(f"{erasure.erased_at.isoformat()}  {erasure.account_id}")


@erasures.command("replay")
def erasures_replay() -> None:
    """Destroy again what a restored back-up brought back; the followers do this by themselves when they start."""
    from infrastructure.erasures_console import replay

    for line in replay(_attached()):
        typer.echo(line)


@tasks.command("list")
def tasks_list(
    state: Annotated[str | None, typer.Option(help="due, running, done or parked; all but done without it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Show the board, newest first; the exit code is 1 when a task is parked."""
    from infrastructure.task_console import list_tasks

    settings = _attached()
    _database_url(settings)
    raise typer.Exit(list_tasks(settings, state=state, as_json=as_json))


@tasks.command("retry")
def tasks_retry(task_id: UUID) -> None:
    """Have a task done again now; what it sent before is looked up first."""
    from infrastructure.task_console import intervene

    settings = _attached()
    _database_url(settings)
    intervene(settings, task_id, "retry")


@tasks.command("park")
def tasks_park(task_id: UUID) -> None:
    """Put a task aside until somebody retries it."""
    from infrastructure.task_console import intervene

    settings = _attached()
    _database_url(settings)
    intervene(settings, task_id, "park")


@money.command("stuck")
def money_stuck(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Show money that is stuck: what happens next, and one safe thing to do; the exit code is 1 when some is."""
    from infrastructure.task_console import list_stuck_money

    settings = _attached()
    _database_url(settings)
    raise typer.Exit(list_stuck_money(settings, as_json=as_json))


@erasures.command("scrub")
def erasures_scrub() -> None:
    """Take destroyed keys out of the database's own files, too; needs the right to VACUUM and CHECKPOINT."""
    from infrastructure.scrub import scrub

    scrub(_database_url(_attached()))


def _become(module: str, *arguments: str) -> None:
    """Another program takes over this process: same pid, same lifeline; we may not import what lies above us."""
    from infrastructure.settings import load_settings

    environment = load_settings().environment()
    os.environ.update(environment)
    # -P: a folder called `api` where somebody stands must not be taken for ours.
    os.execv(sys.executable, [sys.executable, "-P", "-m", module, *arguments])  # noqa: S606 - our own module, no shell


def _attached() -> Settings:
    from infrastructure.settings import load_settings
    from infrastructure.up_state import attached

    return attached(load_settings())


def _database_url(settings: Settings) -> str:
    if settings.database_url is None:
        raise SettingsError(f"Nothing runs on {settings.home}: start `travellr up`, or set TRAVELLR_DATABASE_URL.")
    return settings.database_url


def main() -> None:
    """What the user can put right is said in one line each; the exit code is then 2."""
    from infrastructure.embedded.process import EmbeddedServerError
    from infrastructure.home_lock import AlreadyUpError

    try:
        app()
    except (SettingsError, AlreadyUpError) as error:
        _fail(error, 2)
    except (EmbeddedServerError, OSError) as error:
        _fail(error, 1)


def _fail(error: Exception, code: int) -> None:
    sys.stderr.write(f"travellr: {error}\n".replace("\n", "\ntravellr: ").removesuffix("travellr: "))
    sys.exit(code)


if __name__ == "__main__":
    main()
