"""A child's output: all of it to its own file of bounded size, warnings and errors to the console too."""

import logging
import re
import threading
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Final

FILE_BYTES: Final = 5_000_000
OLDER_FILES: Final = 3
LINE_BYTES: Final = 64 * 1024
ALARMING: Final = re.compile(
    r"""
      "level":\s*"(warning|error|critical)"        # JSON lines
    | ^[^a-z]{0,40}\[?(WARNING|ERROR|CRITICAL)\b   # plain lines, after a time at most
    | \[\s*(warning|error|critical)\s*\]           # structlog's console
    | ^Traceback\ |^\w+(\.\w+)*(Error|Exception):  # the first and the last line of a traceback
    """,
    re.VERBOSE,
)

Say = Callable[[str], None]


def follow(name: str, output: IO[bytes], file: Path, say: Say) -> threading.Thread:
    """Copies until the child and all its descendants have closed their output."""
    thread = threading.Thread(target=_copy, args=(name, output, file, say), name=f"log-{name}", daemon=True)
    thread.start()
    return thread


def _copy(name: str, output: IO[bytes], file: Path, say: Say) -> None:
    handler = RotatingFileHandler(file, maxBytes=FILE_BYTES, backupCount=OLDER_FILES, encoding="utf-8")
    with output:
        while raw := output.readline(LINE_BYTES):
            line = raw.decode(errors="replace").rstrip()
            handler.emit(logging.makeLogRecord({"msg": line}))
            if ALARMING.search(line):
                say(f"{name} | {line}")
    handler.close()
