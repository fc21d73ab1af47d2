"""Where a cluster lies: in the folder itself, or elsewhere when the server's user cannot get into the folder."""

import hashlib
import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from infrastructure.embedded.postgres_account import can_reach
from infrastructure.embedded.process import Account, EmbeddedServerError, processes_in

POINTER: Final = "cluster-is-in"
BACK_REFERENCE: Final = "cluster-of"
ELSEWHERE: Final = Path("/var/lib")

log = logging.getLogger(__name__)


def cluster_place(folder: Path, account: Account) -> Path:
    """The existing folder which holds `data` and `log`: it stays ours, only these two belong to the server's user.

    Run by root below a folder like /root (mode 700), the server's user could not reach its data. We do not loosen
    what is not ours: the cluster then lies below /var/lib and a file in `folder` says where.
    """
    if (pointed := known_place(folder)) is not None:
        _refuse_a_copy(folder, pointed)
        return pointed
    if can_reach(account, folder):
        _let_through(folder, account)
        return folder
    if (folder / "data").exists():
        raise EmbeddedServerError(f"The user that PostgreSQL runs as cannot reach {folder}; move it or open the way.")
    return _elsewhere(folder, account)


def own_folder(path: Path, account: Account) -> None:
    """Makes a private folder of the server's user."""
    path.mkdir(mode=0o700, exist_ok=True)
    if account.uid is not None and account.gid is not None:
        os.chown(path, account.uid, account.gid)


def _let_through(folder: Path, account: Account) -> None:
    if account.uid is not None:
        folder.chmod(0o711)


def known_place(folder: Path) -> Path | None:
    pointer = folder / POINTER
    return Path(pointer.read_text().strip()) if pointer.exists() else None


def discard_place(folder: Path) -> None:
    """Deletes a stopped cluster wherever it lies; for throw-away clusters."""
    place = known_place(folder)
    for path in (place, folder):
        if path is not None and path.exists():
            if processes_in(path / "data", "postgres"):
                raise EmbeddedServerError(f"The cluster in {path} is still running.")
            shutil.rmtree(path)


def _elsewhere(folder: Path, account: Account) -> Path:
    name = f"travellr-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}-"
    for older in ELSEWHERE.glob(f"{name}*"):
        log.warning("An older cluster of %s lies in %s; delete it if it is not wanted any more.", folder, older)
    # A new name each time: whoever deleted the folder must not meet the old bookings again.
    place = Path(tempfile.mkdtemp(prefix=name, dir=ELSEWHERE))
    (place / BACK_REFERENCE).write_text(f"{folder}\n")
    _let_through(place, account)
    draft = folder / f".{POINTER}"
    draft.write_text(f"{place}\n")
    draft.replace(folder / POINTER)
    return place


def _refuse_a_copy(folder: Path, place: Path) -> None:
    """A copied home points to the same cluster as its original; a moved one has no original any more."""
    if not place.is_dir():
        raise EmbeddedServerError(
            f"{folder / POINTER} names {place}, which is gone: the database of this folder is lost."
        )
    original = Path((place / BACK_REFERENCE).read_text().strip())
    if original != folder and known_place(original) == place:
        raise EmbeddedServerError(f"{folder} is a copy; the database in {place} belongs to {original}.")
    if original != folder:
        (place / BACK_REFERENCE).write_text(f"{folder}\n")
