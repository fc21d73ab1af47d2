"""`python -m api`: serve HTTP until asked to stop."""

import sys
from typing import Final

import psycopg
import uvicorn

from api.app import app_of_environment
from api.patience import IDLE_S, PatientProtocol, connections_max
from infrastructure.lifeline import watch
from infrastructure.migrations import SchemaMismatch, check
from infrastructure.settings import Settings, SettingsError, load_settings

SHUTDOWN_S: Final = 10
WRONG_SETTINGS: Final = 2
WRONG_SCHEMA: Final = 3


def main() -> int:
    watch()
    try:
        settings = load_settings()
        check(_database_url(settings))
    except SettingsError as error:
        return _fail(error, WRONG_SETTINGS)
    except SchemaMismatch as mismatch:
        return _fail(mismatch, WRONG_SCHEMA)
    except psycopg.OperationalError:
        return _fail(SettingsError("The database cannot be reached."), 1)
    _serve(settings)
    return 0


def _database_url(settings: Settings) -> str:
    if settings.database_url is None:
        raise SettingsError("TRAVELLR_DATABASE_URL is not set; `travellr up` starts a database of its own.")
    return settings.database_url


def _serve(settings: Settings) -> None:
    uvicorn.run(
        f"{app_of_environment.__module__}:{app_of_environment.__name__}",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.api_processes,
        loop="uvloop",
        http=PatientProtocol,
        timeout_keep_alive=IDLE_S,
        limit_concurrency=connections_max(),
        ws="none",
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=SHUTDOWN_S,
        log_level=settings.log_level,
    )


def _fail(error: Exception, code: int) -> int:
    sys.stderr.write(f"travellr: {error}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
