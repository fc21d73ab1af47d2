"""A part of the log as one file that anybody can check: events as stored, heads, and the verifier itself."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure.audit import offline_verifier
from infrastructure.audit.heads import Head, each_kept_head, newest_head
from infrastructure.audit.kept import chain_at, kept_roots
from infrastructure.audit.merkle import TILE, consistency
from infrastructure.audit.reading import windows

FORMAT: Final = "travellr-seal-bundle-v1"
_WINDOW: Final = 32 * TILE

_README: Final = """Part of the log of a Travellr, with its seal.

  python verify.py THIS.zip                    needs Python 3.9 and the package `cryptography`, and nothing else
  python verify.py THIS.zip --heads FILE       also against heads that you were given earlier
  python verify.py THIS.zip --key BASE64       only with this public key

events.jsonl   one event a line: `metadata` is the stored text, `state` the stored bytes in base64. Personal data is
               ciphertext, and erasing a person changes nothing here.
heads.jsonl    signed heads of this part, and the newest one.
manifest.json  first and last position; the roots of the whole subtrees of all that comes before (`left`) and the chain
               there; a consistency proof of RFC 9162 from the last event to the newest head.

Canonical bytes of an event, all numbers big-endian: 01; position (8 bytes); stream (16); version (8); recorded_at in
microseconds since 1970 (8, signed); then topic, metadata and state, each with its length (4) before it.
Leaf = SHA-256(00 || canonical bytes). Node = SHA-256(01 || left || right). The tree is that of RFC 9162, 2.1.1.
Chain = SHA-256(chain before || leaf), and 32 zero bytes before the first event.
Signed text of a head: the line travellr-seal-v1, then number, kind, tree_size, root, chain, signed_at, kid, each as
`name value` and a newline. kid is the first 16 hexadecimal digits of SHA-256(public key). Ed25519 (RFC 8032).
"""


class NotSealed(ValueError):  # noqa: N818 - it reads as what is wrong
    """Those positions are not under a signed head."""


@dataclass(frozen=True, slots=True)
class Exported:
    first: int
    last: int
    heads: int


def export(
    database: Connection[TupleRow],
    out: Path,
    first: int = 1,
    last: int | None = None,
    told: Callable[[int, int], None] = lambda _at, _upto: None,
) -> Exported:
    """Write the events from `first` to `last`, or to the newest head; a window at a time. Raises NotSealed."""
    newest = newest_head(database)
    if newest is None:
        raise NotSealed("Nothing is sealed yet.")
    last = newest.tree_size if last is None else last
    if not 1 <= first <= last <= newest.tree_size:
        raise NotSealed(f"Positions 1 to {newest.tree_size} are under a signed head, {first} to {last} were asked for.")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
        bundle.writestr("README.txt", _README)
        bundle.write(offline_verifier.__file__, "verify.py")
        bundle.writestr("manifest.json", json.dumps(_manifest(database, first, last, newest), indent=2) + "\n")
        with bundle.open("heads.jsonl", "w") as heads:
            written = 0
            for head in each_kept_head(database, 0, newest.number):
                if first <= head.tree_size <= last or head.number == newest.number:
                    heads.write(f"{head.line}\n".encode())
                    written += 1
        with bundle.open("events.jsonl", "w", force_zip64=True) as events:
            for at, seen in windows(database, first - 1, last, _WINDOW):
                lines = (
                    json.dumps(seen.event(number).as_dict(), ensure_ascii=False) for number in range(len(seen.rows))
                )
                events.write("".join(f"{line}\n" for line in lines).encode())
                told(at, last)
    return Exported(first, last, written)


def _manifest(database: Connection[TupleRow], first: int, last: int, newest: Head) -> dict[str, Any]:
    before = first - 1
    bits = [bit for bit in reversed(range(before.bit_length())) if before >> bit & 1]
    ends = [before >> bit << bit for bit in bits]
    left = [(end - (1 << bit), end) for bit, end in zip(bits, ends, strict=True)]
    return {
        "format": FORMAT,
        "first": first,
        "last": last,
        "left": [root.hex() for root in kept_roots(database, left)],
        "chain_before": chain_at(database, before).hex(),
        "head": newest.number,
        "consistency": [root.hex() for root in kept_roots(database, consistency(last, newest.tree_size))],
    }
