"""React to what people should hear of. Tasks hold ids only: who hears of it, and what it says, is found at sending."""

from typing import Any

from domain.root import Event
from infrastructure.messages.catalogue import Message, caused_by


def due_messages(event: Event) -> list[tuple[str, dict[str, Any], tuple[object, ...]]]:
    """The tasks of an event: kind, arguments, and what their ids are made of beside the event."""
    return [_due(message, event) for message in caused_by(event)]


def _due(message: Message, event: Event) -> tuple[str, dict[str, Any], tuple[object, ...]]:
    if message.to == "account":
        return "mail", {"account_id": event.originator_id, "letter": message.kind}, ("mail",)
    arguments = {
        "message": message.kind,
        "stream_id": event.originator_id,
        "version": event.originator_version,
    }
    return "message", arguments, ("message", message.kind)
