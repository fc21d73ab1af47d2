"""Arrays as PostgreSQL takes them in binary, for the few statements that are sent thousands of times a second.

psycopg looks at every element of a list to find its type; here the caller names it. The format: number of dimensions,
whether any element is NULL, type of the elements, length, lower bound; then each element with its length before it,
-1 for NULL (PostgreSQL, `array_send`).
"""

from collections.abc import Sequence
from struct import Struct
from typing import Any, ClassVar, Final
from uuid import UUID

from psycopg import AsyncConnection, pq
from psycopg.abc import Buffer
from psycopg.adapt import Dumper

_HEAD: Final = Struct("!5i").pack
_LENGTH: Final = Struct("!i").pack
_BIGINT: Final = Struct("!iq").pack
_INTEGER: Final = Struct("!ii").pack
_NULL: Final = _LENGTH(-1)
_UUID_LENGTH: Final = _LENGTH(16)


class Array(bytes):
    """An array in the binary format; each type of its elements has a class of its own, by which psycopg knows it."""

    __slots__ = ()
    array_oid: ClassVar[int]
    element_oid: ClassVar[int]

    @classmethod
    def of(cls, values: Sequence[Any]) -> "Array":
        if not values:
            return cls(_HEAD(0, 0, cls.element_oid, 0, 1)[:12])
        elements = cls.dumped(values)
        return cls(_HEAD(1, _NULL in elements, cls.element_oid, len(values), 1) + b"".join(elements))

    @staticmethod
    def dumped(values: Sequence[Any]) -> list[bytes]:
        """The elements, each with its length."""
        raise NotImplementedError


class Uuids(Array):
    array_oid, element_oid = 2951, 2950

    @staticmethod
    def dumped(values: Sequence[UUID | None]) -> list[bytes]:
        return [_NULL if value is None else _UUID_LENGTH + value.bytes for value in values]


class Bigints(Array):
    array_oid, element_oid = 1016, 20

    @staticmethod
    def dumped(values: Sequence[int | None]) -> list[bytes]:
        return [_NULL if value is None else _BIGINT(8, value) for value in values]


class Integers(Array):
    array_oid, element_oid = 1007, 23

    @staticmethod
    def dumped(values: Sequence[int | None]) -> list[bytes]:
        return [_NULL if value is None else _INTEGER(4, value) for value in values]


class Bytes(Array):
    array_oid, element_oid = 1001, 17

    @staticmethod
    def dumped(values: Sequence[bytes | None]) -> list[bytes]:
        return [_NULL if value is None else _LENGTH(len(value)) + value for value in values]


class Texts(Array):
    """Text with a zero character is refused by PostgreSQL, as it is everywhere else."""

    array_oid, element_oid = 1009, 25

    @staticmethod
    def dumped(values: Sequence[str | None]) -> list[bytes]:
        return Bytes.dumped([None if value is None else value.encode() for value in values])


def know_arrays(connection: AsyncConnection[Any]) -> None:
    """Teach a connection to send them as they are."""
    for kind in (Uuids, Bigints, Integers, Bytes, Texts):
        dumper = type(f"{kind.__name__}Dumper", (_AsIs,), {"oid": kind.array_oid})
        connection.adapters.register_dumper(kind, dumper)


class _AsIs(Dumper):
    format = pq.Format.BINARY

    def dump(self, obj: Buffer) -> Buffer:
        return obj
