"""pgbench as a contestant: what PostgreSQL itself does with the same rows when no Python stands before it."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from bench.makings import metadata, ready_state
from bench.place import Place, superuser

# The columns and indexes of log.events, and a sequence where we count ourselves.
_TABLE = """
    CREATE TABLE like_events (
        originator_id uuid NOT NULL,
        originator_version bigint NOT NULL CHECK (originator_version > 0),
        topic text NOT NULL,
        state bytea NOT NULL,
        notification_id bigserial NOT NULL UNIQUE,
        metadata json NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (originator_id, originator_version))
"""


@dataclass(frozen=True, slots=True)
class Pgbench:
    program: Path
    folder: Path
    url: str

    def rows_per_s(self, rows: int, writers: int, seconds: float) -> float:
        """Rows a second, so many in each INSERT, each INSERT a transaction."""
        row = f"(uuidv7(), 1, 'payment.settled', '\\x{ready_state().hex()}', '{escaped(metadata())}')"
        columns = "originator_id, originator_version, topic, state, metadata"
        self.write(f"insert_{rows}", f"INSERT INTO like_events ({columns}) VALUES {', '.join([row] * rows)};\n")
        return self.per_s(f"insert_{rows}", writers, seconds) * rows

    def write(self, name: str, script: str) -> None:
        (self.folder / f"{name}.sql").write_text(script)

    def per_s(self, name: str, clients: int, seconds: float, *, tries: int = 1, **variables: int) -> float:
        """How often this script ended in a second, in whole seconds; a deadlock's victim may have several tries."""
        parts = conninfo_to_dict(self.url)
        done = subprocess.run(  # noqa: S603 - the program is from our own wheel, no shell is involved
            [
                *(str(self.program), "-n", "-M", "prepared", "-f", str(self.folder / f"{name}.sql")),
                *("-c", str(clients), "-j", str(min(clients, 2)), "-T", str(max(1, round(seconds)))),
                *(f"--max-tries={tries}", *(f"--define={key}={value}" for key, value in variables.items())),
                *("-h", str(parts["host"]), "-U", str(parts["user"]), str(parts["dbname"])),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        return transactions_per_s(done.stdout)


def escaped(text: str) -> str:
    """Pgbench takes a colon and a name after it for a variable."""
    return text.replace(":null", ": null")


def transactions_per_s(said: str) -> float:
    """The rate that pgbench reports, without the time it took to connect."""
    found = re.search(r"^tps = ([\d.]+) \(without initial connection time\)", said, re.MULTILINE)
    assert found, said
    return float(found[1])


def pgbench(place: Place, url: str) -> Pgbench:
    with superuser(url) as connection:
        connection.execute(_TABLE)
    return Pgbench(place.programs / "pgbench", place.folder, url)
