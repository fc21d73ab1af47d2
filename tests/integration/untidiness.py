"""Rows of every age for housekeeping to sort out, and what it must leave of them."""

from typing import Any, Final
from uuid import uuid4

from tests.integration.tidying import logs
from tests.integration.world import World

# So many rows that a job needs several steps for them.
MANY: Final = 2_100
LATELY: Final = "clock_timestamp() - interval '6 days'"
LONG_AGO: Final = "clock_timestamp() - interval '91 days'"
TABLES: Final = ("board.task", "webhook.delivery", "webhook.attempt", "people.mailbox", "ops.session", "people.device")


def untidy(world: World) -> None:
    """Rows of every age, in every state: those that must go, and their neighbours, which must stay."""
    for table in (*TABLES, "ops.heartbeat"):
        world.own.execute(f"DELETE FROM {table}".encode())
    old_tasks(world)
    old_deliveries(world)
    made = "INSERT INTO"
    mail = "people.mailbox (mail_id, account_id, kind, channel, subject_sealed, text_sealed, sent_at)"
    session = "ops.session (session_id, account_id, role, seed, used_at, ended_at)"
    twice = "gen_random_uuid(), gen_random_uuid()"
    for at in (LONG_AGO, LATELY):
        world.own.execute(f"{made} {mail} VALUES ({twice}, 'k', 'email', 's', 't', {at})".encode())
        world.own.execute(f"{made} people.device VALUES (gen_random_uuid(), 'x', {at})".encode())
        world.own.execute(f"{made} ops.heartbeat VALUES (gen_random_uuid()::text, {at})".encode())
    for used, ended in ((LONG_AGO, "NULL"), (LATELY, "NULL"), (LONG_AGO, LATELY), (LONG_AGO, LONG_AGO)):
        world.own.execute(f"{made} {session} VALUES ({twice}, 'vendor', '', {used}, {ended})".encode())
    world.own.execute(
        "INSERT INTO log.idempotency (scope, key, fingerprint, status, body, position, recorded_at)"
        " VALUES (gen_random_uuid(), 'k', 'f', 200, '', 1, clock_timestamp() - interval '9 years')"
    )


def old_tasks(world: World) -> None:
    """`unread` was caused by an event that `react` has not read: it would make the task again."""
    world.own.execute("INSERT INTO ops.follower (name, position) VALUES ('react', 10) ON CONFLICT DO NOTHING")
    for kind, state, done, cause, n in (
        ("old", "done", LONG_AGO, 1, MANY),
        ("ping", "done", LONG_AGO, None, 1),
        ("unread", "done", LONG_AGO, 11, 1),
        ("lately", "done", LATELY, 1, 1),
        *((state, state, "NULL", 1, 2) for state in ("due", "running", "parked")),
    ):
        world.own.execute(
            "INSERT INTO board.task (task_id, kind, arguments, state, created_at, done_at, caused_by)"
            f" SELECT gen_random_uuid(), %s, '{{}}', %s, {LONG_AGO}, {done}, %s FROM generate_series(1, %s)".encode(),
            (kind, state, cause, n),
        )


def old_deliveries(world: World) -> None:
    for state, done in (("delivered", LONG_AGO), ("failed", LATELY), ("pending", "NULL")):
        delivery_id = uuid4()
        world.own.execute(
            "INSERT INTO webhook.delivery"
            " (delivery_id, endpoint_id, type, stream_id, version, state, created_at, done_at)"
            f" VALUES (%s, %s, 't', %s, 1, %s, {LONG_AGO}, {done})".encode(),
            (delivery_id, uuid4(), uuid4(), state),
        )
        world.own.execute("INSERT INTO webhook.attempt VALUES (%s, 1, now(), 5)", (delivery_id,))


def seen(world: World) -> dict[str, Any]:
    """What is left, without ids and times, which differ each time."""
    return {
        "tasks": world.rows("SELECT kind, state, count(*) FROM board.task GROUP BY 1, 2 ORDER BY 1, 2"),
        "deliveries": world.rows(
            "SELECT state FROM webhook.delivery JOIN webhook.attempt USING (delivery_id) ORDER BY 1"
        ),
        "mailbox": world.row("SELECT count(*) FROM people.mailbox"),
        "devices": world.row("SELECT count(*) FROM people.device"),
        "sessions": world.rows("SELECT ended_at IS NULL, count(*) FROM ops.session GROUP BY 1 ORDER BY 1"),
        "heartbeats": world.row("SELECT count(*) FROM ops.heartbeat"),
        "logs": sorted(file.name.split(".", 1)[0] + file.suffix for file in logs(world).iterdir()),
    }


def everything(world: World) -> list[Any]:
    """Every row of every table that a job may touch, and every file."""
    rows = [world.rows(f"SELECT t::text FROM {table} AS t ORDER BY 1") for table in (*TABLES, "ops.heartbeat")]
    return [*rows, [(file.name, file.stat().st_mtime_ns) for file in sorted(logs(world).iterdir())]]


LEFT: Final = {
    "tasks": [
        ("due", "due", 2),
        ("lately", "done", 1),
        ("parked", "parked", 2),
        ("running", "running", 2),
        ("unread", "done", 1),
    ],
    "deliveries": [("failed",), ("pending",)],
    "mailbox": (1,),
    "devices": (1,),
    "sessions": [(False, 2), (True, 1)],
    "heartbeats": (0,),
    "logs": ["api.gz", "worker.log"],
}
