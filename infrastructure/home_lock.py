"""One `travellr up` per folder."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

FILE_NAME: Final = "up.lock"


class AlreadyUpError(Exception):
    """Another process serves this folder."""


@contextmanager
def home_lock(home: Path, address: str) -> Iterator[None]:
    """Held for as long as the block runs; the kernel releases it even after kill -9.

    Raises `AlreadyUpError`, naming the pid and the address of the one who holds it.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(home / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyUpError(_who(home, os.pread(handle, 4096, 0))) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "address": address}).encode(), 0)
        yield
    finally:
        os.close(handle)


def is_held(home: Path) -> bool:
    try:
        handle = os.open(home / FILE_NAME, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _who(home: Path, content: bytes) -> str:
    try:
        holder = json.loads(content)
    except ValueError:
        return f"Travellr is already starting on {home}."
    return f"Travellr already runs on {home}: process {holder['pid']} at {holder['address']}."
