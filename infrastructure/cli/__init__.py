"""The command `travellr`, put together; each command imports what it needs, so that --help is quick."""

import sys

import typer

from infrastructure.cli.audit import app as audit
from infrastructure.cli.demo import demo, seed
from infrastructure.cli.erasures import app as erasures
from infrastructure.cli.explain import app as explain
from infrastructure.cli.money import app as money
from infrastructure.cli.money import reconcile
from infrastructure.cli.processes import api, follow, up, worker
from infrastructure.cli.read_models import followers, rebuild, replay, verify
from infrastructure.cli.staff import app as staff
from infrastructure.cli.tasks import app as tasks
from infrastructure.cli.upkeep import doctor, housekeep, migrate, rotate
from infrastructure.settings_error import SettingsError

app = typer.Typer(
    help="The booking ledger behind a travel marketplace.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
# In the order in which --help lists them.
app.command()(housekeep)
app.command()(up)
app.command()(api)
app.command()(follow)
app.command()(followers)
app.command()(rebuild)
app.command()(replay)
app.command()(verify)
app.command()(reconcile)
app.command()(worker)
app.command()(migrate)
app.command()(rotate)
app.command()(doctor)
app.command()(demo)
app.command(hidden=True)(seed)
app.add_typer(staff, name="staff")
app.add_typer(audit, name="audit")
app.add_typer(explain, name="explain")
app.add_typer(erasures, name="erasures")
app.add_typer(tasks, name="tasks")
app.add_typer(money, name="money")


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
