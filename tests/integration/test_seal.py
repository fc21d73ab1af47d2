"""The seal as the followers make it: off the request path, once, the same after every crash, and taken out of reach."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import psycopg
import pytest

from domain.root import Event
from domain.vendor import Vendor
from infrastructure.audit import sealer as sealer_module
from infrastructure.audit.heads import kept_heads
from infrastructure.audit.heads_file import HeadsFile, append, last_number
from infrastructure.audit.keys import SealKeys
from infrastructure.audit.sealer import BrokenLog, Overtaken, Sealer
from infrastructure.audit.targets import heads_path
from infrastructure.audit.verify import verify
from infrastructure.database import connect
from infrastructure.log_tail import known_topics
from infrastructure.settings import load_settings
from infrastructure.settings_error import SettingsError
from tests.integration.appends import LogOnTheBench, facts
from tests.integration.sealed import ALWAYS, interleaved, seal_all, sealed_log
from tests.integration.servers import SANDBOX_KEY, eventually
from tests.integration.smtp_server import smtp_server
from tests.integration.world import superuser, world_on
from workers.seal import SealThread, file_heads

DAILY = Vendor.CadenceChosen.TOPIC
TABLES = ("log.events", "log.idempotency", "seal.strip", "seal.checkpoint", "seal.head", "seal.verification")


@contextmanager
def sealing(url: str, home: Path, **settings: Any) -> Iterator[SealThread]:
    stop = threading.Event()
    thread = SealThread(url, load_settings({}, home=home, database_url=url, **settings), stop)
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def commit_all(bench: LogOnTheBench, events: list[Event]) -> None:
    for event in events:
        bench.commit(event)


def levels(bench: LogOnTheBench) -> list[tuple[int, bytes]]:
    """Everything kept of the tree, however it was cut into strips."""
    rows = bench.rows(
        "SELECT level, string_agg(hashes, '' ORDER BY first) FROM seal.strip GROUP BY level ORDER BY level"
    )
    return [(level, bytes(hashes)) for level, hashes in rows]


def keys_in(home: Path) -> SealKeys:
    return SealKeys.of(load_settings({}, home=home))


def test_a_sealer_killed_anywhere_makes_the_same_tree(
    bench: LogOnTheBench, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_all(bench, interleaved(120))
    keys, random = keys_in(tmp_path), Random(4)  # noqa: S311 - moments of a test
    with superuser(database_url) as owner:
        seal_all(bench.sql, keys)
        whole = levels(bench)
        for table in ("strip", "checkpoint", "head"):
            owner.execute(f"TRUNCATE seal.{table}".encode())

    class Killed(Exception):  # noqa: N818 - not an error of ours
        pass

    class Mortal(Sealer):
        def _keep(self, strips: Any) -> None:
            super()._keep(strips)
            if random.random() < 0.5:
                raise Killed

    sealed, killed = 0, 0
    while sealed < 600:
        sealer = Mortal(bench.sql, keys, head_every=ALWAYS)
        assert sealer.position == sealed, "what was not committed is not known"
        try:
            monkeypatch.setattr(sealer_module, "BATCH_MAX", random.randint(1, 60))
            sealer.step()
        except Killed:
            killed += 1
        ((sealed,),) = bench.rows("SELECT coalesce(max(position), 0) FROM seal.checkpoint")
    assert killed > 3
    assert levels(bench) == whole
    with superuser(database_url) as owner:
        assert verify(owner, keys.believed, known_topics()).found == []


def test_two_sealers_never_seal_twice(bench: LogOnTheBench, tmp_path: Path) -> None:
    commit_all(bench, interleaved(2))
    first, second = (Sealer(bench.sql, keys_in(tmp_path)) for _ in range(2))
    first.step()
    with pytest.raises(Overtaken):
        second.step()


def test_a_log_that_lacks_a_position_or_its_end_is_not_sealed_any_further(
    bench: LogOnTheBench, database_url: str, tmp_path: Path
) -> None:
    commit_all(bench, interleaved(4))
    keys = keys_in(tmp_path)
    with superuser(database_url) as owner:
        owner.execute("DELETE FROM log.events WHERE notification_id = 7")
        with sealing(database_url, tmp_path):
            said = "SELECT error_position, error FROM ops.follower WHERE name = 'seal' AND error IS NOT NULL"
            ((position, why),) = eventually(lambda: bench.rows(said))
        assert (position, "missing" in why) == (7, True)
        owner.execute("DELETE FROM log.events WHERE notification_id > 6")
        seal_all(bench.sql, keys)
        owner.execute("DELETE FROM log.events WHERE notification_id > 3")
        with pytest.raises(BrokenLog, match="position 4: the log ends before it"):
            Sealer(bench.sql, keys).step()


def test_the_thread_seals_signs_and_files_what_is_committed(
    bench: LogOnTheBench, database_url: str, tmp_path: Path
) -> None:
    settings = load_settings({}, home=tmp_path, database_url=database_url)
    commit_all(bench, interleaved(2))
    with sealing(database_url, tmp_path):
        eventually(lambda: heads_path(settings).exists() and list(HeadsFile(heads_path(settings))))
        commit_all(bench, interleaved(3))
        eventually(lambda: bench.rows("SELECT 1 FROM ops.follower WHERE name = 'seal' AND position = 25"))
    (head,) = HeadsFile(heads_path(settings))
    assert (head.number, head.kind, head.is_signed) == (1, "minute", True)
    assert head.kid in keys_in(tmp_path).believed


def test_the_daily_close_has_a_head_of_its_own(bench: LogOnTheBench, database_url: str, tmp_path: Path) -> None:
    commit_all(bench, list(facts(3)))
    with superuser(database_url) as owner:
        owner.execute("UPDATE log.events SET topic = 'books.closed' WHERE notification_id = 2")
    sealer = Sealer(bench.sql, keys_in(tmp_path), ["mail", "store"])
    while sealer.step():
        pass
    assert [(h.kind, h.tree_size) for h in kept_heads(bench.sql)] == [("close", 2)]
    tasks = bench.rows("SELECT arguments->>'target' FROM board.task WHERE kind = 'deliver_head' ORDER BY 1")
    assert tasks == [("mail",), ("store",)]


def test_no_head_is_lost_between_the_database_and_the_file(
    bench: LogOnTheBench, database_url: str, tmp_path: Path
) -> None:
    keys, path = keys_in(tmp_path), tmp_path / "elsewhere" / "heads.jsonl"
    for _ in range(5):
        commit_all(bench, list(facts(2)))
        seal_all(bench.sql, keys)
    heads = kept_heads(bench.sql)
    append(path, heads[:2])
    with path.open("a") as torn:
        torn.write(heads[2].line[:100])
    assert last_number(path) == 2
    assert file_heads(bench.sql, path, last_number(path)) == 5
    assert list(HeadsFile(path)) == heads
    assert file_heads(bench.sql, tmp_path, 0) == 0, "a folder is no file: it is tried again"


class Store(BaseHTTPRequestHandler):
    kept: ClassVar[dict[str, tuple[str | None, bytes]]] = {}
    away: ClassVar[int] = 1

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if Store.away:
            Store.away -= 1
            self.send_response(503)
        else:
            Store.kept[self.path] = self.headers["Authorization"], body
            self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is given by the base class
        pass


def test_heads_are_put_into_a_store_and_mailed_at_the_close(
    database_url: str, tmp_path: Path, bench: LogOnTheBench
) -> None:
    commit_all(bench, list(facts(2)))
    with superuser(database_url) as owner:
        owner.execute("UPDATE log.events SET topic = 'books.closed' WHERE notification_id = 2")
    server = HTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with smtp_server() as smtp:
            delivery = {
                "audit_store_url": f"http://127.0.0.1:{server.server_port}/heads",
                "audit_store_token": "token of the store",
                "audit_mail": "auditor@example.com",
                "smtp_url": smtp.url,
            }
            with sealing(database_url, tmp_path, **delivery):
                eventually(lambda: bench.rows("SELECT 1 FROM seal.head"))
            with superuser(database_url) as owner:
                owner.execute("UPDATE log.events SET topic = %s WHERE notification_id = 2", (DAILY,))
            with world_on(database_url, tmp_path, **delivery) as world:
                world.work()
                world.hurry()
                world.work()
                assert world.rows("SELECT kind, last_error FROM board.task WHERE state <> 'done'") == []
            (letter,) = smtp.received
    finally:
        server.shutdown()
        server.server_close()
    (head,) = kept_heads(bench.sql)
    assert Store.kept == {"/heads/000000000001.json": ("Bearer token of the store", f"{head.line}\n".encode())}
    assert letter["To"] == "auditor@example.com"
    assert head.line in letter.get_content().replace("\r\n", "\n")


def test_a_new_key_signs_and_the_old_one_stays_believed(
    bench: LogOnTheBench, database_url: str, tmp_path: Path
) -> None:
    old, new = (base64.b64encode(hashlib.sha256(word).digest()).decode() for word in (b"old", b"new"))
    rotated = ({"seal_key": old}, {"seal_key": new, "seal_key_previous": old})
    for settings in rotated:
        commit_all(bench, list(facts(2)))
        seal_all(bench.sql, SealKeys.of(load_settings({}, home=tmp_path, **settings)))
    assert len({head.kid for head in kept_heads(bench.sql)}) == 2
    believed = SealKeys.of(load_settings({}, home=tmp_path, **rotated[1])).believed
    with superuser(database_url) as owner:
        assert verify(owner, believed, known_topics()).found == []
        forgotten = SealKeys.of(load_settings({}, home=tmp_path, seal_key=new)).believed
        assert [f.kind for f in verify(owner, forgotten, known_topics()).found] == ["head_forged"]
        told = verify(owner, forgotten, known_topics(), delivered=kept_heads(owner))
        assert told.found == [], "a head that was delivered brings its key"


def test_a_weak_key_is_refused() -> None:
    for key in ("short", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="):
        with pytest.raises(SettingsError, match="TRAVELLR_SEAL_KEY"):
            load_settings({}, seal_key=key, stripe_api_key=SANDBOX_KEY, stripe_api_base="http://127.0.0.1:9")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("how", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_running_system_cannot_change_log_or_seal(database_url: str, table: str, how: str) -> None:
    with connect(database_url, name="test") as own:
        (column,) = own.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 2", (table,)
        ).fetchone() or ("",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            own.execute(how.format(table, column, column).encode())


def test_a_clean_log_of_thousands_has_no_false_alarm(database_url: str, tmp_path: Path) -> None:
    with sealed_log(database_url, tmp_path, events=3_000, heads=30) as sealed:
        verdict = sealed.verdict()
        assert (verdict.found, verdict.checked, verdict.signed, verdict.heads) == ([], 3_000, 3_000, 30)
        root = sealed.delivered[-1].root
        assert root != hashlib.sha256(b"").digest()
