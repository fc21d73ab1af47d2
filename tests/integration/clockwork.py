"""What tests of the schedule share: a schedule that runs, a wished-for time, and what is on its way there."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from commands.vendor_settings import RequestPayoutAccount
from tests.integration.journey import Journey
from tests.integration.world import FOLLOWED, World, running
from workers.schedule import Schedule

ZONE = "Europe/Berlin"
# How much later than its instant something may be done: the clock runs on while the machine works.
LATE = timedelta(minutes=2)


@contextmanager
def scheduled(world: World) -> Iterator[Schedule]:
    """Followers, one worker and the schedule, as in their processes."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            if not world.work():
                stop.wait(0.02)

    threads = [threading.Thread(target=work), schedule := Schedule(world.url, world.hands, ZONE, stop)]
    with running(world.url, *FOLLOWED, listen=True):
        for thread in threads:
            thread.start()
        try:
            yield schedule
        finally:
            stop.set()
            for thread in threads:
                thread.join(40)


def wish(world: World, ahead: timedelta) -> datetime:
    """The clock shall go there."""
    target = world.now() + ahead
    world.own.execute("UPDATE ops.clock SET target = %s", (target,))
    return target


def there(world: World, target: datetime) -> bool:
    return world.now() >= target and world.row("SELECT target FROM ops.clock") == (None,)


def told(world: World) -> tuple[Journey, UUID, UUID]:
    """One booking that is paid and one that is only held, of a vendor who can be paid."""
    journey = Journey(world)
    world.do(RequestPayoutAccount(), journey.vendor)
    paid = journey.paying()
    world.settle()
    held = journey.held()
    world.follow()
    return journey, paid, held
