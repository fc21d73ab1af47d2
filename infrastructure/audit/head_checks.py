"""Heads, those in the database and those that were delivered, checked by themselves and against each other."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from infrastructure.audit.findings import Found
from infrastructure.audit.heads import Head


@dataclass(frozen=True, slots=True)
class Heads:
    """`delivered` may end before `kept`: the newest ones may still be on their way."""

    kept: Sequence[Head]
    delivered: Sequence[Head]

    def in_order(self) -> list[Head]:
        """Each once, by the size of the tree they vouch for.

        Up to the last one that was delivered, only what was delivered counts: others may have been made up since.
        """
        last = max((head.number for head in self.delivered), default=0)
        heads = {head.line: head for head in (*self.delivered, *(h for h in self.kept if h.number > last))}
        return sorted(heads.values(), key=lambda head: (head.tree_size, head.number))


@dataclass(slots=True)
class Judged:
    """`trusted`: with a signature of a believed key, by the size of the tree they vouch for."""

    trusted: list[Head] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)


def judge(heads: Heads, believed: Mapping[str, bytes], sealed: int) -> Judged:
    """Signatures, numbers without a gap, growing trees, nothing that was delivered and is not kept.

    A key is believed if the settings know it, or if it came with a delivered head: never because the database says so.
    """
    judged = Judged()
    outside = {**believed, **{head.kid: head.public_key for head in heads.delivered}}
    for head in heads.in_order():
        if not head.is_signed:
            judged.found.append(Found(head.tree_size, "head_forged", f"the signature of head {head.number} is wrong"))
        elif outside.get(head.kid) != head.public_key:
            judged.found.append(
                Found(head.tree_size, "head_forged", f"nobody knows the key {head.kid} of head {head.number}")
            )
        else:
            judged.trusted.append(head)
    judged.found += [*_kept_as_delivered(heads), *_numbered(heads.kept)]
    largest = max((head.tree_size for head in judged.trusted), default=0)
    if largest > sealed:
        judged.found.append(
            Found(sealed + 1, "cut_tail", f"a head was signed for {largest} events, and {sealed} are sealed")
        )
    return judged


def _kept_as_delivered(heads: Heads) -> Iterator[Found]:
    kept = {head.number: head for head in heads.kept}
    for head in heads.delivered:
        here = kept.get(head.number)
        if here is None:
            yield Found(head.tree_size, "head_missing", f"head {head.number} was delivered and is not in the database")
        elif here.line != head.line:
            yield Found(
                head.tree_size, "head_replaced", f"head {head.number} is another than the one that was delivered"
            )


def _numbered(kept: Iterable[Head]) -> Iterator[Found]:
    number, size = 0, 0
    for head in kept:
        if head.number != number + 1:
            yield Found(size + 1, "head_missing", f"head {number + 1} is missing")
        if head.tree_size < size:
            yield Found(head.tree_size, "head_replaced", f"head {head.number} has a smaller tree than the one before")
        number, size = head.number, head.tree_size
