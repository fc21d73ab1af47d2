"""The job that compresses log files nobody has written to for a long time."""

import gzip
import os
import re
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from infrastructure import up_state
from infrastructure.audit.targets import heads_path
from infrastructure.home_lock import is_held
from infrastructure.housekeeping.job import House, Job

FOLDER: Final = "logs"
# `api.log` is written to; `api.log.1` was, and its number moves on; with a date it has been taken out of the rotation.
_NAME: Final = re.compile(r"(?P<part>[A-Za-z0-9_-]+)(?P<dated>\.\d{8}T\d{6})?\.log(?P<number>\.\d+)?")
_DRAFT: Final = ".part"


def old_files(house: House) -> list[Path]:
    """Log files, oldest first, that were not written to for so many days and that no part of the system writes now."""
    before = time.time() - timedelta(days=house.settings.keep_logs_plain_days).total_seconds()
    written = _parts(house.settings.home)
    found = []
    for file in (house.settings.home / FOLDER).glob("*.log*"):
        named = _NAME.fullmatch(file.name)
        if named is None or file.is_symlink() or not file.is_file() or file == heads_path(house.settings):
            continue
        is_open = not (named["dated"] or named["number"]) and (written is None or named["part"] in written)
        if not is_open and (at := file.stat().st_mtime) < before:
            found.append((at, file))
    return [file for _, file in sorted(found)]


def compress(file: Path) -> Path:
    """`file` becomes NAME.YYYYMMDDTHHMMSS.log.gz with the time of its last line as its own; killed, it is done again.

    It is taken out of the rotation first, by a rename: what is moved here in its place meanwhile is not touched.
    """
    file = _taken_out(file)
    draft, packed = file.with_name(file.name + _DRAFT), file.with_name(file.name + ".gz")
    was = file.stat()
    with file.open("rb") as plain, draft.open("wb") as raw:
        # Without a name and a time inside, the same content is the same bytes.
        with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as whole:
            shutil.copyfileobj(plain, whole)
        raw.flush()
        os.fsync(raw.fileno())
    draft.chmod(was.st_mode & 0o777)
    os.utime(draft, ns=(was.st_atime_ns, was.st_mtime_ns))
    draft.replace(packed)
    file.unlink()
    return packed


def _taken_out(file: Path) -> Path:
    """The file under a name with a date, which no other has."""
    named = _NAME.fullmatch(file.name)
    assert named is not None
    if named["dated"]:
        return file
    at = file.stat()
    stamp = datetime.fromtimestamp(at.st_mtime, UTC).strftime("%Y%m%dT%H%M%S")
    dated = file.with_name(f"{named['part']}.{stamp}.log")
    if dated.exists() or dated.with_name(dated.name + ".gz").exists():
        dated = dated.with_name(f"{dated.name}.{at.st_ino}")
    return file.rename(dated)


def _parts(home: Path) -> set[str] | None:
    """The names of the parts that run on this folder; None while it cannot be told."""
    if not is_held(home):
        return set()
    state = up_state.read(home)
    return None if state is None else set(state.children)


def _steps(house: House) -> Iterator[int]:
    for file in old_files(house):
        compress(file)
        yield 1


LOG_JOBS: Final = (
    Job("gzip_logs", "compress old log files", lambda house: len(old_files(house)), _steps, committed_whole=False),
)
