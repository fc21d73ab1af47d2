"""The five-minute tour of README.md, run word for word: what it prints is what README.md shows."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.acceptance.system import System

README: Final = Path(__file__).parents[2] / "README.md"
TOUR: Final = re.compile(r"^## Five minutes with curl$(.*?)^## ", re.MULTILINE | re.DOTALL)
BLOCK: Final = re.compile(r"^```(bash|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BASE: Final = "B=http://127.0.0.1:8000/api/v1\n"
CLI: Final = "TRAVELLR=.venv/bin/travellr\n"
MARK: Final = "----- end of block -----"
TOUR_S: Final = 300
# One booking of 100.00 was lived, the other cancelled with half of it back.
KEPT_MINOR: Final = 10_000 + 5_000


@dataclass(frozen=True, slots=True)
class Step:
    """One block of commands, and the answer that stands below it."""

    commands: str
    shown: str = ""


def steps() -> list[Step]:
    tour = TOUR.search(README.read_text())
    assert tour is not None
    found: list[Step] = []
    for language, content in BLOCK.findall(tour[1]):
        if language == "bash":
            found.append(Step(content))
        else:
            found[-1] = Step(found[-1].commands, content)
    return found


def script(system: System) -> str:
    """All blocks as one script; only where the system is reached differs from what a reader types."""
    text = f"set -euo pipefail\n{''.join(f'{step.commands}echo {MARK!r}{chr(10)}' for step in steps())}"
    assert text.count(BASE) == text.count(CLI) == 1
    cli = system.home / "travellr"
    cli.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m infrastructure.cli "$@"\n')
    cli.chmod(0o700)
    return text.replace(BASE, f"B={system.state.address}/api/v1\n").replace(CLI, f"TRAVELLR={cli}\n")


def printed(system: System) -> list[str]:
    """What each block printed."""
    # A proxy of whoever runs the tests must not stand between curl and this machine.
    environment = {name: value for name, value in system.environment.items() if not name.lower().endswith("_proxy")}
    ended = subprocess.run(
        ["bash", "-c", script(system)],
        env=environment | {"PATH": os.environ["PATH"]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TOUR_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not ended.stderr
    return ended.stdout.split(f"{MARK}\n")[:-1]


def test_the_tour_runs_word_for_word_and_prints_what_the_readme_shows(system: System) -> None:
    """One test, so that the tour is made once, however the tests are dealt out."""
    outputs = printed(system)
    for step, output in zip(steps(), outputs, strict=True):
        pattern = re.escape(step.shown).replace("…", r"[^\n]*?")
        assert re.fullmatch(pattern, output), f"shown:\n{step.shown}\nprinted:\n{output}"
    everything = "".join(outputs)
    for money_story in (
        '"status": "confirmed"',
        '"status": "cancelled"',
        '"refunded": {"amount": 5000, "currency": "EUR"}',
        f"paid weekly {{'amount': {KEPT_MINOR * 80 // 100}, 'currency': 'EUR'}}",
    ):
        assert money_story in everything
    assert re.search(r"^EUR debit (\d+) credit \1 difference 0$", everything, re.MULTILINE)


def test_every_block_but_the_helpers_shows_what_it_prints() -> None:
    assert [bool(step.shown) for step in steps()] == [False] + [True] * (len(steps()) - 1)
