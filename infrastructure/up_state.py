"""What `travellr up` has running, in home/up.json: for `doctor`, for the other commands and for tests."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from signal import SIGKILL
from typing import Final

from pydantic import SecretStr

from infrastructure.embedded.process import alive, send, wait_until
from infrastructure.home_lock import is_held
from infrastructure.settings import Settings

FILE_NAME: Final = "up.json"
SANDBOX_KEY: Final = "sk_test_sandbox"


@dataclass(frozen=True, slots=True)
class UpState:
    pid: int
    address: str
    sandbox: str | None = None
    database_url: str | None = None
    redis_url: str | None = None
    children: Mapping[str, int | None] = field(default_factory=dict)  # pids by name, None while waiting for a restart
    restarts: Mapping[str, int] = field(default_factory=dict)
    ready: bool = False

    def write(self, home: Path) -> None:
        draft = home / f".{FILE_NAME}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=2)
        draft.replace(home / FILE_NAME)


def read(home: Path) -> UpState | None:
    try:
        return UpState(**json.loads((home / FILE_NAME).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def remove(home: Path) -> None:
    (home / FILE_NAME).unlink(missing_ok=True)


def attached(settings: Settings) -> Settings:
    """These settings with the addresses of what runs on the same folder now, where they name none themselves."""
    state = read(settings.home) if is_held(settings.home) else None
    if state is None:
        return settings
    found: dict[str, object] = {}
    if settings.database_url is None:
        found |= {"database_url": state.database_url, "embedded": True}
    if settings.redis_url is None:
        found["redis_url"] = state.redis_url
    if settings.stripe_api_key is None and state.sandbox is not None:
        found |= {"stripe_api_key": SecretStr(SANDBOX_KEY), "stripe_api_base": state.sandbox}
    return settings.model_copy(update=found)


def end_left_behind(home: Path, wait_seconds: float = 12.0) -> None:
    """Waits for the children of a supervisor that was killed; whoever does not end by itself is killed by pid.

    Called under the folder's lock. Servers are left alone: they are adopted.
    """
    state = read(home)
    if state is None:
        return
    left = [pid for pid in state.children.values() if pid is not None and _is_child_of(home, pid)]
    if not wait_until(lambda: not any(alive(pid) for pid in left), wait_seconds):
        for pid in left:
            if _is_child_of(home, pid):
                send(pid, SIGKILL)
        wait_until(lambda: not any(alive(pid) for pid in left), 2.0)


def _is_child_of(home: Path, pid: int) -> bool:
    """A pid alone may be somebody else's by now; the environment it was started with tells whose child it is."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"TRAVELLR_HOME=" + os.fsencode(home) in environment and any(
        part.startswith(b"TRAVELLR_LIFELINE_FD=") for part in environment
    )
