"""Recomputes everything that is derived from the log, and names what differs from it. Disturbs nobody (ADR 0013)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import psycopg

from infrastructure.capacity_replay import compare_capacity
from infrastructure.differences import TableDifference
from infrastructure.invariants import Finding, check_now
from infrastructure.replay import CannotReplay, compare
from projections.catalogue import PROJECTIONS


@dataclass(slots=True)
class Verdict:
    """What was recomputed: differences by table, what could not be recomputed, and every invariant."""

    differences: list[TableDifference] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.differences and not self.unreadable and all(f.holds for f in self.findings)


def verify(url: str, told: Callable[[str], None]) -> Verdict:
    """Every read model at the position of its follower, the capacity guard at the head, and the invariants.

    `told` hears the name of what is being looked at. The system may be at work: each look is one snapshot.
    """
    verdict = Verdict()
    with psycopg.connect(url, autocommit=True, application_name="travellr-verify") as database:
        looks: dict[str, Callable[[], list[TableDifference]]] = {"capacity": partial(compare_capacity, database)}
        looks |= {name: partial(compare, database, projection) for name, projection in PROJECTIONS.items()}
        for name, look in looks.items():
            told(name)
            try:
                verdict.differences += look()
            except CannotReplay as error:
                verdict.unreadable.append(f"{name}: {error}")
        told("invariants")
        verdict.findings = check_now(database)
    return verdict
