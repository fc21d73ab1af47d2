"""Eight processes that start at once, again and again: for each database on standard input eight are forked.

They are forks of one that has imported everything, so that a start takes milliseconds and all meet at the same moment.
A line on standard output says how each of them fared.
"""

import asyncio
import os
import signal
import sys
import traceback
from typing import Final, NoReturn

import msgspec

from infrastructure.event_log import event_log
from infrastructure.migrations import migrate
from tests.integration.appends import append, facts

PROCESSES: Final = 8
START_MAX_S: Final = 30


class Started(msgspec.Struct):
    """What a process did: the migrations it applied, and the position of the event that it appended."""

    applied: list[str] = []
    position: int = 0
    error: str | None = None


def start(url: str) -> Started:
    """As every process of ours starts: bring the schema up to date, open the log; then a first append."""
    return Started(migrate(url), asyncio.run(_first_append(url)))


async def _first_append(url: str) -> int:
    async with event_log(url, name="start", connections=2) as log:
        return (await log.commit(append(*facts()))).position


def all_at_once(url: str) -> list[Started]:
    """Fork, let all go at the same moment by closing a pipe they wait at, and hear them."""
    gate, opener = os.pipe()
    ear, mouth = os.pipe()
    pids = []
    for _ in range(PROCESSES):
        pid = os.fork()
        if not pid:
            os.close(opener)
            _be_one(url, gate, mouth)
        pids.append(pid)
    for end in (gate, mouth, opener):
        os.close(end)
    with os.fdopen(ear, "rb") as answers:
        lines = answers.read().splitlines()
    for pid in pids:
        os.waitpid(pid, 0)
    return [msgspec.json.decode(line, type=Started) for line in lines]


def _be_one(url: str, gate: int, mouth: int) -> NoReturn:
    signal.alarm(START_MAX_S)
    os.read(gate, 1)
    try:
        started = start(url)
    except BaseException:  # noqa: BLE001 - whatever it is, it is what the test wants to hear
        started = Started(error=traceback.format_exc()[-2_000:])
    os.write(mouth, msgspec.json.encode(started) + b"\n")  # Less than PIPE_BUF, so never mixed with another's.
    os._exit(0)


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(msgspec.json.encode(all_at_once(line.strip())).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
