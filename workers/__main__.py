"""`python -m workers followers` and `python -m workers worker`."""

import sys

from infrastructure import lifeline
from infrastructure.migrations import check
from infrastructure.settings import SettingsError, load_settings
from workers.processes import run_followers, run_worker


def main() -> int:
    roles = {"followers": run_followers, "worker": run_worker}
    if len(sys.argv) != 2 or sys.argv[1] not in roles:
        sys.stderr.write("usage: python -m workers followers|worker\n")
        return 2
    lifeline.watch()
    settings = load_settings()
    if settings.database_url is None:
        raise SettingsError("TRAVELLR_DATABASE_URL is not set.")
    check(settings.database_url)
    roles[sys.argv[1]](settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
