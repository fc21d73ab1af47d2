"""Heads in a file outside the database: one line each, only ever added to."""

import os
from collections.abc import Iterable
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


def read_heads(path: Path) -> list[Head]:
    """Every head of the file. Raises OSError if it cannot be read."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return _heads(file)


def _heads(lines: Iterable[str]) -> list[Head]:
    found = []
    for line in lines:
        try:
            found.append(Head.of_line(line))
        except ValueError:
            continue
    return found
