"""Paying vendors: the account they are paid to, the transfer to it, the way to the bank, and back if that fails.

Before anything is sent Stripe is looked at for what carries our payout's own id, at the first attempt too: a log that
was restored from a backup does not know what it had sent.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import stripe

from commands.record_payout import (
    BeginBankPayout,
    BeginTransfer,
    RecordBankPayout,
    RecordRefusedStep,
    RecordReversal,
    RecordTransfer,
    RecordUnresolved,
)
from domain.payout import Payout
from domain.payout_events import PayoutStep
from infrastructure.stripe_client import is_replayed
from workers.actors.argument import uuid_of
from workers.board import Leased
from workers.hands import KEYS_MAX, Hands, NotYet, TooOld

AGAIN_S: Final = 3_600.0
# What Stripe refuses today and may do tomorrow: money that is still on its way, an account that has to be mended.
_LATER: Final = {
    "balance_insufficient": "the balance does not cover it yet",
    "insufficient_capabilities_for_transfer": "the vendor's account cannot receive money now",
    "payouts_not_allowed": "the vendor's account cannot pay out now",
}

Sent = TypeVar("Sent", RecordTransfer, RecordBankPayout, RecordReversal)


class AnotherAmount(TooOld):
    """Stripe has something of this payout's id and of another amount: a person must decide."""


def payout_account(task: Leased, hands: Hands) -> None:
    """Make the account that a vendor is paid to."""
    vendor_id = uuid_of(task, "vendor_id")
    account = hands.sent_once(
        task,
        lambda: hands.stripe.accounts.find(vendor_id, since=task.created_at),
        lambda key: hands.stripe.accounts.create(vendor_id, key=key),
    )
    hands.record(task, account)


def transfer(task: Leased, hands: Hands) -> None:
    """Move a payout's money to the vendor's Stripe account, unless it was cancelled or is on hold."""
    payout = hands.load(Payout, uuid_of(task, "payout_id"))
    if payout.returned and payout.transfer_begun and payout.transfer_id is None:
        _look_for_what_was_refused(task, hands, payout)
        return
    if payout.transfer_id is not None or not hands.record(task, BeginTransfer(payout.id), closes=False).result:
        return
    sent = _sent_once(
        task,
        hands,
        payout,
        "transfer",
        lambda: hands.stripe.connect.find_transfer(payout),
        lambda key: hands.stripe.connect.create_transfer(payout, key=key),
    )
    hands.record(task, sent)


def _look_for_what_was_refused(task: Leased, hands: Hands, payout: Payout) -> None:
    """It was cancelled after Stripe had refused the transfer; should Stripe have it after all, it is taken back."""
    found = hands.stripe.connect.find_transfer(payout)
    if found is not None:
        hands.record(task, _of_the_same_amount(task, hands, payout, "transfer", found))


def bank_payout(task: Leased, hands: Hands) -> None:
    """Send the money from the vendor's Stripe account to its bank, and stay with it until it has arrived or failed."""
    payout = hands.load(Payout, uuid_of(task, "payout_id"))
    if payout.status in {"paid", "failed", "cancelled"}:
        return
    if payout.stripe_payout_id is None:
        if not hands.record(task, BeginBankPayout(payout.id), closes=False).result:
            return
        seen = _sent_once(
            task,
            hands,
            payout,
            "bank",
            lambda: hands.stripe.connect.find_bank_payout(payout),
            lambda key: hands.stripe.connect.create_bank_payout(payout, key=key),
        )
    else:
        known = hands.stripe.connect.bank_payout(payout.stripe_payout_id, payout.destination)
        assert known is not None
        seen = known
    over = seen.status not in {"pending", "in_transit"}
    hands.record(task, seen, closes=over)
    if not over:
        raise NotYet(None, f"Stripe says {seen.status}")


def reverse_transfer(task: Leased, hands: Hands) -> None:
    """Take back the money of a payout that failed or was given up."""
    payout = hands.load(Payout, uuid_of(task, "payout_id"))
    if payout.next_step != "reversal":
        return
    sent = _sent_once(
        task,
        hands,
        payout,
        "reversal",
        lambda: hands.stripe.connect.find_reversal(payout),
        lambda key: hands.stripe.connect.reverse_transfer(payout, key=key),
    )
    hands.record(task, sent)


def payout_step(task: Leased, hands: Hands) -> None:
    """Whatever is next for a payout that a person has released or wants tried again."""
    payout = hands.load(Payout, uuid_of(task, "payout_id"))
    match payout.next_step:
        case "transfer":
            transfer(task, hands)
        case "bank":
            bank_payout(task, hands)
        case "reversal":
            reverse_transfer(task, hands)


def _sent_once(
    task: Leased,
    hands: Hands,
    payout: Payout,
    step: PayoutStep,
    look_up: Callable[[], Sent | None],
    send: Callable[[str], Sent],
) -> Sent:
    """What Stripe has for this step of this payout, sent now if it has nothing; unresolved if it does not say.

    The keys follow from the payout's own id. One whose kept answer is an error is used up, and the next is tried.
    """

    def once() -> Sent:
        found = look_up()
        for number in range(1, KEYS_MAX + 1):
            if found is not None:
                return found
            try:
                return send(f"payout:{payout.id}:{step}:{number}")
            except stripe.StripeError as error:
                if not is_replayed(error) or number == KEYS_MAX:
                    raise
            found = look_up()
        raise AssertionError

    no_answer = RecordUnresolved(payout.id, step, "Stripe was asked, and no answer says what became of it.")
    with _refused_for_now(task, hands, payout, step):
        sent = hands.sent(task, once, no_answer=no_answer)
    return _of_the_same_amount(task, hands, payout, step, sent)


def _of_the_same_amount(task: Leased, hands: Hands, payout: Payout, step: PayoutStep, sent: Sent) -> Sent:
    """Raises AnotherAmount, after recording that nobody knows what this step has become."""
    if sent.amount_minor != payout.amount_minor:
        why = f"Stripe has {sent.amount_minor} where this payout says {payout.amount_minor} {payout.currency}."
        hands.record(task, RecordUnresolved(payout.id, step, why), closes=False)
        raise AnotherAmount(why)
    return sent


@contextmanager
def _refused_for_now(task: Leased, hands: Hands, payout: Payout, step: PayoutStep) -> Iterator[None]:
    """Card money reaches the balance days after the charge, and accounts are mended: nothing is wrong for good."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        if error.code not in _LATER:
            raise
        hands.record(task, RecordRefusedStep(payout.id, step, error.code), closes=False)
        raise NotYet(AGAIN_S, _LATER[error.code]) from error
