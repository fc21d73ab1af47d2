"""The actors: what is done for each kind of task. The table at the end is the table of contents.

Each may be run again from its start at any time, by another process, after any crash: what was done is found again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, cast
from uuid import UUID

import msgspec
import stripe

from commands.append import Meta
from commands.draft_payout import DraftPayout
from commands.payout_run import FinishPayoutRun
from commands.record_payment import Intent, RecordPayment
from commands.record_refund import RecordRefund
from commands.vendor_settings import RecordPayoutAccount
from domain.actor import SYSTEM
from domain.payment import ENDED, Payment
from domain.payout import Payout, PayoutRun
from workers.board import Leased
from workers.hands import Hands, NotYet

FUNDS_AGAIN_S: Final = 3_600.0


def charge(task: Leased, hands: Hands) -> None:
    """Create the PaymentIntent, store its id, then confirm; stay with it until it has ended."""
    payment = hands.load(Payment, _id(task, "payment_id"))
    if payment.status in ENDED:  # As the task that voids it has seen, or a webhook.
        _forget_action(hands, payment.id)
        return
    intent_id = payment.intent_id
    if intent_id is None and payment.void_requested and task.attempt == 1:
        hands.record(task, RecordPayment(payment.id, Intent(None, "canceled")))
        return
    if intent_id is None:
        try:
            intent = hands.sent_once(
                task,
                lambda: hands.stripe.find_intent(payment.id, since=task.created_at),
                lambda key: hands.stripe.create_intent(payment, key=key),
            )
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            # Refused before anything was made: an unknown payment method, an amount below the minimum.
            refused = Intent(None, "requires_payment_method", error_code=error.code or "invalid_request")
            hands.record(task, RecordPayment(payment.id, refused))
            return
        intent_id = intent.intent_id
        assert intent_id is not None
        hands.record(task, RecordPayment(payment.id, intent), closes=False)
    intent = hands.stripe.intent(intent_id)
    if intent.status == "requires_confirmation" and payment.void_requested:
        intent = hands.stripe.cancel_intent(intent_id, key=f"cancel:{task.task_id}:{task.attempt}")
    elif intent.status == "requires_confirmation":
        # A key of its own for each attempt: Stripe keeps errors under a key, and charges an intent once anyway.
        key = f"confirm:{task.task_id}:{task.attempt}"
        intent = hands.stripe.confirm_intent(intent_id, return_url=hands.return_url, key=key)
    _record_intent(task, hands, payment.id, intent)


def _record_intent(task: Leased, hands: Hands, payment_id: UUID, intent: Intent) -> None:
    if intent.status in {"requires_action", "processing", "requires_confirmation"}:
        if intent.status == "requires_action":
            assert intent.intent_id is not None
            _keep_action(hands, payment_id, intent.intent_id)
        hands.record(task, RecordPayment(payment_id, intent), closes=False)
        raise NotYet(None, f"Stripe says {intent.status}")
    hands.record(task, RecordPayment(payment_id, intent))
    _forget_action(hands, payment_id)


def _keep_action(hands: Hands, payment_id: UUID, intent_id: str) -> None:
    """What the cardholder needs is a secret of the moment: kept beside the log, until the payment has ended."""
    client_secret, next_action = hands.stripe.action_of(intent_id)
    with hands.pool.connection() as connection:
        connection.execute(
            "INSERT INTO board.payment_action VALUES (%s, %s, %s::jsonb) ON CONFLICT (payment_id) DO UPDATE"
            " SET client_secret = EXCLUDED.client_secret, next_action = EXCLUDED.next_action",
            (payment_id, client_secret, msgspec.json.encode(next_action).decode()),
        )


def _forget_action(hands: Hands, payment_id: UUID) -> None:
    with hands.pool.connection() as connection:
        connection.execute("DELETE FROM board.payment_action WHERE payment_id = %s", (payment_id,))


def settle_payment(task: Leased, hands: Hands) -> None:
    """See the balance transaction of a charge, if it was not there at once."""
    payment = hands.load(Payment, _id(task, "payment_id"))
    if payment.settled:
        return
    assert payment.intent_id is not None
    intent = hands.stripe.intent(payment.intent_id)
    if intent.entry is None:
        raise NotYet(None, "Stripe has no balance transaction yet")
    hands.record(task, RecordPayment(payment.id, intent))


def void(task: Leased, hands: Hands) -> None:
    """Stop a payment that nobody wants any more; if it was faster, its money is recorded and sent back."""
    payment = hands.load(Payment, _id(task, "payment_id"))
    if payment.status in ENDED:
        return
    if payment.intent_id is None:
        raise NotYet(None, "the charge has not reached Stripe yet")
    intent = hands.stripe.cancel_intent(payment.intent_id, key=f"void:{task.task_id}:{task.attempt}")
    hands.record(task, RecordPayment(payment.id, intent))


def refund(task: Leased, hands: Hands) -> None:
    """Send money back and stay with it until it is on its way, or owed again."""
    payment = hands.load(Payment, _id(task, "payment_id"))
    refund_id = _id(task, "refund_id")
    seen = hands.stripe.find_refund(payment, refund_id) if _submitted(payment, refund_id) else None
    if seen is None:
        seen = hands.sent_once(
            task,
            lambda: hands.stripe.find_refund(payment, refund_id),
            lambda key: hands.stripe.create_refund(payment, refund_id, key=key),
        )
    failed = seen.status in {"failed", "canceled"} and (seen.returned is not None or seen.entry is None)
    over = failed or (seen.status == "succeeded" and seen.entry is not None)
    hands.record(task, RecordRefund(payment.id, refund_id, seen), closes=over)
    if not over:
        raise NotYet(None, f"Stripe says {seen.status}")


def _submitted(payment: Payment, refund_id: UUID) -> bool:
    return payment.refunds[refund_id].status != "requested"


def payout_account(task: Leased, hands: Hands) -> None:
    """Make the account that a vendor is paid to."""
    vendor_id = _id(task, "vendor_id")
    account_id, ready = hands.sent_once(
        task,
        lambda: hands.stripe.find_account(vendor_id, since=task.created_at),
        lambda key: hands.stripe.create_account(vendor_id, key=key),
    )
    hands.record(task, RecordPayoutAccount(vendor_id, account_id, ready))


def draft_payouts(task: Leased, hands: Hands) -> None:
    """Look at every vendor of the run's cadence that has money waiting; each draft is a command of its own."""
    run = hands.load(PayoutRun, _id(task, "run_id"))
    if run.finished:
        return
    with hands.pool.connection() as connection:
        waiting = connection.execute(
            "SELECT DISTINCT l.vendor_id, l.currency FROM read.vendor_line AS l JOIN read.vendor AS v USING (vendor_id)"
            " WHERE l.state <> 'paid_out' AND l.available_from < %s AND v.cadence = %s ORDER BY 1, 2",
            (run.cutoff, run.cadence),
        ).fetchall()
    payouts = carried = 0
    for vendor_id, currency in waiting:
        command = DraftPayout(vendor_id, currency, run.cadence, run.period_end, run.cutoff)
        meta = Meta(SYSTEM, "DraftPayout", str(task.task_id), causation_id=str(run.id))
        drafted = hands.loop.run(hands.container.dispatch(command, meta=meta)).result
        payouts, carried = (payouts + 1, carried) if drafted is not None else (payouts, carried + 1)
    hands.record(task, FinishPayoutRun(run.id, payouts, carried))


def transfer(task: Leased, hands: Hands) -> None:
    """Move a payout's money to the vendor's Stripe account."""
    payout = hands.load(Payout, _id(task, "payout_id"))
    if payout.transfer_id is None:
        with _funds_may_come():
            sent = hands.sent_once(
                task,
                lambda: hands.stripe.find_transfer(payout),
                lambda key: hands.stripe.create_transfer(payout, key=key),
            )
        hands.record(task, sent)


@contextmanager
def _funds_may_come() -> Iterator[None]:
    """Card money reaches the balance days after the charge: until then nothing is wrong, and nothing was sent."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        if error.code != "balance_insufficient":
            raise
        raise NotYet(FUNDS_AGAIN_S, "the balance does not cover it yet") from error


def bank_payout(task: Leased, hands: Hands) -> None:
    """Send the money from the vendor's Stripe account to its bank, and stay with it until it has arrived or failed."""
    payout = hands.load(Payout, _id(task, "payout_id"))
    if payout.status in {"paid", "failed"}:
        return
    if payout.stripe_payout_id is None:
        with _funds_may_come():
            seen = hands.sent_once(
                task,
                lambda: hands.stripe.find_bank_payout(payout, since=task.created_at),
                lambda key: hands.stripe.create_bank_payout(payout, key=key),
            )
    else:
        known = hands.stripe.bank_payout(payout.stripe_payout_id, payout.destination)
        assert known is not None
        seen = known
    over = seen.status not in {"pending", "in_transit"}
    hands.record(task, seen, closes=over)
    if not over:
        raise NotYet(None, f"Stripe says {seen.status}")


def stripe_news(task: Leased, hands: Hands) -> None:
    """A webhook said that something changed: fetch the object and record what it says now."""
    kind, object_id = str(task.arguments["type"]), str(task.arguments["object_id"])
    account = cast("str | None", task.arguments.get("account"))
    try:
        command = _what_it_says(hands, kind, object_id, account)
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise
        command = None  # Stripe itself knows no such object, so there is nothing to record.
    if command is not None:
        hands.record(task, command)


def _what_it_says(hands: Hands, kind: str, object_id: str, account: str | None) -> Any:
    """The command that records the object as it is now, or None if it is none of ours."""
    if kind.startswith("payment_intent."):
        return _news_of_intent(hands, object_id)
    if kind.startswith(("refund.", "charge.refund.")) and object_id.startswith("re_"):
        metadata, seen = hands.stripe.refund(object_id)
        if "refund_id" in metadata:
            return RecordRefund(UUID(metadata["payment_id"]), UUID(metadata["refund_id"]), seen)
    elif kind.startswith("payout.") and account is not None:
        return hands.stripe.bank_payout(object_id, account)
    elif kind.startswith("account."):
        metadata, ready = hands.stripe.account(object_id)
        if "vendor_id" in metadata:
            return RecordPayoutAccount(UUID(metadata["vendor_id"]), object_id, ready)
    return None


def _news_of_intent(hands: Hands, intent_id: str) -> RecordPayment | None:
    payment_id = hands.stripe.payment_of(intent_id)
    if payment_id is None:
        return None
    if hands.load(Payment, payment_id).intent_id is None:
        raise NotYet(1.0, "the webhook came before the answer to our own request")
    return RecordPayment(payment_id, hands.stripe.intent(intent_id))


def _id(task: Leased, name: str) -> UUID:
    return UUID(str(task.arguments[name]))


ACTORS: Final[dict[str, Callable[[Leased, Hands], None]]] = {
    "charge": charge,
    "settle_payment": settle_payment,
    "void": void,
    "refund": refund,
    "payout_account": payout_account,
    "draft_payouts": draft_payouts,
    "transfer": transfer,
    "bank_payout": bank_payout,
    "stripe_news": stripe_news,
}
