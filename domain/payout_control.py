"""What people may do with a payout: hold it, let it go on, give it up, have a step tried again.

Each is recorded in the payout's own stream, and refused while nobody knows where the money is.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from domain.refusal import Refusal, WrongState

if TYPE_CHECKING:
    from domain.payout import Payout


class PayoutUnderWay(Refusal):
    """The money is on its way just now; wait until it is known where it has got to."""


class PayoutOnHold(Refusal):
    """This payout is on hold; release it first."""


def hold(payout: Payout, *, reason: str, now: datetime) -> None:
    """Stop it where it stands. Raises PayoutUnderWay, and WrongState if nothing is left to be sent."""
    _check_at_rest(payout, "Nothing of this payout is still to be sent.")
    if not payout.on_hold:
        payout.record(payout.Held, now=now, reason=reason)


def release(payout: Payout, *, now: datetime) -> None:
    """Let it go on. No event if it is not on hold, or if nothing is left that could."""
    if payout.on_hold and payout.next_step is not None:
        payout.record(payout.Released, now=now, step=payout.next_step)


def cancel(payout: Payout, *, reason: str, now: datetime) -> bool:
    """Give it up. True if the money is the vendor's again at once; else its transfer is to be reversed first.

    Raises PayoutUnderWay while a step has begun or it is in a payment file, WrongState if it was paid or failed.
    """
    if payout.status == "cancelled" or payout.reversal_requested:
        return False
    _check_at_rest(payout, f"A payout that was {payout.status} cannot be cancelled.")
    if payout.transfer_id is not None:
        payout.record(payout.ReversalRequested, now=now, reason=reason)
        return False
    payout.record(payout.Cancelled, now=now, **payout.money(), reason=reason)
    return True


def retry(payout: Payout, *, now: datetime) -> None:
    """Have the next step tried again. Raises PayoutOnHold, and WrongState if there is none."""
    if payout.on_hold:
        raise PayoutOnHold
    if payout.next_step in {None, "file"}:
        raise WrongState("Nothing of this payout is left to be tried again.")
    payout.record(payout.Retried, now=now, step=payout.next_step)


def _check_at_rest(payout: Payout, over: str) -> None:
    """Raises PayoutUnderWay if a step has begun whose end is not known, and WrongState, in words, if it is over."""
    in_file = payout.file_id is not None and payout.status == "bank_submitted"
    if not in_file and payout.next_step not in {"transfer", "bank", "file"}:
        raise WrongState(over)
    transferred = payout.status == "transferred" and not payout.bank_requested
    if payout.status != "drafted" and not transferred:
        raise PayoutUnderWay
