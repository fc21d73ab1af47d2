"""`python -m workers followers` and `python -m workers worker`."""

import sys

import psycopg

from infrastructure import lifeline
from infrastructure.migrations import SchemaMismatch, check
from infrastructure.settings import Settings, SettingsError, load_settings
from workers.processes import run_followers, run_worker


def main() -> int:
    roles = {"followers": run_followers, "worker": run_worker}
    if len(sys.argv) != 2 or sys.argv[1] not in roles:
        sys.stderr.write("usage: python -m workers followers|worker\n")
        return 2
    lifeline.watch()
    try:
        settings = load_settings()
        check(_database_url(settings))
        roles[sys.argv[1]](settings)
    except SettingsError as error:
        sys.stderr.write(f"travellr: {error}\n")
        return 2
    except SchemaMismatch as mismatch:
        sys.stderr.write(f"travellr: {mismatch.detail}\n")
        return 3
    except psycopg.OperationalError:
        sys.stderr.write("travellr: The database cannot be reached.\n")
        return 1
    return 0


def _database_url(settings: Settings) -> str:
    if settings.database_url is None:
        raise SettingsError("TRAVELLR_DATABASE_URL is not set; `travellr up` starts a database of its own.")
    return settings.database_url


if __name__ == "__main__":
    sys.exit(main())
