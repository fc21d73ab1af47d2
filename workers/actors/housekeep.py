"""The nightly round of housekeeping; again from its start, or from where it was when its worker was killed."""

from typing import Final

from commands.housekeep import FinishHousekeeping
from domain.housekeeping import Housekeeping
from infrastructure.business_clock import read_clock
from infrastructure.database import connect
from infrastructure.housekeeping.job import House
from infrastructure.housekeeping.rounds import alone, forget_progress, tidy_up
from workers.actors.argument import uuid_of
from workers.board import Leased
from workers.hands import Hands, NotYet

BUSY_S: Final = 10.0


def housekeep(task: Leased, hands: Hands) -> None:
    run = hands.load(Housekeeping, uuid_of(task, "run_id"))
    if run.finished:
        return
    settings = hands.container.settings
    assert settings.database_url is not None
    with connect(settings.database_url, name="housekeeping") as database, alone(database) as is_alone:
        if not is_alone:
            raise NotYet(BUSY_S, "somebody else keeps house just now")
        because = f"housekeeping:{run.id}"
        house = House(settings, database, lambda c: hands.dispatch(c, because=because), read_clock(database).now)
        report = tidy_up(house, run.id)
        hands.record(task, FinishHousekeeping(run.id, report))
        forget_progress(database, run.id)
