"""The machine: the folder, the room in it, the secrets, the port."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from infrastructure import up_state
from infrastructure.doctor.finding import Finding
from infrastructure.generated_secrets import FILE_NAME as SECRETS_FILE
from infrastructure.home_lock import is_held
from infrastructure.ports import port_is_free
from infrastructure.secret_strength import secret_problems
from infrastructure.settings import Settings

LEAST_FREE_BYTES: Final = 1_000_000_000
LISTENING: Final = "0A"


def examine(settings: Settings) -> Iterator[Finding]:
    yield _up(settings)
    yield _disk(settings.home)
    yield from _secrets(settings)
    yield _port(settings)


def _up(settings: Settings) -> Finding:
    state = up_state.read(settings.home) if is_held(settings.home) else None
    if state is None:
        return Finding("travellr up", f"not running on {settings.home}")
    waiting = [name for name, pid in state.children.items() if pid is None]
    found = f"process {state.pid} at {state.address}"
    if waiting:
        return Finding("travellr up", found, f"waiting to be started again: {', '.join(waiting)}")
    return Finding("travellr up", found, None if state.ready else "it is not ready")


def _disk(home: Path) -> Finding:
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    problem = None
    if free < LEAST_FREE_BYTES:
        problem = "less than 1 GB is free"
    elif not os.access(existing, os.W_OK):
        problem = "it cannot be written to"
    return Finding("home", f"{home}, {free / 1e9:.1f} GB free", problem)


def _secrets(settings: Settings) -> Iterator[Finding]:
    given = secret_problems(settings)
    file = settings.home / SECRETS_FILE
    if not settings.sandbox:
        yield Finding("secrets", f"given, for Stripe {settings.stripe_mode}", " ".join(given) or None)
        return
    weak = [problem for problem in given if " is missing" not in problem]
    found = "given"
    if len(weak) < len(given):
        found = f"generated, in {file}" if file.exists() else "none yet, generated at the first start"
    if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
        weak.append(f"{file} can be read by others; chmod 600 it.")
    yield Finding("secrets", found, " ".join(weak) or None)


def _port(settings: Settings) -> Finding:
    where = f"{settings.host}:{settings.port}"
    if port_is_free(settings.host, settings.port):
        return Finding("port", f"{where} is free")
    if is_held(settings.home):
        return Finding("port", f"{where} is ours")
    return Finding("port", where, f"it is in use by {_holder(settings.port)}")


def _holder(port: int) -> str:
    inodes = set(_listening_inodes(port))
    for process in Path("/proc").iterdir():
        try:
            open_files = {file.readlink().name for file in (process / "fd").iterdir()}
            if open_files & inodes:
                return f"process {process.name} ({(process / 'comm').read_text().strip()})"
        except OSError:
            continue  # Not a process, ended meanwhile, or somebody else's.
    return "a process of somebody else"


def _listening_inodes(port: int) -> Iterator[str]:
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        lines = table.read_text().splitlines()[1:] if table.exists() else []
        for columns in map(str.split, lines):
            if columns[3] == LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                yield f"socket:[{columns[9]}]"
