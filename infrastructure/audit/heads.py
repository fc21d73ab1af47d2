"""A signed head: what the log was, up to a position, at an instant. Its text and its line are told in docs/seal.md."""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, Self

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from infrastructure.audit.keys import SealKeys, is_signed, kid_of
from queries.seal import HEAD_COLUMNS

HeadKind = Literal["minute", "close"]
AT_ONCE: Final = 1_000
EVERY: Final = 2**63 - 1  # As the last number.


@dataclass(frozen=True, slots=True)
class Head:
    """`chain` is the value of the hash chain behind the last of `tree_size` events, `root` that of their tree."""

    number: int
    kind: HeadKind
    tree_size: int
    root: bytes
    chain: bytes
    signed_at: datetime
    kid: str
    public_key: bytes
    signature: bytes = b""

    @property
    def text(self) -> str:
        """What is signed."""
        return (
            f"travellr-seal-v1\nnumber {self.number}\nkind {self.kind}\ntree_size {self.tree_size}\n"
            f"root {self.root.hex()}\nchain {self.chain.hex()}\nsigned_at {written(self.signed_at)}\nkid {self.kid}\n"
        )

    @property
    def is_signed(self) -> bool:
        """By the key that it names; whether that key may be believed is another question."""
        return kid_of(self.public_key) == self.kid and is_signed(self.public_key, self.text, self.signature)

    def as_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "kind": self.kind,
            "tree_size": self.tree_size,
            "root": self.root.hex(),
            "chain": self.chain.hex(),
            "signed_at": written(self.signed_at),
            "kid": self.kid,
            "public_key": base64.b64encode(self.public_key).decode(),
            "signature": base64.b64encode(self.signature).decode(),
        }

    @property
    def line(self) -> str:
        """As it is delivered: one line of JSON, without the line's end."""
        return json.dumps(self.as_dict(), separators=(",", ":"))

    @classmethod
    def of_line(cls, line: str) -> Self:
        """Raises ValueError if it is not a head's line."""
        try:
            told = json.loads(line)
            return cls(
                number=int(told["number"]),
                kind=told["kind"],
                tree_size=int(told["tree_size"]),
                root=bytes.fromhex(told["root"]),
                chain=bytes.fromhex(told["chain"]),
                signed_at=datetime.fromisoformat(told["signed_at"]),
                kid=told["kid"],
                public_key=base64.b64decode(told["public_key"]),
                signature=base64.b64decode(told["signature"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(str(error)) from None


def written(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def sign(
    keys: SealKeys, number: int, kind: HeadKind, tree_size: int, root: bytes, chain: bytes, signed_at: datetime
) -> Head:
    public_key = keys.public_key
    bare = Head(number, kind, tree_size, root, chain, signed_at, kid_of(public_key), public_key)
    signature = keys.private.sign(bare.text.encode())
    return Head(number, kind, tree_size, root, chain, signed_at, bare.kid, public_key, signature)


def kept_heads(database: Connection[TupleRow], after: int = 0) -> list[Head]:
    """Those in the database behind this number, in their order."""
    with database.cursor(row_factory=class_row(Head)) as cursor:
        return cursor.execute(
            f"SELECT {HEAD_COLUMNS} FROM seal.head WHERE number > %s ORDER BY number".encode(), (after,)
        ).fetchall()


def each_kept_head(database: Connection[TupleRow], after: int, upto: int) -> Iterator[Head]:
    """Those with numbers in `(after, upto]` in their order; only some of them are ever in memory."""
    question = (
        f"SELECT {HEAD_COLUMNS} FROM seal.head WHERE number > %s AND number <= %s ORDER BY number LIMIT {AT_ONCE}"
    )
    while True:
        with database.cursor(row_factory=class_row(Head)) as cursor:
            some = cursor.execute(question.encode(), (after, upto)).fetchall()
        yield from some
        if len(some) < AT_ONCE:
            return
        after = some[-1].number


def heads_numbered(database: Connection[TupleRow], numbers: Sequence[int]) -> dict[int, Head]:
    """Those in the database with these numbers."""
    with database.cursor(row_factory=class_row(Head)) as cursor:
        question = f"SELECT {HEAD_COLUMNS} FROM seal.head WHERE number = ANY(%s)"
        return {head.number: head for head in cursor.execute(question.encode(), (list(numbers),))}


def newest_head(database: Connection[TupleRow]) -> Head | None:
    with database.cursor(row_factory=class_row(Head)) as cursor:
        return cursor.execute(f"SELECT {HEAD_COLUMNS} FROM seal.head ORDER BY number DESC LIMIT 1".encode()).fetchone()
