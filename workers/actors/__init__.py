"""The actors: what is done for each kind of task. This table is the table of contents.

Each may be run again from its start at any time, by another process, after any crash: what was done is found again.
"""

from collections.abc import Callable
from typing import Final

from workers.actors.capture import capture, void
from workers.actors.charge import charge, settle_payment
from workers.actors.departure import cancel_departure
from workers.actors.dispute import dispute, dispute_evidence
from workers.actors.housekeep import housekeep
from workers.actors.message import message
from workers.actors.news import stripe_news
from workers.actors.payout import bank_payout, payout_account, payout_step, reverse_transfer, transfer
from workers.actors.payout_run import draft_payouts
from workers.actors.people import end_sessions, forget_person, mail
from workers.actors.reconcile import reconcile
from workers.actors.refund import refund
from workers.actors.replay import drop_replays, replay
from workers.actors.seal import deliver_head
from workers.actors.webhook_out import webhook_out
from workers.board import Leased
from workers.hands import Hands

ACTORS: Final[dict[str, Callable[[Leased, Hands], None]]] = {
    "charge": charge,
    "settle_payment": settle_payment,
    "capture": capture,
    "void": void,
    "refund": refund,
    "payout_account": payout_account,
    "draft_payouts": draft_payouts,
    "transfer": transfer,
    "bank_payout": bank_payout,
    "reverse_transfer": reverse_transfer,
    "payout_step": payout_step,
    "cancel_departure": cancel_departure,
    "dispute": dispute,
    "dispute_evidence": dispute_evidence,
    "reconcile": reconcile,
    "housekeep": housekeep,
    "stripe_news": stripe_news,
    "mail": mail,
    "message": message,
    "end_sessions": end_sessions,
    "forget_person": forget_person,
    "deliver_head": deliver_head,
    "replay": replay,
    "drop_replays": drop_replays,
    "webhook_out": webhook_out,
}
