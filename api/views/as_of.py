"""An aggregate as it was at a moment, and what changed between two."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from api.views.event import EventView


class StreamAsOf(BaseModel):
    stream: UUID
    kind: str
    position: int = Field(description="The newest position that was known then; nothing behind it is in this answer.")
    version: int = Field(description="0 if its first event came later.")
    state: dict[str, Any] | None = Field(description="Personal data is not shown.")
    events: list[EventView]
    next_after: int | None = Field(description="Ask for the events behind this version; null if these are all.")


class ChangeView(BaseModel):
    field: str
    before: Any
    after: Any
    positions: list[int] = Field(description="Of the events that changed it.")


class StreamDiff(BaseModel):
    stream: UUID
    kind: str
    from_position: int
    to_position: int
    from_version: int
    to_version: int
    changes: list[ChangeView]
    events: list[EventView] = Field(description="What came in between: the first 200.")
