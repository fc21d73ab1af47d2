"""The tree of the seal beside the recursive definitions of RFC 9162, and known answers."""

import hashlib
from collections.abc import Sequence
from random import Random

import pytest

from infrastructure.audit.canonical import Stored, leaf_hash
from infrastructure.audit.merkle import EMPTY_ROOT, Strip, Tree, consistency, extend_chain, inclusion
from infrastructure.audit.tiles import edge_of, roots, tiles_of, tree_of

SIZES = (*range(1, 20), 255, 256, 257, 511, 512, 513, 700)


def mth(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word by word; the leaves are hashed already."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def verify_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = hashlib.sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def verify_consistency(first: int, second: int, proof: list[bytes], old: bytes, new: bytes) -> bool:
    """RFC 9162, 2.1.4.2."""
    if first == second:
        return not proof and old == new
    path = [old, *proof] if first & (first - 1) == 0 else list(proof)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = hashlib.sha256(b"\x01" + c + fr).digest(), hashlib.sha256(b"\x01" + c + sr).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = hashlib.sha256(b"\x01" + sr + c).digest()
        fn, sn = fn >> 1, sn >> 1
    return fr == old and sr == new and sn == 0


def leaves_of(count: int) -> list[bytes]:
    return [hashlib.sha256(b"\x00" + str(number).encode()).digest() for number in range(count)]


class Kept:
    """Strips as a database keeps them."""

    def __init__(self) -> None:
        self.strips: list[Strip] = []

    def rows(self, wanted: dict[str, list[int]]) -> list[tuple[int, int, bytes]]:
        tiles = set(zip(wanted["levels"], wanted["tiles"], strict=True))
        found = [(s.level, s.first, s.hashes) for s in self.strips if (s.level, s.first // 256) in tiles]
        return sorted(found)


def grown(leaves: Sequence[bytes], batches: Random) -> tuple[Tree, Kept]:
    """In batches of any size, by a tree that is read back from what is kept now and then."""
    tree, kept, at = Tree(), Kept(), 0
    while at < len(leaves):
        batch = leaves[at : at + batches.choice((1, 2, 3, 100, 300))]
        kept.strips += tree.extend(batch)
        at += len(batch)
        if batches.random() < 0.3:
            tree = tree_of(at, kept.rows(edge_of(at)))
    return tree, kept


def test_known_answers_of_certificate_transparency() -> None:
    """The leaves and roots that the reference implementations of RFC 6962 test themselves with."""
    inputs = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
    known = (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
    tree = Tree()
    assert (
        tree.root() == EMPTY_ROOT == bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    )
    for text, root in zip(inputs, known, strict=True):
        tree.extend([hashlib.sha256(b"\x00" + bytes.fromhex(text)).digest()])
        assert tree.root().hex() == root


@pytest.mark.parametrize("size", SIZES)
def test_roots_and_proofs_are_those_of_the_definition(size: int) -> None:
    leaves = leaves_of(size)
    tree, kept = grown(leaves, Random(size))  # noqa: S311 - sizes of batches
    assert tree.root() == mth(leaves)
    for index in {0, size // 2, size // 3, size - 1}:
        path = inclusion(index, size)
        proof = roots(path, kept.rows(tiles_of(path)))
        assert proof == [mth(leaves[low:high]) for low, high in path]
        assert verify_inclusion(leaves[index], index, size, proof, tree.root())
        assert not verify_inclusion(bytes(32), index, size, proof, tree.root())
    for old in {1, max(1, size // 2), max(1, size // 3), size}:
        path = consistency(old, size)
        proof = roots(path, kept.rows(tiles_of(path)))
        assert verify_consistency(old, size, proof, mth(leaves[:old]), tree.root())
        assert not proof or not verify_consistency(old, size, proof, bytes(32), tree.root())


def test_a_large_tree_uses_three_levels_and_few_tiles() -> None:
    leaves = leaves_of(70_000)
    tree = Tree()
    kept = Kept()
    kept.strips = tree.extend(leaves)
    path = inclusion(12_345, 70_000)
    wanted = tiles_of(path)
    assert len(wanted["tiles"]) <= 5
    assert verify_inclusion(leaves[12_345], 12_345, 70_000, roots(path, kept.rows(wanted)), tree.root())


def test_missing_hashes_are_never_made_up() -> None:
    _, kept = grown(leaves_of(600), Random(1))  # noqa: S311 - sizes of batches
    path = inclusion(5, 600)
    rows = kept.rows(tiles_of(path))
    with pytest.raises(KeyError):
        roots(path, rows[1:])
    with pytest.raises(KeyError):
        tree_of(600, [])


def test_the_leaf_of_an_event_is_spelt_out() -> None:
    event = Stored(7, bytes(range(16)), 3, "a.b", 1_700_000_000_000_001, b"{}", b"xyz")
    spelt = (
        b"\x00\x01" + (7).to_bytes(8) + bytes(range(16)) + (3).to_bytes(8) + (1_700_000_000_000_001).to_bytes(8)
        + (3).to_bytes(4) + b"a.b" + (2).to_bytes(4) + b"{}" + (3).to_bytes(4) + b"xyz"
    )  # fmt: skip
    assert leaf_hash(event) == hashlib.sha256(spelt).digest()
    assert leaf_hash(event, 8) != leaf_hash(event)
    assert extend_chain(bytes(32), [leaf_hash(event)]) == hashlib.sha256(bytes(32) + leaf_hash(event)).digest()
