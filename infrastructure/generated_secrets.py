"""Secrets of the sandbox, made once and kept in home/secrets.json so that a restart still reads its own data."""

import base64
import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Final

from infrastructure.secret_strength import MASTER_KEY_BYTES, SECRET_NAMES, secret_problems
from infrastructure.settings import Settings, read_settings
from infrastructure.settings_error import SettingsError

FILE_NAME: Final = "secrets.json"


def with_generated_secrets(settings: Settings) -> Settings:
    """The same settings with no secret missing; only ever called in the sandbox."""
    if not settings.sandbox:
        raise SettingsError(*secret_problems(settings))
    missing = [name for name in SECRET_NAMES if getattr(settings, name) is None]
    if not missing:
        return settings
    kept = _read(settings.home / FILE_NAME) or _write(settings.home / FILE_NAME)
    given = {name: getattr(settings, name) for name in settings.model_fields_set}
    return read_settings(**{**given, **{name: kept[name] for name in missing}})


def _read(path: Path) -> dict[str, str] | None:
    try:
        kept = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from None
    if not isinstance(kept, dict) or not all(isinstance(kept.get(name), str) for name in SECRET_NAMES):
        raise SettingsError(f"{path} does not hold the secrets {', '.join(SECRET_NAMES)}.")
    return kept


def _write(path: Path) -> dict[str, str]:
    """Written whole under another name and then linked, so of two starters at once both end with the first one's."""
    made = {
        "secret_key": secrets.token_hex(32),
        "pepper": secrets.token_hex(32),
        "master_key": base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode(),
    }
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(made, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        draft.unlink(missing_ok=True)
    return _read(path) or made
