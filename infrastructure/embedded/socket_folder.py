"""A short private folder for Unix sockets, always the same one for the same data."""

import hashlib
import os
import stat
from pathlib import Path
from typing import Final

from infrastructure.embedded.process import Account, EmbeddedServerError

TRIES: Final = 8


def socket_folder(data_folder: Path, account: Account) -> Path:
    """The path of a socket is limited to 107 bytes, so it cannot lie beside data in a deep folder.

    The name is derived from the data's path: a server that is started again is found at its old address. Whoever
    squats the name in /tmp is noticed by owner and mode, and the next name is taken.
    """
    root = os.geteuid() == 0
    parent = Path("/run") if root and Path("/run").is_dir() else Path("/tmp")  # noqa: S108 - owner and mode are checked
    name = hashlib.sha256(os.fsencode(data_folder)).hexdigest()[:12]
    owner = os.geteuid() if account.uid is None else account.uid
    for number in range(TRIES):
        folder = parent / (f"travellr-{name}" + (f"-{number}" if number else ""))
        if _made_or_ours(folder, owner, account):
            return folder
    raise EmbeddedServerError(f"Every name for a socket folder like {parent}/travellr-{name} belongs to somebody else.")


def remove_socket_folder(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return  # Another server's socket is still in it, or it is gone already.


def _made_or_ours(folder: Path, owner: int, account: Account) -> bool:
    try:
        folder.mkdir(mode=0o700)
        if account.uid is not None and account.gid is not None:
            os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        found = folder.lstat()
        return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and not stat.S_IMODE(found.st_mode) & 0o077
    return True
