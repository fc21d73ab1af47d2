"""Intervention: somebody took a task in hand. Each is a stream of its own, so that the log says who did it and when."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from domain.root import FirstEvent, Root

What = Literal["retry", "park"]


class Intervention(Root):
    TOPIC = "intervention"

    def __init__(self) -> None:
        self.task_id = UUID(int=0)
        self.what: What = "retry"

    @classmethod
    def order(cls, *, intervention_id: UUID, task_id: UUID, what: What, now: datetime) -> Intervention:
        """Have the task done again at once (`retry`), or not any more until somebody says so (`park`)."""
        return cls.begin(cls.Ordered, stream_id=intervention_id, now=now, task_id=task_id, what=what)

    class Ordered(FirstEvent):
        """Somebody wants a task done again now, or not any more."""

        TOPIC = "intervention.ordered"
        task_id: UUID
        what: What

        def apply(self, aggregate: Intervention) -> None:
            aggregate.task_id = self.task_id
            aggregate.what = self.what
