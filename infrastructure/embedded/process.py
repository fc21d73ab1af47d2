"""One server process: started by us, or found still running from an earlier start."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

LOOK_EVERY_SECONDS: Final = 0.02


class EmbeddedServerError(Exception):
    """An embedded server could not be started or stopped."""


@dataclass(frozen=True, slots=True)
class Account:
    """The system user a server runs as; None stands for whoever runs us."""

    uid: int | None
    gid: int | None


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """Known by pid and birth: a pid alone may belong to somebody else by now."""

    pid: int
    born: int  # in clock ticks since the machine started

    def alive(self) -> bool:
        # When it is our own child it is reaped here; a zombie holds nothing any more.
        with suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        return _born(self.pid) == self.born

    def end(self, steps: Iterable[tuple[signal.Signals, float]]) -> None:
        """Sends each signal in turn and waits so many seconds for the end; the last should be SIGKILL."""
        for sign, seconds in steps:
            if self.alive():
                send(self.pid, sign)
            if wait_until(lambda: not self.alive(), seconds):
                return
        raise EmbeddedServerError(f"Process {self.pid} does not end.")


def launch(command: Sequence[str], environment: Mapping[str, str], log: Path, account: Account) -> ServerProcess:
    """Starts a server in a session of its own: Ctrl-C in our terminal must not reach it before its clients."""
    with log.open("wb") as output:
        started = subprocess.Popen(  # noqa: S603 - the program is from our own wheel, no shell is involved
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environment),
            cwd="/",
            start_new_session=True,
            user=account.uid,
            group=account.gid,
            extra_groups=None if account.uid is None else [],
        )
    # It may outlive us and be found again by its pid, so it is watched that way from the start; this tells Popen so.
    started.returncode = 0
    return running_process(started.pid)


def running_process(pid: int) -> ServerProcess:
    """Of one that ended at this moment, too: it is simply not alive then."""
    return ServerProcess(pid, _born(pid) or 0)


def alive(pid: int) -> bool:
    """False for a zombie too: it holds nothing any more and its parent may be slow to take notice."""
    return _born(pid) is not None


def _born(pid: int) -> int | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in {"Z", "X"} else int(fields[19])


def send(pid: int, sign: signal.Signals) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return


def processes_in(folder: Path, program: str) -> list[int]:
    """The live processes of this program whose working directory is the folder, as that of a server is its data's."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal():
            continue
        try:
            here = (process / "cwd").readlink() == folder and (process / "exe").readlink().name.startswith(program)
        except OSError:
            continue  # Ended meanwhile, or somebody else's.
        if here and alive(int(process.name)):
            found.append(int(process.name))
    return found


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_EVERY_SECONDS)
    return True


def last_lines(log: Path, count: int = 3) -> str:
    try:
        return " | ".join(log.read_text(errors="replace").strip().splitlines()[-count:])
    except OSError:
        return ""


def wheel_folder(package: str) -> Path:
    """Where a wheel lies, found without importing it: importing these two does more than we ask for."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(f"The package {package} is not installed.")
    return Path(spec.submodule_search_locations[0]).resolve()
