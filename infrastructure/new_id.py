"""Ids for new things: UUIDs of version 7 (RFC 9562), which sort by the time they were made.

What is written together then stands together in every index, so an append touches a few pages of a large log where
random ids would touch one page each. 74 random bits keep them as good as unguessable; nothing is secret about the time.
"""

import os
import time
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_RANDOM = ~(0xF << 76 | 0b11 << 62)


def new_id() -> UUID:
    made_ms = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))  # 80 bits, of which version and variant take six.
    return UUID(int=(made_ms << 80 | random) & _RANDOM | _VERSION | _VARIANT)
