"""One child process of the supervisor, in a process group of its own."""

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from infrastructure.child_log import Say, follow
from infrastructure.lifeline import VARIABLE


@dataclass(slots=True)
class Child:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    log: Path
    lifeline: int  # The reading end; its writing end is open in the supervisor alone.
    say: Say
    process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    @property
    def exit_code(self) -> int | None:
        return self.process.returncode if self.process else None

    def start(self) -> None:
        # A session of its own, so that Ctrl-C reaches the supervisor only and children end in order.
        self.process = subprocess.Popen(  # noqa: S603 - our own programs, no shell is involved
            self.command,
            env={**self.environment, VARIABLE: str(self.lifeline), "PYTHONUNBUFFERED": "1"},
            pass_fds=[self.lifeline],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if self.process.stdout is not None:
            follow(self.name, self.process.stdout, self.log, self.say)

    def alive(self) -> bool:
        if self.process is None or self.process.returncode is not None:
            return False
        if os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return True
        # What it had forked ends with it. Until it is reaped its group's number can belong to nobody else.
        self._signal_group(signal.SIGKILL)
        self.process.wait()
        return False

    def last_words(self) -> str:
        code = self.exit_code
        ending = (
            f"was killed by {signal.Signals(-code).name}" if code is not None and code < 0 else f"ended with {code}"
        )
        return f"{ending}, see {self.log}"

    def ask_to_end(self) -> None:
        if self.process is not None and self.alive():
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        if self.process is not None and self.alive():
            self._signal_group(signal.SIGKILL)
            self.process.wait()

    def _signal_group(self, sign: signal.Signals) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, sign)
