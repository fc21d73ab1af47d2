"""Streams that this process has read before: a log is only added to, so what was read once need not be read again."""

from collections import OrderedDict
from collections.abc import Iterable
from uuid import UUID

from domain.root import Event


class KnownStreams:
    """The streams last asked for, each from its first event on; the longest unasked go first.

    A stream that is handed out stays what it is for whoever holds it, also when it is forgotten here.
    """

    def __init__(self, events_max: int) -> None:
        """`events_max` is how many events are kept, over all streams."""
        self._streams: OrderedDict[UUID, list[Event]] = OrderedDict()
        self._events_max = events_max
        self._events = 0

    def get(self, stream_id: UUID) -> list[Event]:
        """What is known of a stream; add to it by `extend` only."""
        stream = self._streams.get(stream_id)
        if stream is None:
            return []
        self._streams.move_to_end(stream_id)
        return stream

    def extend(self, stream_id: UUID, stream: list[Event], newer: Iterable[Event]) -> None:
        """Add what was read behind `stream`, which `get` gave; nothing twice that another read has added meanwhile."""
        before = len(stream)
        for event in newer:
            if event.originator_version == len(stream) + 1:
                stream.append(event)
        kept = self._streams.get(stream_id)
        if kept is stream:
            self._events += len(stream) - before
        elif kept is None and stream:
            self._streams[stream_id] = stream
            self._events += len(stream)
        while self._events > self._events_max:
            _, forgotten = self._streams.popitem(last=False)
            self._events -= len(forgotten)
