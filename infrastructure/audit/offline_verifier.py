"""Checks what Travellr exported, on a machine that has nothing of Travellr: Python 3.9 or newer, and `cryptography`.

    python verify.py BUNDLE.zip [--heads FILE] [--key BASE64 ...]
    python verify.py --statement FILE [--heads FILE] [--key BASE64 ...]

--key is a public key that you were given by another way; without one the keys are printed, for you to compare.
--heads is a file of heads that you were given earlier: the history must still be the one that they were signed for.
The exit code is 0 if everything holds, 1 if not. Everything this file relies on is told in the README of the bundle.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import struct
import sys
import uuid
import zipfile
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CLOCK_TOLERANCE_US = 5_000_000
Told = dict[str, Any]  # As JSON tells it.


class Bad(Exception):  # noqa: N818 - it reads as what is wrong
    """What is wrong, in one sentence."""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def leaf_of(event: Told) -> bytes:
    """The hash of an event's canonical bytes, as a leaf of RFC 9162."""
    topic, metadata = event["topic"].encode(), event["metadata"].encode()
    state = base64.b64decode(event["state"], validate=True)
    canonical = b"\x01" + struct.pack(">Q", event["position"]) + uuid.UUID(event["stream"]).bytes
    canonical += struct.pack(">Qq", event["version"], event["recorded_at_us"])
    for part in (topic, metadata, state):
        canonical += struct.pack(">I", len(part)) + part
    return sha256(b"\x00" + canonical)


class Growing:
    """A tree from left to right: the roots of its whole subtrees, each with its number of leaves."""

    def __init__(self, size: int, roots: list[bytes]) -> None:
        self.stack: list[tuple[int, bytes]] = []
        for bit in range(size.bit_length() - 1, -1, -1):
            if size >> bit & 1:
                if not roots:
                    raise Bad("the manifest lacks hashes of what comes before its first event")
                self.stack.append((1 << bit, roots[0]))
                roots = roots[1:]
        if roots:
            raise Bad("the manifest has too many hashes of what comes before its first event")

    def add(self, leaf: bytes) -> None:
        count = 1
        while self.stack and self.stack[-1][0] == count:
            leaf = sha256(b"\x01" + self.stack.pop()[1] + leaf)
            count *= 2
        self.stack.append((count, leaf))

    def root(self) -> bytes:
        right: bytes | None = None
        for _, left in reversed(self.stack):
            right = left if right is None else sha256(b"\x01" + left + right)
        return sha256(b"") if right is None else right


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """RFC 9162, 2.1.3.2: the root that the proof leads to; None if it is not a proof for this place."""
    if index >= size:
        return None
    place, last, root = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = sha256(b"\x01" + step + root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = sha256(b"\x01" + root + step)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def is_consistent(first: int, old: bytes, second: int, new: bytes, proof: list[bytes]) -> bool:
    """RFC 9162, 2.1.4.2: whether the tree of `second` leaves begins with the tree of `first`."""
    if first == second:
        return not proof and old == new
    path = [old, *proof] if first & (first - 1) == 0 else proof
    if not path:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    left = right = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            left, right = sha256(b"\x01" + step + left), sha256(b"\x01" + step + right)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            right = sha256(b"\x01" + right + step)
        place, last = place >> 1, last >> 1
    return left == old and right == new and last == 0


def text_of(head: Told) -> str:
    """What is signed: one line for each field."""
    fields = ("number", "kind", "tree_size", "root", "chain", "signed_at", "kid")
    return "travellr-seal-v1\n" + "".join(f"{name} {head[name]}\n" for name in fields)


def check_signature(head: Told, keys: list[bytes]) -> None:
    key = base64.b64decode(head["public_key"], validate=True)
    if sha256(key).hex()[:16] != head["kid"]:
        raise Bad(f"head {head['number']} names another key than the one it brings")
    if keys and key not in keys:
        raise Bad(f"head {head['number']} is signed with the key {head['public_key']}, which you did not name")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(head["signature"]), text_of(head).encode())
    except (InvalidSignature, ValueError):
        raise Bad(f"the signature of head {head['number']} is wrong") from None


def check_order(event: Told, before: dict[str, int], versions: dict[str, int] | None) -> None:
    """Positions and versions without a gap, times that do not go back."""
    if event["position"] != before["position"] + 1:
        raise Bad(f"position {before['position'] + 1} is missing")
    if event["recorded_at_us"] < before["newest_us"] - CLOCK_TOLERANCE_US:
        raise Bad(f"position {event['position']}: back-dated")
    if versions is not None:
        if event["version"] != versions.get(event["stream"], 0) + 1:
            raise Bad(f"position {event['position']}: version {event['version']} does not follow in its stream")
        versions[event["stream"]] = event["version"]
    before["position"] = event["position"]
    before["newest_us"] = max(before["newest_us"], event["recorded_at_us"])


def check_bundle(path: str, keys: list[bytes], kept: list[Told]) -> tuple[list[Told], str]:
    """Every event, in order, against every head of the bundle and every head that the auditor has kept."""
    with zipfile.ZipFile(path) as bundle:
        manifest = json.loads(bundle.read("manifest.json"))
        heads = [json.loads(line) for line in bundle.read("heads.jsonl").decode().splitlines()]
        for head in heads + kept:
            check_signature(head, keys)
        first, last = manifest["first"], manifest["last"]
        tree = Growing(first - 1, [bytes.fromhex(each) for each in manifest["left"]])
        chain = bytes.fromhex(manifest["chain_before"])
        expected: dict[int, list[Told]] = {}
        for head in heads + kept:
            if first <= head["tree_size"] <= last:
                expected.setdefault(head["tree_size"], []).append(head)
        before, agreed = {"position": first - 1, "newest_us": 0}, first - 1
        versions: dict[str, int] | None = {} if first == 1 else None
        with bundle.open("events.jsonl") as events:
            for line in events:
                event = json.loads(line)
                check_order(event, before, versions)
                leaf = leaf_of(event)
                tree.add(leaf)
                chain = sha256(chain + leaf)
                for head in expected.get(event["position"], ()):
                    if (head["root"], head["chain"]) != (tree.root().hex(), chain.hex()):
                        raise Bad(f"positions {agreed + 1} to {event['position']}: not what head {head['number']} says")
                agreed = event["position"] if event["position"] in expected else agreed
    if before["position"] != last:
        raise Bad(f"the events end at {before['position']} instead of {last}")
    newest = next(head for head in heads if head["number"] == manifest["head"])
    proof = [bytes.fromhex(each) for each in manifest["consistency"]]
    if not is_consistent(last, tree.root(), newest["tree_size"], bytes.fromhex(newest["root"]), proof):
        raise Bad(f"positions {agreed + 1} to {last}: not a part of the tree of head {newest['number']}")
    check_kept(heads, kept)
    return heads, f"{last - first + 1} events, {first} to {last}, and {len(heads)} heads are as they were sealed"


def check_kept(heads: list[Told], kept: list[Told]) -> None:
    """No head that the auditor has kept may be another one now."""
    now = {head["number"]: head for head in heads}
    for head in kept:
        if text_of(now.get(head["number"], head)) != text_of(head):
            raise Bad(f"head {head['number']} is another than the one you have kept")


def check_statement(path: str, keys: list[bytes], kept: list[Told]) -> tuple[list[Told], str]:
    """Every line's event is in the tree of a signed head."""
    statement = json.loads(Path(path).read_text(encoding="utf-8"))
    head = statement["head"]
    for each in [head, *kept]:
        check_signature(each, keys)
    check_kept([head], kept)
    pending = 0
    for item in statement["items"]:
        event = item["event"]
        if item["proof"] is None:
            pending += 1
            continue
        proof = [bytes.fromhex(each) for each in item["proof"]]
        root = root_of_inclusion(leaf_of(event), event["position"] - 1, head["tree_size"], proof)
        if item["position"] != event["position"] or root is None or root.hex() != head["root"]:
            raise Bad(f"position {item['position']}: its event is not in the tree of head {head['number']}")
        say(f"{event['position']:>12}  {event['topic']:<32} {base64.b64decode(event['state']).decode()}")
    proved = len(statement["items"]) - pending
    return [head], f"{proved} lines are in the tree of head {head['number']}; {pending} are newer than it"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", nargs="?")
    parser.add_argument("--statement")
    parser.add_argument("--heads")
    parser.add_argument("--key", action="append", default=[])
    asked = parser.parse_args()
    if bool(asked.bundle) == bool(asked.statement):
        parser.error("name a bundle or a statement")
    keys = [base64.b64decode(key) for key in asked.key]
    try:
        lines = Path(asked.heads).read_text(encoding="utf-8").splitlines() if asked.heads else []
        kept = [json.loads(line) for line in lines if line.strip()]
        check = check_bundle if asked.bundle else check_statement
        heads, says = check(asked.bundle or asked.statement, keys, kept)
    except Bad as bad:
        say(f"WRONG: {bad}")
        return 1
    except (KeyError, ValueError, StopIteration, struct.error, zipfile.BadZipFile, OSError) as error:
        say(f"WRONG: this cannot be read as it should: {type(error).__name__}: {error}")
        return 1
    say(f"HOLDS: {says}.")
    if not keys:
        for key in sorted({head["public_key"] for head in heads}):
            say(f"Signed with {key}: compare it with the key that you were given.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
