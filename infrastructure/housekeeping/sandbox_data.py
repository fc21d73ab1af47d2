"""Removes what a sandbox has played with: its database, its queue and its Stripe. Only of a folder, never of a server.

Broken off half-way it is done again; until then the folder must not be used.
"""

import shutil
from pathlib import Path
from typing import Final

from infrastructure import money_mode, up_state
from infrastructure.audit.heads_file import FILE_NAME as HEADS
from infrastructure.demo.accounts import FILE_NAME as ACCOUNTS
from infrastructure.embedded import postgres, valkey
from infrastructure.embedded.postgres_place import discard_place
from infrastructure.home_lock import home_lock
from infrastructure.setting_names import variable
from infrastructure.settings import Settings
from infrastructure.settings_error import SettingsError

# Secrets, the register of erasures, logs and what the folder has seen of real money stay.
_FOLDERS: Final = ("valkey", "stripe")
_FILES: Final = (ACCOUNTS, HEADS, up_state.FILE_NAME)


def check(settings: Settings) -> None:
    """Raises SettingsError, one sentence, unless this folder holds a sandbox and everything that belongs to it."""
    if not settings.sandbox:
        raise SettingsError(
            f"Only the sandbox's data can be removed, and Stripe's {settings.stripe_mode} mode is used."
        )
    for name in ("database_url", "redis_url", "stripe_api_key", "audit_heads"):
        if getattr(settings, name) is not None:
            raise SettingsError(f"{variable(name)} is set: what it names is not in {settings.home} and is not removed.")
    mode = settings.home / money_mode.FILE_NAME
    if mode.exists() and mode.read_text().strip() != "sandbox":
        raise SettingsError(f"{settings.home} has seen Stripe's {mode.read_text().strip()} mode: nothing is removed.")


def remove(settings: Settings) -> list[str]:
    """What was removed. Raises SettingsError, and AlreadyUpError while the system runs on the folder."""
    check(settings)
    home = settings.home
    with home_lock(home, "nowhere: its data are being removed"):
        up_state.end_left_behind(home)
        for server in (postgres.find(home / "postgres"), valkey.find(home / "valkey")):
            if server is not None:
                server.stop()
        removed = [path.name for path in _there(home)]
        discard_place(home / "postgres")
        for folder in _FOLDERS:
            if (home / folder).exists():
                shutil.rmtree(home / folder)
        for file in _FILES:
            (home / file).unlink(missing_ok=True)
    return removed


def _there(home: Path) -> list[Path]:
    return [path for name in ("postgres", *_FOLDERS, *_FILES) if (path := home / name).exists()]
