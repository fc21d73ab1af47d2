"""Forgetting a person for good: their key, their sessions and their mail go; that it happened is written down first.

The register of erasures (`TRAVELLR_HOME/erasures`, one small file each, ids and times only) lies outside the database
on purpose: a database that is restored from a back-up holds keys again that were destroyed, and `travellr erasures
replay` destroys them again.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

FOLDER: Final = "erasures"


@dataclass(frozen=True, slots=True)
class Erasure:
    account_id: UUID
    erased_at: datetime


def write_down(home: Path, erasure: Erasure) -> None:
    """Kept even if the machine stops now. The same erasure twice is one file."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    said = json.dumps({"account_id": str(erasure.account_id), "erased_at": erasure.erased_at.isoformat()})
    with suppress(FileExistsError), os.fdopen(_new_file(folder / f"{erasure.account_id}.json"), "w") as file:
        file.write(said + "\n")
        file.flush()
        os.fsync(file.fileno())
    _sync(folder)


def written_down(home: Path) -> Iterator[Erasure]:
    """Every erasure in the register, in the order of the ids."""
    for path in sorted((home / FOLDER).glob("*.json")):
        facts = json.loads(path.read_text())
        yield Erasure(UUID(facts["account_id"]), datetime.fromisoformat(facts["erased_at"]))


def forget(connection: Connection[Any], account_id: UUID) -> None:
    """Destroy the key and whatever else is kept about the person outside the log. Doing it twice does no harm."""
    with connection.transaction():
        connection.execute("DELETE FROM people.identity WHERE account_id = %s", (account_id,))
        connection.execute("DELETE FROM people.mailbox WHERE account_id = %s", (account_id,))
        connection.execute("DELETE FROM people.code_used WHERE account_id = %s", (account_id,))
        connection.execute("DELETE FROM people.push_subscription WHERE account_id = %s", (account_id,))
        connection.execute("DELETE FROM people.dead_address WHERE account_id = %s", (account_id,))
        connection.execute("DELETE FROM people.device WHERE account_id = %s", (account_id,))
        connection.execute("DELETE FROM ops.session WHERE account_id = %s", (account_id,))


def _new_file(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _sync(folder: Path) -> None:
    """A new name is only sure to be there once its folder is written, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
