"""Work that goes on in threads of its own while a test does something else."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.integration.journey import Journey


@contextmanager
def at_the_same_time(work: "Work") -> Iterator["Work"]:
    thread = threading.Thread(target=work.run)
    thread.start()
    try:
        yield work
    finally:
        work.stop.set()
        thread.join(20)
        assert not thread.is_alive()
    assert work.errors == []


class Work:
    """Something that is done again and again in a thread, and whatever went wrong with it."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.errors: list[BaseException] = []
        self.times = 0

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                self.once()
                self.times += 1
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test must hear of it
            self.errors.append(error)

    def once(self) -> None:
        raise NotImplementedError


class Writer(Work):
    def __init__(self, journey: Journey) -> None:
        super().__init__()
        self._journey = journey

    def once(self) -> None:
        self._journey.cancelled(self._journey.confirmed())
