"""`python -m workers followers` and `python -m workers worker`."""

import sys

from infrastructure import lifeline
from infrastructure.process_start import checked_settings, ending_in_words
from workers.processes import run_followers, run_worker


def main() -> int:
    roles = {"followers": run_followers, "worker": run_worker}
    if len(sys.argv) != 2 or sys.argv[1] not in roles:
        sys.stderr.write("usage: python -m workers followers|worker\n")
        return 2
    lifeline.watch()
    with ending_in_words():
        roles[sys.argv[1]](checked_settings())
    return 0


if __name__ == "__main__":
    sys.exit(main())
