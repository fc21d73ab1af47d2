"""Heads in a file outside the database: one line each, only ever added to."""

import os
from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from infrastructure.audit.heads import Head

FILE_NAME: Final = "audit-heads.jsonl"
_TAIL_BYTES: Final = 64 * 1024


def last_number(path: Path) -> int:
    """The number of the last whole line, 0 if there is none. A line that a crash tore is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            tail = file.read().decode(errors="replace")
    except FileNotFoundError:
        return 0
    return max((head.number for head in _heads(tail.splitlines())), default=0)


def append(path: Path, heads: Iterable[Head]) -> None:
    """On the disk when it returns. What a crash tore is closed with a line's end and left as it is."""
    lines = "".join(f"{head.line}\n" for head in heads).encode()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            lines = lines if file.read(1) == b"\n" else b"\n" + lines
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


class HeadsFile:
    """Every head of a file by the size of its tree, read from the file whenever it is gone through.

    Nothing of it is in memory but, where lines are not in order (as in files that were put together), the places of the
    lines. Raises OSError if it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: array[int] | None = None
        before = (0, 0)
        for _, head in self._lines():
            if (head.tree_size, head.number) < before:
                self._places = self._sorted()
                return
            before = (head.tree_size, head.number)

    def __iter__(self) -> Iterator[Head]:
        if self._places is None:
            yield from (head for _, head in self._lines())
            return
        with self._path.open("rb") as file:
            for place in self._places:
                file.seek(place)
                yield from _heads([file.readline().decode(errors="replace")])

    def _sorted(self) -> "array[int]":
        return array("Q", (place for *_, place in sorted((h.tree_size, h.number, at) for at, h in self._lines())))

    def _lines(self) -> Iterator[tuple[int, Head]]:
        """With the place in the file at which each begins."""
        with self._path.open("rb") as file:
            place = 0
            for line in file:
                yield from ((place, head) for head in _heads([line.decode(errors="replace")]))
                place += len(line)


def _heads(lines: Iterable[str]) -> Iterator[Head]:
    """Those of the lines that are heads."""
    for line in lines:
        with suppress(ValueError):
            yield Head.of_line(line)
