"""One SQLite file: every object as a JSON document, and one transaction for every request."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.documents import Doc

# NORMAL with WAL survives the end of the process at any moment, kill -9 included; only a power cut could take the
# last requests along, and a sandbox does not promise more than the machine it runs on.
SCHEMA = """
-- One process at a time: two would not see each other's idempotency keys in progress.
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, account TEXT NOT NULL,
    created INTEGER NOT NULL, json TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_by_type ON objects (account, type, seq);
CREATE INDEX IF NOT EXISTS objects_by_intent ON objects (json_extract(json, '$.payment_intent'))
    WHERE json_extract(json, '$.payment_intent') IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_charge ON objects (json_extract(json, '$.charge'))
    WHERE json_extract(json, '$.charge') IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_group ON objects (json_extract(json, '$.transfer_group'))
    WHERE json_extract(json, '$.transfer_group') IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_customer ON objects (json_extract(json, '$.customer'))
    WHERE json_extract(json, '$.customer') IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_destination ON objects (json_extract(json, '$.destination'))
    WHERE json_extract(json, '$.destination') IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_source ON objects (json_extract(json, '$.source'))
    WHERE json_extract(json, '$.source') IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_source_transaction ON objects (json_extract(json, '$.source_transaction'))
    WHERE json_extract(json, '$.source_transaction') IS NOT NULL;
CREATE TABLE IF NOT EXISTS settled (
    account TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (account, currency)
);
CREATE TABLE IF NOT EXISTS unsettled (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, currency TEXT NOT NULL, available_on INTEGER NOT NULL,
    amount INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS unsettled_by_account ON unsettled (account, available_on);
CREATE TABLE IF NOT EXISTS idempotency_keys (
    account TEXT NOT NULL, key TEXT NOT NULL, path TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL,
    body BLOB NOT NULL, request_id TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (account, key)
);
CREATE INDEX IF NOT EXISTS idempotency_keys_by_age ON idempotency_keys (created);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, event TEXT NOT NULL, endpoint TEXT NOT NULL, event_type TEXT NOT NULL,
    due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'pending',
    last_status INTEGER
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at, id) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS timers (
    id INTEGER PRIMARY KEY, due_at REAL NOT NULL, kind TEXT NOT NULL, object TEXT NOT NULL, account TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS timers_due ON timers (due_at, id);
CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value REAL NOT NULL);
"""


class Store:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # Autocommit, so that BEGIN and COMMIT stand where they are meant.
        self.connection = sqlite3.connect(folder / "sandbox.sqlite", isolation_level=None, timeout=2.0)
        try:
            self.connection.executescript(SCHEMA)
        except sqlite3.OperationalError as error:
            raise SystemExit(f"{folder} cannot be opened, or is already in use by another sandbox: {error}") from error

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Inside a transaction: an error that leaves this block takes its writes along and nothing else."""
        self.connection.execute("SAVEPOINT work")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK TO work")
            self.connection.execute("RELEASE work")
            raise
        self.connection.execute("RELEASE work")

    def run(self, sql: str, *values: Any) -> list[Any]:
        return self.connection.execute(sql, values).fetchall()

    def add(self, account: str, doc: Doc) -> Doc:
        self.run(
            "INSERT INTO objects (id, type, account, created, json) VALUES (?, ?, ?, ?, ?)",
            doc["id"], doc["object"], account, doc["created"], json.dumps(doc),
        )  # fmt: skip
        return doc

    def put(self, doc: Doc) -> Doc:
        self.run("UPDATE objects SET json = ? WHERE id = ?", json.dumps(doc), doc["id"])
        return doc

    def remove(self, object_id: str) -> None:
        self.run("DELETE FROM objects WHERE id = ?", object_id)

    def get(self, kind: str, object_id: str, account: str) -> Doc | None:
        rows = self.run("SELECT json FROM objects WHERE id = ? AND type = ? AND account = ?", object_id, kind, account)
        return json.loads(rows[0][0]) if rows else None

    def find(self, object_id: str) -> Doc | None:
        rows = self.run("SELECT json FROM objects WHERE id = ?", object_id)
        return json.loads(rows[0][0]) if rows else None

    def select(self, kind: str, account: str, **fields: str) -> list[Doc]:
        """All documents of one type whose named fields have these values, oldest first."""
        where = "".join(f" AND json_extract(json, '$.{name}') = ?" for name in fields)
        sql = f"SELECT json FROM objects WHERE type = ? AND account = ?{where} ORDER BY seq"
        return [json.loads(row[0]) for row in self.run(sql, kind, account, *fields.values())]

    def page(self, where: Sequence[str], values: Sequence[Any], *, newest_first: bool, limit: int) -> list[Doc]:
        order = "DESC" if newest_first else "ASC"
        sql = f"SELECT json FROM objects WHERE {' AND '.join(where)} ORDER BY seq {order} LIMIT ?"
        return [json.loads(row[0]) for row in self.run(sql, *values, limit)]

    def seq(self, object_id: str, kind: str, account: str) -> int | None:
        rows = self.run("SELECT seq FROM objects WHERE id = ? AND type = ? AND account = ?", object_id, kind, account)
        return int(rows[0][0]) if rows else None
