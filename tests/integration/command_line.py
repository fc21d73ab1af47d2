"""`travellr` as a process of its own, on the database of a test."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.world import World


@contextmanager
def command(world: World, home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("TRAVELLR_")}
    own |= {"TRAVELLR_DATABASE_URL": world.url, "TRAVELLR_HOME": str(home / "cli-home")}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "infrastructure.cli", *arguments],
        env=own,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
