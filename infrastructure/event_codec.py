"""Events to and from what the log stores. Reading checks every field against the event's own types."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.persistence import StoredEvent
from eventsourcing.utils import get_topic, resolve_topic

from commands.append import Meta
from domain.account import Account
from domain.adjustment import Adjustment
from domain.audit_query import AuditQuery
from domain.booking import Booking
from domain.daily_close import DailyClose
from domain.departure_cancellation import AffectedBooking, DepartureCancellation
from domain.dispute import Dispute
from domain.housekeeping import Housekeeping
from domain.intervention import Intervention
from domain.listing import Listing
from domain.opening import CellChange, Opening
from domain.payment import Payment
from domain.payment_file import PaymentFile
from domain.payout import Payout
from domain.payout_run import PayoutRun
from domain.reconciliation import Reconciliation
from domain.refused_command import RefusedCommand
from domain.root import Event, Root
from domain.stray_entry import StrayEntry
from domain.vendor import Vendor
from domain.vendor_ledger import VendorLedger
from domain.webhook_endpoint import WebhookEndpoint

AGGREGATES: tuple[type[Root], ...] = (
    Account,
    Listing,
    Opening,
    CellChange,
    DepartureCancellation,
    AffectedBooking,
    Booking,
    Payment,
    Vendor,
    VendorLedger,
    Payout,
    PayoutRun,
    PaymentFile,
    Adjustment,
    Dispute,
    StrayEntry,
    Reconciliation,
    DailyClose,
    Housekeeping,
    Intervention,
    WebhookEndpoint,
    RefusedCommand,
    AuditQuery,
)


def event_classes() -> dict[str, type[Event]]:
    """Every event by its topic."""
    return {
        member.TOPIC: member
        for aggregate in AGGREGATES
        for name, member in vars(aggregate).items()
        if isinstance(member, type) and issubclass(member, Event) and name != "Event"
    }


def encode(event: Event) -> StoredEvent:
    """The event as the library's recorders store it; the version of its shape stands in the state when above 1."""
    state = dict(vars(event))
    stream_id, version = state.pop("originator_id"), state.pop("originator_version")
    shape = getattr(type(event), "class_version", 1)
    if shape > 1:
        state["class_version"] = shape
    return StoredEvent(stream_id, version, get_topic(type(event)), msgspec.json.encode(state))


def decode(stream_id: UUID, version: int, topic: str, state: bytes) -> Event:
    """The event again, older shapes lifted by `upcast_vN_vM`. Raises TopicError, msgspec.ValidationError."""
    event_class: type[Event] = resolve_topic(topic)
    facts: dict[str, Any] = msgspec.json.decode(state)
    newest: int = getattr(event_class, "class_version", 1)
    for shape in range(facts.pop("class_version", 1), newest):
        upcast: Callable[[dict[str, Any]], None] = getattr(event_class, f"upcast_v{shape}_v{shape + 1}")
        try:
            upcast(facts)
        except KeyError as missing:
            raise ValueError(f"{topic} was stored without {missing}") from None
    facts["originator_id"], facts["originator_version"] = stream_id, version
    return msgspec.convert(facts, event_class)


def encode_meta(meta: Meta) -> str:
    return msgspec.json.encode(meta).decode()
