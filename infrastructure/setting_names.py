"""What settings are called: TRAVELLR_ variables, and nothing else that begins so."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from infrastructure.settings_error import SettingsError

PREFIX: Final = "TRAVELLR_"
# Set by us for our own children, by the tests and by the benchmarks; everything else unknown is a spelling mistake.
NOT_SETTINGS: Final = ("TRAVELLR_LIFELINE_FD", "TRAVELLR_STAFF_PASSWORD", "TRAVELLR_TEST_", "TRAVELLR_BENCH_")


def variable(name: str) -> str:
    return PREFIX + name.upper()


def refuse_unknown(environ: Mapping[str, str], names: Iterable[str]) -> None:
    """Raises SettingsError for each variable that is none of these settings, with the one it may have meant."""
    known = [variable(name) for name in names]
    problems = []
    for name in sorted(environ):
        # A misspelt TRAVELLR_STRIPE_API_KEY would otherwise start the sandbox where real money was meant.
        if name.startswith(PREFIX) and name not in known and not name.startswith(NOT_SETTINGS):
            close = get_close_matches(name, known, n=1)
            problems.append(f"{name} is not a setting" + (f"; did you mean {close[0]}?" if close else "."))
    if problems:
        raise SettingsError(*problems)


def sentence(problem: Mapping[str, Any]) -> str:
    """What pydantic found wrong with one setting, as one plain sentence that begins with its variable."""
    field = "_".join(str(part) for part in problem["loc"]) or "settings"
    text = problem["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    text = text if text.startswith("must") else f"must be {text}"
    return f"{variable(field)} {text}."
