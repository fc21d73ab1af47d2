"""Rounds of housekeeping, one row each, with their reports."""

from collections.abc import Iterator
from dataclasses import asdict

from domain.housekeeping import Housekeeping
from domain.root import Event
from projections.change import Change, Projection, Put, Set


def project(event: Event, _position: int) -> Iterator[Change]:
    key = {"run_id": event.originator_id}
    version = {"version": event.originator_version}
    match event:
        case Housekeeping.Started() as e:
            yield Put("housekeeping", key, {"scheduled": e.scheduled, "created_at": e.timestamp, **version})
        case Housekeeping.Finished() as e:
            report = [asdict(tidied) for tidied in e.jobs]
            yield Set("housekeeping", key, {"jobs": report, "finished_at": e.timestamp, **version})


HOUSEKEEPING = Projection("housekeeping", (Housekeeping.Started, Housekeeping.Finished), project, ("housekeeping",))
