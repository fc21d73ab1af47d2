"""`travellr doctor`: what is used, and what is wrong with it; it looks and never touches."""

import json
import os
import sys

from infrastructure.doctor import board, database, host, queue, stripe_account
from infrastructure.doctor.finding import Finding, Report
from infrastructure.setting_names import refuse_unknown
from infrastructure.settings import Settings, read_settings
from infrastructure.settings_error import SettingsError
from infrastructure.up_state import attached


def examine(*, ask_stripe: bool = True) -> Report:
    """Looks at everything that the settings of this process name, whether the system is up or down."""
    try:
        refuse_unknown(os.environ, Settings.model_fields)
        settings = attached(read_settings())
    except SettingsError as error:
        return Report(tuple(Finding("settings", "", problem=problem) for problem in error.problems))
    findings = [
        *host.examine(settings),
        *database.examine(settings),
        *queue.examine(settings),
        *board.examine(settings),
        *(stripe_account.examine(settings) if ask_stripe else ()),
    ]
    return Report(tuple(findings))


def render(report: Report, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(report.as_dict(), indent=2) + "\n")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("", "what", "found", "what is wrong", box=None, pad_edge=False)
    for finding in report.findings:
        mark = Text("ok", style="green") if finding.problem is None else Text("!!", style="bold red")
        table.add_row(mark, finding.what, Text(finding.found), Text(finding.problem or "", style="red"))
    console = Console()
    console.print(table)
    console.print("Everything is fine." if report.fine else "Something is wrong.")
