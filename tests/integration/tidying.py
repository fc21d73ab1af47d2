"""What tests of housekeeping share: the house, a choice of jobs, and old log files."""

import os
import time
from datetime import datetime
from pathlib import Path

from infrastructure.housekeeping.job import House, Job
from infrastructure.housekeeping.rounds import JOBS
from tests.integration.world import World


def house_of(world: World, now: datetime | None = None) -> House:
    return House(world.settings, world.own, world.do, now or world.now())


def jobs(*names: str) -> list[Job]:
    return [job for job in JOBS if job.name in names]


def logs(world: World) -> Path:
    folder = world.settings.home / "logs"
    folder.mkdir(exist_ok=True)
    return folder


def written(folder: Path, name: str, days_ago: float) -> Path:
    file = folder / name
    file.write_text(f"{name} said something\n" * 1_000)
    at = time.time() - days_ago * 86_400
    os.utime(file, (at, at))
    return file
