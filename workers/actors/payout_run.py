"""A payout run: every vendor with money waiting is looked at once, some at a time, from where the run has got to."""

import asyncio
from typing import Any, Final
from uuid import UUID

from commands.append import Meta
from commands.draft_payout import DraftPayout
from commands.payout_run import AdvancePayoutRun, FinishPayoutRun
from domain.actor import SYSTEM
from domain.payout_run import PayoutRun
from workers.actors.argument import uuid_of
from workers.board import Leased
from workers.hands import Hands, NotYet

BATCH: Final = 200
AT_ONCE: Final = 16

# Who was drafted a payout of this period by an attempt that was killed counts again, so that the sums are right.
_WAITING: Final = """
    SELECT v.vendor_id, money.currency FROM read.vendor AS v
     CROSS JOIN LATERAL (
        SELECT l.currency FROM read.vendor_line AS l
         WHERE l.vendor_id = v.vendor_id AND l.state <> 'paid_out' AND l.available_from < %(cutoff)s
        UNION
        SELECT p.currency FROM read.payout AS p
         WHERE p.vendor_id = v.vendor_id AND p.period_end = %(period_end)s AND p.cadence = %(cadence)s
     ) AS money
     WHERE v.cadence = %(cadence)s
"""
# Vendor by vendor from where the run has got to, so that each page looks at its own vendors only, however many follow.
_NEXT: Final = (
    _WAITING + " AND v.vendor_id >= %(vendor_id)s AND (v.vendor_id, money.currency) > (%(vendor_id)s, %(currency)s)"
    " ORDER BY 1, 2 LIMIT %(limit)s"
)


def draft_payouts(task: Leased, hands: Hands) -> None:
    """Go on from the last vendor that the run says was looked at; each draft is a command of its own, done once."""
    run = hands.load(PayoutRun, uuid_of(task, "run_id"))
    if run.finished:
        return
    _wait_for_read_models(task, hands)
    waiting = run.waiting or _count(hands, run)
    payouts, carried = run.payouts, run.carried
    while some := _next(hands, run):
        drafted = hands.loop.run(_draft(task, hands, run, some))
        payouts, carried = payouts + drafted, carried + len(some) - drafted
        vendor_id, currency = some[-1]
        command = AdvancePayoutRun(run.id, vendor_id, currency, payouts, carried, waiting)
        run = hands.record(task, command, closes=False).result
    hands.record(task, FinishPayoutRun(run.id, payouts, carried))


def _wait_for_read_models(task: Leased, hands: Hands) -> None:
    """Who waits for money is asked of read models: they must have seen all that was written before the run began."""
    with hands.pool.connection() as connection:
        behind = connection.execute(
            "SELECT 1 FROM board.task AS t, unnest(ARRAY['vendors', 'vendor_money', 'payouts']) AS name"
            " LEFT JOIN ops.follower AS f USING (name)"
            " WHERE t.task_id = %s AND coalesce(f.position, 0) < t.caused_by LIMIT 1",
            (task.task_id,),
        ).fetchone()
    if behind is not None:
        raise NotYet(0.2, "the read models are behind the run")


def _count(hands: Hands, run: PayoutRun) -> int:
    with hands.pool.connection() as connection:
        row = connection.execute(f"SELECT count(*) FROM ({_WAITING}) AS waiting".encode(), _parameters(run)).fetchone()
    assert row is not None
    return int(row[0])


def _next(hands: Hands, run: PayoutRun) -> list[tuple[UUID, str]]:
    with hands.pool.connection() as connection:
        return connection.execute(_NEXT.encode(), {**_parameters(run), "limit": BATCH}).fetchall()


def _parameters(run: PayoutRun) -> dict[str, Any]:
    vendor_id, currency = run.looked_at or (UUID(int=0), "")
    return {
        "cutoff": run.cutoff,
        "period_end": run.period_end,
        "cadence": run.cadence,
        "vendor_id": vendor_id,
        "currency": currency,
    }


async def _draft(task: Leased, hands: Hands, run: PayoutRun, some: list[tuple[UUID, str]]) -> int:
    """How many of these have a payout of this period now; the log commits those that come together as a group."""
    turn = asyncio.Semaphore(AT_ONCE)
    meta = Meta(SYSTEM, "DraftPayout", str(task.task_id), causation_id=str(run.id))

    async def draft(vendor_id: UUID, currency: str) -> bool:
        async with turn:
            command = DraftPayout(vendor_id, currency, run.cadence, run.period_end, run.cutoff)
            return (await hands.container.dispatch(command, meta=meta)).result is not None

    return sum(await asyncio.gather(*(draft(*one) for one in some)))
