"""`travellr erasures scrub`: takes destroyed keys out of the database's files, where what was deleted stays a while.

Deleting a row makes it invisible; its bytes stay in the table's file until the space is used again, and in the
write-ahead log until its segments are. Both hold keys only as wrapped by the master key. This rewrites the tables and
starts new segments; segments that PostgreSQL keeps for reuse are overwritten as it goes on.
"""

from typing import Final

import psycopg
from psycopg import sql

TABLES: Final = ("identity", "mailbox", "code_used")
LOCK_WAIT: Final = "10s"


def scrub(url: str) -> None:
    """Each table is locked while it is rewritten, for about a second per million people."""
    with psycopg.connect(url, autocommit=True, application_name="travellr-scrub") as database:
        database.execute(sql.SQL("SET lock_timeout = {}").format(LOCK_WAIT))
        for table in TABLES:
            database.execute(sql.SQL("VACUUM (FULL) {}").format(sql.Identifier("people", table)))
        database.execute("SELECT pg_switch_wal()")
        database.execute("CHECKPOINT")
