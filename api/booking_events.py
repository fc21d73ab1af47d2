"""What happened to a booking, event by event, each with the status that it led to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.booking import Booking
from domain.root import Event
from domain.webhook_types import TYPE_OF
from infrastructure.event_codec import decode
from queries.booking_news import StoredNews


@dataclass(frozen=True, slots=True)
class Happened:
    position: int
    event: Event
    booking: Booking
    status: str

    @property
    def type(self) -> str:
        """The name that never changes; of what no webhook tells, the topic."""
        return TYPE_OF.get(type(self.event), self.event.TOPIC)


def happened(stored: Sequence[StoredNews]) -> Iterator[Happened]:
    """All that is stored of one booking, oldest first. `booking` is the same object each time, as it was then."""
    booking: Booking | None = None
    for row in stored:
        event = decode(row.booking_id, row.version, row.topic, row.state)
        after = event.mutate(booking)
        assert isinstance(after, Booking)
        booking = after
        yield Happened(row.position, event, booking, booking.status)
