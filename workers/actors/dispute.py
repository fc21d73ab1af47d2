"""Disputes: record what Stripe says of one now, and send evidence for it."""

from collections.abc import Callable
from typing import Final, TypeVar
from uuid import UUID

import stripe

from commands.record_dispute import RecordDispute, is_decided_unseen
from domain.dispute import Dispute
from domain.payment import Payment
from infrastructure.container import Container
from infrastructure.stripe_disputes import evidence_place
from queries.identity import Identity, identity_of_account
from workers.actors.argument import uuid_of
from workers.board import Leased
from workers.hands import Hands, NotYet

MISSING: Final = "resource_missing"
CONTESTED: Final = "charge_disputed"
AGAIN_S: Final = 3_600.0

F = TypeVar("F")


def dispute(task: Leased, hands: Hands) -> None:
    """Look at a dispute of Stripe's and record what it says now."""
    see_dispute(task, hands, str(task.arguments["stripe_dispute_id"]))


def see_dispute(task: Leased, hands: Hands, stripe_dispute_id: str, evidence_number: int | None = None) -> None:
    """Record a dispute as it is now; stay with it while Stripe has decided but not yet shown how the money moved."""
    try:
        payment_id, seen = hands.stripe.disputes.retrieve(stripe_dispute_id)
    except stripe.InvalidRequestError as error:
        if error.code != MISSING:
            raise
        return
    payment = hands.find(Payment, payment_id) if payment_id is not None else None
    if payment is None:
        return
    if payment.status != "captured":
        raise NotYet(1.0, "the dispute came before the news of its payment")
    done = hands.record(task, RecordDispute(payment.id, seen, evidence_number), closes=False)
    if is_decided_unseen(done.result, seen):
        raise NotYet(None, f"Stripe says {seen.status}, and not yet how the money moved")


def waiting_for_the_bank(refund: Callable[[], F]) -> F:
    """Stripe gives nothing back of a charge that is disputed: whether it is still owed, the bank decides first."""
    try:
        return refund()
    except stripe.InvalidRequestError as error:
        if error.code != CONTESTED:
            raise
        raise NotYet(AGAIN_S, "the charge is disputed: Stripe gives nothing back of it") from error


def dispute_evidence(task: Leased, hands: Hands) -> None:
    """Send a text to the bank once; what has been decided meanwhile is recorded instead."""
    found = hands.load(Dispute, uuid_of(task, "dispute_id"))
    number = int(str(task.arguments["number"]))
    if found.evidence_sent >= number:
        return
    text = _text(hands, found, number)
    if text is None:
        return
    try:
        hands.sent_once(
            task,
            lambda: _known(hands, found.stripe_dispute_id, number),
            lambda key: hands.stripe.disputes.submit_evidence(found.stripe_dispute_id, text, key=key),
        )
    except stripe.InvalidRequestError:
        # It takes no evidence any more: decided, or its time is over.
        see_dispute(task, hands, found.stripe_dispute_id)
        return
    see_dispute(task, hands, found.stripe_dispute_id, number)


def _known(hands: Hands, stripe_dispute_id: str, number: int) -> bool | None:
    return hands.stripe.disputes.evidence_count(stripe_dispute_id) >= number or None


def _text(hands: Hands, found: Dispute, number: int) -> str | None:
    """The text in the clear; None if the person it may name was forgotten, and the text with them."""
    person = hands.loop.run(_identity(hands.container, found.traveller_id))
    if person is None:
        return None
    vault = hands.container.vault
    key = vault.unwrap(found.traveller_id, person.wrapped_key)
    return vault.open(key, evidence_place(found.id), found.evidence[number - 1])


async def _identity(house: Container, account_id: UUID) -> Identity | None:
    async with house.reads.connection() as connection:
        return await identity_of_account(connection, account_id)
