"""Reconciliation: one comparison of our journal with what Stripe says moved its balance."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.root import Event, FirstEvent, Root


class Reconciliation(Root):
    TOPIC = "reconciliation"

    def __init__(self) -> None:
        self.finished = False

    @classmethod
    def start(cls, *, run_id: UUID, now: datetime) -> Reconciliation:
        return cls.begin(cls.Started, stream_id=run_id, now=now)

    def finish(self, *, matched: int, ours_only: int, theirs_only: int, different: int, now: datetime) -> None:
        """How many balance transactions agree and how many do not; a run finishes once."""
        if not self.finished:
            self.record(
                self.Finished,
                now=now,
                matched=matched,
                ours_only=ours_only,
                theirs_only=theirs_only,
                different=different,
            )

    class Started(FirstEvent):
        """Stripe's list is to be read and compared."""

        TOPIC = "reconciliation.started"

        def apply(self, aggregate: Reconciliation) -> None:
            """Nothing is known yet."""

    class Finished(Event):
        """It was read to its end and compared."""

        TOPIC = "reconciliation.finished"
        matched: int
        ours_only: int
        theirs_only: int
        different: int

        def apply(self, aggregate: Reconciliation) -> None:
            aggregate.finished = True
