"""Bookings held and looked at over HTTP, beside plain CRUD that does the same job; the load runs on the same cores."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

import msgspec
import uvloop

from bench.http_contestants import Contestant, Made, fastapi_and_psycopg, flask_and_sqlalchemy, ours
from bench.http_load import load
from bench.part import Part, Row, rows_of
from bench.place import Place
from bench.rounds import Rates, alternate, percentile, ratio, spread
from bench.scale import Scale

FIGURES_AT = 64


@dataclass(slots=True)
class Course:
    """One contestant through the whole run, every answer checked. `p99_ms` is the slowest of a hundred, per round."""

    contestant: Contestant
    seconds: float
    requests: Iterator[bytes]
    made: list[Made] = field(default_factory=list)
    p99_ms: dict[str, list[float]] = field(default_factory=dict)

    def holds_per_s(self, connections: int) -> float:
        bodies, per_s = self._run(f"POST {connections}", self.requests, connections, 201)
        made = [msgspec.json.decode(body, type=Made) for body in bodies]
        assert all(booking.status == "held" for booking in made)
        self.made += made
        self.contestant.settle()
        return per_s

    def looks_per_s(self, connections: int) -> float:
        bodies, per_s = self._run(f"GET {connections}", self.contestant.looks(self.made), connections, 200)
        known = {booking.id for booking in self.made}
        assert all(msgspec.json.decode(body, type=Made).id in known for body in bodies)
        return per_s

    def _run(self, what: str, requests: Iterator[bytes], connections: int, status: int) -> tuple[list[bytes], float]:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            answers, begin = runner.run(load(self.contestant.port, requests, connections, self.seconds))
        wrong = [answer for answer in answers if answer.status != status]
        assert not wrong, (self.contestant.name, len(wrong), wrong[0])
        measured = [answer.seconds for answer in answers if begin <= answer.at < begin + self.seconds]
        self.p99_ms.setdefault(what, []).append(percentile(measured, 99) * 1000)
        return [answer.body for answer in answers], len(measured) / self.seconds

    def check(self) -> None:
        """As many bookings as were answered, no two the same."""
        ids = {booking.id for booking in self.made}
        assert self.contestant.bookings() == len(ids) == len(self.made), self.contestant.name


def measure(place: Place, scale: Scale) -> Part:
    figures: dict[str, float] = {}
    rows: list[Row] = []
    with ExitStack() as stack:
        entrants = [stack.enter_context(enter(place)) for enter in (ours, fastapi_and_psycopg, flask_and_sqlalchemy)]
        courses = [Course(entrant, scale.http_seconds, entrant.holds()) for entrant in entrants]
        us, fastapi, flask = (course.contestant.name for course in courses)
        for course in courses:
            course.holds_per_s(FIGURES_AT)
        for connections in scale.http_connections:
            holds = _alternate(courses, Course.holds_per_s, connections, scale.http_rounds)
            looks = _alternate(courses, Course.looks_per_s, connections, scale.http_rounds)
            rows += rows_of(holds, us, f"{connections} connections, POST: ")
            rows += rows_of(looks, us, f"{connections} connections, GET: ")
            if connections == FIGURES_AT:
                figures["http_hold_vs_flask_crud"] = ratio(holds[us], holds[flask]).median
                figures["http_hold_vs_fastapi_crud"] = ratio(holds[us], holds[fastapi]).median
                figures["http_get_vs_fastapi_crud"] = ratio(looks[us], looks[fastapi]).median
        for course in courses:
            course.check()
    return Part("HTTP", "requests/s", rows, figures, [_slowest(course) for course in courses])


def _alternate(courses: list[Course], act: Callable[[Course, int], float], connections: int, rounds: int) -> Rates:
    return alternate({course.contestant.name: partial(act, course, connections) for course in courses}, rounds)


def _slowest(course: Course) -> str:
    p99 = ", ".join(f"{what} {spread(values).median:.0f} ms" for what, values in course.p99_ms.items())
    return f"99 of 100 answers of {course.contestant.name} within: {p99}."
