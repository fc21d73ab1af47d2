"""Stuck money in words: what happens next by itself, and the one safe thing that a person can do about it."""

from dataclasses import dataclass

from queries.stuck_money import StuckRow


@dataclass(frozen=True, slots=True)
class SafeAction:
    """A request that can be made at any time without moving money twice; `path` is below the API's base."""

    label: str
    method: str
    path: str


def next_of(row: StuckRow) -> str:
    """What will happen if nobody does anything."""
    match row.kind:
        case "unresolved_payment" | "unresolved_refund" | "unresolved_payout":
            return _task_next(row)
        case "parked_task":
            return "Nothing, until somebody has it tried again."
        case "refund_owed_again":
            return "Nothing: the traveller is owed this money until it is sent again or paid another way."
        case "refund_awaiting_approval":
            return "Nothing, until another person approves or rejects it."
        case "authorisation_ends_soon":
            return f"The bank lets the money go at {row.until:%Y-%m-%d %H:%M} UTC, and the booking ends unpaid."
        case "clearing_not_seen":
            return "The daily reconciliation looks for it at Stripe, and names it if it is not there."


def action_of(row: StuckRow) -> SafeAction | None:
    match row.kind:
        case "refund_owed_again":
            return SafeAction("Send the refund again", "POST", f"/refunds/{row.about}/retry")
        case "refund_awaiting_approval":
            return SafeAction("Approve it", "POST", f"/refunds/{row.about}/approve")
        case "authorisation_ends_soon":
            return SafeAction("Look at the booking", "GET", f"/bookings/{row.about}")
        case "clearing_not_seen":
            return SafeAction("Look at the reconciliation", "GET", "/finance/reconciliation")
        case _ if row.task_id is not None:
            return SafeAction("Look at Stripe again now", "POST", f"/admin/tasks/{row.task_id}/retry")
    return None


def _task_next(row: StuckRow) -> str:
    if row.task_state == "parked":
        return "Nothing: too much time has passed to try it without a person's decision."
    if row.task_state is None or row.due_at is None:
        return "News from Stripe will resolve it."
    return f"It is looked up at Stripe by our own id at {row.due_at:%Y-%m-%d %H:%M:%S} UTC, before anything is sent."
