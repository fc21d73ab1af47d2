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
        parts = conninfo_to_dict(self.url)
        done = subprocess.run(  # noqa: S603 - the program is from our own wheel, no shell is involved
            [
                *(str(self.program), "-n", "-M", "prepared", "-f", str(self._script(rows))),
                *("-c", str(writers), "-j", str(min(writers, 2)), "-T", str(max(1, round(seconds)))),
                *("-h", str(parts["host"]), "-U", str(parts["user"]), str(parts["dbname"])),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        return transactions_per_s(done.stdout) * rows

    def _script(self, rows: int) -> Path:
        file = self.folder / f"insert_{rows}.sql"
        if not file.exists():
            # pgbench takes a colon and a name after it for a variable.
            meta = metadata().replace(":null", ": null")
            row = f"(gen_random_uuid(), 1, 'payment.settled', '\\x{ready_state().hex()}', '{meta}')"
            columns = "originator_id, originator_version, topic, state, metadata"
            file.write_text(f"INSERT INTO like_events ({columns}) VALUES {', '.join([row] * rows)};\n")
        return file


def transactions_per_s(said: str) -> float:
    """The rate that pgbench reports, without the time it took to connect."""
    found = re.search(r"^tps = ([\d.]+) \(without initial connection time\)", said, re.MULTILINE)
    assert found, said
    return float(found[1])


def pgbench(place: Place, url: str) -> Pgbench:
    with superuser(url) as connection:
        connection.execute(_TABLE)
    return Pgbench(place.programs / "pgbench", place.folder, url)
