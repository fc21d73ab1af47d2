"""A new cluster: checksums on, UTF-8 everywhere, trust on a socket that only its owner can open."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from infrastructure.embedded.postgres_place import own_folder
from infrastructure.embedded.process import Account, EmbeddedServerError

SUPERUSER: Final = "postgres"
# Nothing of ours: a PGPORT or a locale of whoever starts us must not reach the server.
CLEAN_ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def initialise(binaries: Path, data: Path, account: Account, *, durable: bool) -> None:
    """Under another name first: a folder called `data` is always a whole cluster."""
    draft = data.with_name("data.new")
    command = [
        str(binaries / "initdb"),
        "-D",
        str(draft),
        "-U",
        SUPERUSER,
        "--data-checksums",
        "--encoding=UTF8",
        "--locale=C",
    ]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    # Trust is acceptable for one reason only: no TCP, and a socket which only its owner and root can open.
    command += ["--auth=trust", *([] if durable else ["--no-sync"])]
    if draft.exists():
        shutil.rmtree(draft)
    own_folder(draft, account)
    done = subprocess.run(  # noqa: S603 - the program is from our own wheel, no shell is involved
        command,
        env=CLEAN_ENVIRONMENT,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        user=account.uid,
        group=account.gid,
        extra_groups=None if account.uid is None else [],
    )
    if done.returncode != 0:
        raise EmbeddedServerError(
            f"initdb failed in {data.parent}: {' | '.join(done.stderr.strip().splitlines()[-3:])}"
        )
    draft.rename(data)
