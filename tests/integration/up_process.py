"""`travellr up` with stand-ins for its parts, as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from infrastructure import up_state
from infrastructure.embedded.process import wait_until
from infrastructure.up_state import UpState

STAND_IN = Path(__file__).with_name("stand_in.py")


class Up:
    """One `up` with stand-ins on a folder, as a process of its own."""

    def __init__(self, home: Path, **variables: str) -> None:
        self.home = home
        foreign = {name: value for name, value in os.environ.items() if not name.startswith("TRAVELLR_")}
        environment = {**foreign, "TRAVELLR_HOME": str(home), "TRAVELLR_PORT": str(free_port()), **variables}
        self.process = subprocess.Popen(
            [sys.executable, str(STAND_IN), "up"], env=environment, stdout=subprocess.PIPE, text=True
        )

    @property
    def state(self) -> UpState:
        state = up_state.read(self.home)
        assert state is not None
        return state

    def pid(self, name: str) -> int:
        pid = self.state.children[name]
        assert pid is not None
        return pid

    def until_ready(self) -> "Up":
        def ready() -> bool:
            state = up_state.read(self.home)
            return state is not None and state.pid == self.process.pid and state.ready

        assert wait_until(lambda: ready() or self.process.poll() is not None, 60)
        assert ready(), self.output()
        return self

    def has_logged(self, name: str, text: str) -> bool:
        log = self.home / "logs" / f"{name}.log"
        return log.exists() and text in log.read_text()

    def until_restarted(self, name: str, old: int) -> int:
        assert wait_until(lambda: self.state.children[name] not in {None, old}, 20)
        return self.pid(name)

    def output(self) -> str:
        return self.process.communicate(timeout=30)[0]

    def end(self, sign: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(sign)
        output = self.output()
        return self.process.returncode, output


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
