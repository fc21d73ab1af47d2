"""An event as the bytes that are hashed, exactly as docs/seal.md tells outsiders."""

import base64
import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

FORMAT: Final = 1
# What a leaf's hash begins with (RFC 9162, 2.1.1), so that no leaf can be taken for a node.
_LEAF: Final = 0
_FIXED: Final = struct.Struct(">BBQ16sQqI")
_LENGTH: Final = struct.Struct(">I")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as the log keeps it: `metadata` is the stored text, `state` the stored bytes with all ciphertext."""

    position: int
    stream: bytes
    version: int
    topic: str
    recorded_at_us: int  # Microseconds since 1970-01-01T00:00:00Z.
    metadata: bytes
    state: bytes

    @property
    def stream_id(self) -> UUID:
        return UUID(bytes=self.stream)

    @property
    def recorded_at(self) -> datetime:
        return _EPOCH + timedelta(microseconds=self.recorded_at_us)

    def as_dict(self) -> dict[str, Any]:
        """As outsiders get it, for JSON."""
        return {
            "position": self.position,
            "stream": str(self.stream_id),
            "version": self.version,
            "topic": self.topic,
            "recorded_at_us": self.recorded_at_us,
            "metadata": self.metadata.decode(),
            "state": base64.b64encode(self.state).decode(),
        }


def leaf_hash(event: Stored, position: int | None = None) -> bytes:
    """The event's leaf in the tree; with `position`, what it would be if it stood there."""
    at = event.position if position is None else position
    return leaf_of(
        at, event.stream, event.version, event.topic.encode(), event.recorded_at_us, event.metadata, event.state
    )


def leaf_of(
    position: int, stream: bytes, version: int, topic: bytes, recorded_at_us: int, metadata: bytes, state: bytes
) -> bytes:
    fixed = _FIXED.pack(_LEAF, FORMAT, position, stream, version, recorded_at_us, len(topic))
    lengths = _LENGTH.pack(len(metadata)), _LENGTH.pack(len(state))
    return hashlib.sha256(b"".join((fixed, topic, lengths[0], metadata, lengths[1], state))).digest()


def microseconds(instant: datetime) -> int:
    """Since 1970, exactly: floats have not enough digits."""
    return (instant - _EPOCH) // timedelta(microseconds=1)
