"""What happens later by itself: payouts arrive, disputes open, refunds fail, authorisations run out."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from sandbox import charges, disputes, payment_intents, payouts, refunds
from sandbox.errors import StripeRefusal
from sandbox.world import Call, World

log = logging.getLogger("sandbox")

TURNS: dict[str, Callable[[Call, str], Any]] = {
    "charge.book": charges.book_late,
    "dispute.open": disputes.open_dispute,
    "intent.expire": payment_intents.expire,
    "payout.send": payouts.send,
    "payout.arrive": payouts.arrive,
    "payout.bounce": payouts.bounce,
    "refund.fail": refunds.fail,
    "refund.succeed": refunds.succeed,
}
LONGEST_NAP_SECONDS = 5.0
AFTER_FAILURE_SECONDS = 1.0


class Timers:
    def __init__(self, world: World) -> None:
        self._world = world
        self.changed = asyncio.Event()

    async def run(self) -> None:
        """Runs what is due, until cancelled. Each turn is one transaction with the removal of its timer."""
        while True:
            self.changed.clear()
            nap_seconds = self._nap_seconds() if self._run_due() else AFTER_FAILURE_SECONDS
            try:
                await asyncio.wait_for(self.changed.wait(), nap_seconds)
            except TimeoutError:
                continue

    def _run_due(self) -> bool:
        """Whether all went well."""
        well = True
        store = self._world.store
        sql = "SELECT id, kind, object, account FROM timers WHERE due_at <= ? ORDER BY due_at, id"
        for timer_id, kind, object_id, account in store.run(sql, self._world.clock.now()):
            try:
                with store.transaction():
                    store.run("DELETE FROM timers WHERE id = ?", timer_id)
                    TURNS[kind](Call(self._world, account), object_id)
            except StripeRefusal as refusal:
                # Its object was deleted meanwhile: there is nothing left to do, and the others must go on.
                log.warning("%s of %s dropped: %s", kind, object_id, refusal)
                store.run("DELETE FROM timers WHERE id = ?", timer_id)
            except Exception:
                # Looked at again with the others; a loop that ended would stop all that happens later, without a word.
                log.exception("%s of %s failed", kind, object_id)
                well = False
            self._world.wake()
        return well

    def _nap_seconds(self) -> float:
        due_at = self._world.store.run("SELECT min(due_at) FROM timers")[0][0]
        if due_at is None:
            return LONGEST_NAP_SECONDS
        return max(0.0, min(LONGEST_NAP_SECONDS, float(due_at) - self._world.clock.now()))
