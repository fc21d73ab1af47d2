"""How a process of its own starts: with settings that are right and a database that has its schema, or in one line."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from infrastructure.migrations import SchemaMismatch, check
from infrastructure.settings import Settings, load_settings
from infrastructure.settings_error import SettingsError

NO_DATABASE: Final = 1
SETTINGS_REFUSED: Final = 2
WRONG_SCHEMA: Final = 3


def checked_settings() -> Settings:
    """Raises SettingsError, SchemaMismatch, and psycopg's OperationalError where the database cannot be reached."""
    settings = load_settings()
    if settings.database_url is None:
        raise SettingsError("TRAVELLR_DATABASE_URL is not set; `travellr up` starts a database of its own.")
    check(settings.database_url)
    return settings


@contextmanager
def ending_in_words() -> Iterator[None]:
    """What keeps a process from its work is one line on stderr, and an exit code that its supervisor knows."""
    try:
        yield
    except SettingsError as error:
        _end(str(error), SETTINGS_REFUSED)
    except SchemaMismatch as mismatch:
        _end(mismatch.detail, WRONG_SCHEMA)
    except psycopg.OperationalError:
        _end("The database cannot be reached.", NO_DATABASE)


def _end(why: str, code: int) -> None:
    sys.stderr.write(f"travellr: {why}\n")
    sys.exit(code)
