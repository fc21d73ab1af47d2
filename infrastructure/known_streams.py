"""Streams that this process has read before: a log is only added to, so what was read once need not be read again."""

from collections import OrderedDict
from collections.abc import Iterable
from uuid import UUID

from domain.root import Event


class KnownStream(list[Event]):
    """The events of one stream from its first on, and how large they are as stored."""

    __slots__ = ("stored_bytes",)

    def __init__(self) -> None:
        super().__init__()
        self.stored_bytes = 0


class KnownStreams:
    """The streams last asked for; the longest unasked go first.

    A stream that is handed out stays what it is for whoever holds it, also when it is forgotten here.
    """

    def __init__(self, bytes_max: int) -> None:
        """`bytes_max` is how much is kept of all streams together, as stored: one event may name a thousand lines."""
        self._streams: OrderedDict[UUID, KnownStream] = OrderedDict()
        self._bytes_max = bytes_max
        self._bytes = 0

    def get(self, stream_id: UUID) -> KnownStream:
        """What is known of a stream; add to it by `extend` only."""
        stream = self._streams.get(stream_id)
        if stream is None:
            return KnownStream()
        self._streams.move_to_end(stream_id)
        return stream

    def extend(self, stream_id: UUID, stream: KnownStream, newer: Iterable[tuple[Event, int]]) -> None:
        """Add what was read behind `stream`, which `get` gave; nothing twice that another read has added meanwhile.

        Every event comes with its size as stored, in bytes.
        """
        before = stream.stored_bytes
        for event, stored_bytes in newer:
            if event.originator_version == len(stream) + 1:
                stream.append(event)
                stream.stored_bytes += stored_bytes
        kept = self._streams.get(stream_id)
        if kept is stream:
            self._bytes += stream.stored_bytes - before
        elif kept is None and stream:
            self._streams[stream_id] = stream
            self._bytes += stream.stored_bytes
        while self._bytes > self._bytes_max:
            _, forgotten = self._streams.popitem(last=False)
            self._bytes -= forgotten.stored_bytes
