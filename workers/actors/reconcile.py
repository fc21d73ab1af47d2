"""Reconciliation: read what Stripe says moved its balance, compare, and act on what only one side knows."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from commands.reconcile import FinishReconciliation, IdentifyEntry, SuspendEntry
from domain.ids import derived_id
from domain.reconciliation import Reconciliation
from infrastructure.reconcile import Stray, compare, explained, read_ledger, strays
from workers.actors.argument import uuid_of
from workers.board import Leased
from workers.hands import Hands

_DISPUTES: Final = ("du_", "dp_")  # How Stripe's ids of disputes begin, now and of old.


def reconcile(task: Leased, hands: Hands) -> None:
    """Carry out one run; again from its start, or where the reading was broken off."""
    run = hands.load(Reconciliation, uuid_of(task, "run_id"))
    if run.finished:
        return
    with hands.pool.connection() as connection:
        read_ledger(connection, hands.stripe.ledger)
        compared, unknown, known_now = compare(connection), strays(connection), explained(connection)
        _look_at_disputes(connection, run.id, unknown)
        _look_at_transfers(connection, run.id, unknown)
    because = f"reconciliation:{run.id}"
    for stray in unknown:
        if stray.ripe:
            hands.dispatch(SuspendEntry(stray.entry, stray.kind, stray.source), because=because)
    for reference in known_now:
        hands.dispatch(IdentifyEntry(reference), because=because)
    hands.record(
        task,
        FinishReconciliation(
            run.id,
            matched=compared.matched,
            ours_only=compared.ours_only,
            theirs_only=compared.theirs_only,
            different=compared.different,
        ),
    )


def _look_at_disputes(connection: Connection[TupleRow], run_id: UUID, unknown: Sequence[Stray]) -> None:
    """Money that a dispute moved without our hearing of it, and what is open: a webhook may have been lost."""
    still_open = connection.execute("SELECT stripe_dispute_id FROM read.dispute WHERE ended_at IS NULL").fetchall()
    unheard = {s.source for s in unknown if s.source and s.source.startswith(_DISPUTES)}
    for stripe_id in unheard | {stripe_id for (stripe_id,) in still_open}:
        connection.execute(
            "INSERT INTO board.task (task_id, kind, arguments) VALUES (%s, 'dispute', %s) ON CONFLICT DO NOTHING",
            (derived_id("task", "dispute", run_id, stripe_id), Jsonb({"stripe_dispute_id": stripe_id})),
        )


def _look_at_transfers(connection: Connection[TupleRow], run_id: UUID, unknown: Sequence[Stray]) -> None:
    """Money that a transfer moved without our hearing of it, such as one of a payout that was cancelled since."""
    for stripe_id in {s.source for s in unknown if s.source and s.source.startswith("tr_")}:
        connection.execute(
            "INSERT INTO board.task (task_id, kind, arguments) VALUES (%s, 'stripe_news', %s) ON CONFLICT DO NOTHING",
            (
                derived_id("task", "transfer", run_id, stripe_id),
                Jsonb({"type": "transfer.created", "object_id": stripe_id}),
            ),
        )
