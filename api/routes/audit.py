"""The log itself, for auditors: searched, sampled by a seed, and taken away as files."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.audit_files import EVENT_FILES, event_file, form_of
from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import Instant, Word
from api.paging import Limit
from api.problems import errors
from api.reading import POSITION_MAX
from api.views.event import EventView, event_view
from queries.events import EventFilter, events, sample, span
from queries.positions import head

router = APIRouter(prefix="/audit", tags=["audit"])

Position = Annotated[int, Query(ge=0, le=POSITION_MAX)]
Minor = Annotated[int, Query(ge=-POSITION_MAX, le=POSITION_MAX)]
From = Annotated[Instant | None, Query(alias="from", description="Recorded then or later.")]
To = Annotated[Instant | None, Query(description="Recorded before.")]


class Events(BaseModel):
    items: list[EventView]
    next_after: int | None = Field(
        description="Ask for what comes behind this position; null at the end of the search."
    )


class Sample(BaseModel):
    """Drawn from the positions behind `after` up to `upto`: ask with that `upto`, and the sample is the same."""

    items: list[EventView]
    after: int
    upto: int


async def _wanted(
    topic: Word | None = None,
    stream: UUID | None = None,
    actor: UUID | None = None,
    correlation: Word | None = None,
    amount: Minor | None = None,
    amount_from: Minor | None = None,
    amount_to: Minor | None = None,
) -> EventFilter:
    least, most = (amount_from, amount_to) if amount is None else (amount, amount)
    return EventFilter(topic, stream, actor, correlation, least, most)


Wanted = Annotated[EventFilter, Depends(_wanted)]


@router.get(
    "/events",
    response_model=Events,
    responses={**errors(401, 403), **EVENT_FILES},
    summary="Events in the order of the log",
)
async def list_events(
    _: SignedIn,
    edge: TheEdge,
    which: Wanted,
    after: Position = 0,
    upto: Position | None = None,
    since: From = None,
    to: To = None,
    limit: Limit = 50,
    accept: Annotated[str, Header()] = "",
) -> Response:
    """Events of a stream, an actor or a request are found at once. In any other search a page looks at some twenty
    thousand positions, so it may be short or empty and not be the last.

    `amount` is any amount of the event in minor units; `amount_from` and `amount_to` are a range, both included.
    """
    async with edge.house.reads.connection() as connection:
        newest = await head(connection)
        where = await span(connection, after=after, upto=upto, since=since, before=to)
        form = form_of(accept)
        if form != "json":
            return event_file(edge.house.reads, form, which, where)
        rows, more = await events(connection, which, where, limit=limit)
    view = Events(items=[event_view(row) for row in rows], next_after=more)
    headers = {"Travellr-Position": str(newest), "Vary": "Accept"}
    return Response(view.model_dump_json(), 200, headers, "application/json")


@router.get("/sample", response_model=Sample, responses=errors(401, 403), summary="Events drawn at random, by a seed")
async def sample_events(
    _: SignedIn,
    edge: TheEdge,
    seed: Annotated[int, Query(ge=0, le=POSITION_MAX)],
    size: Limit = 50,
    topic: Word | None = None,
    after: Position = 0,
    upto: Position | None = None,
    since: From = None,
    to: To = None,
) -> Response:
    """The n-th draw, n from 0, is position `after + 1 + SHA-256("seed:n") mod (upto - after)`; what was drawn already
    or is of another topic is passed over. Of a rare topic there may be fewer than asked for: 20,000 draws are made.
    """
    async with edge.house.reads.connection() as connection:
        newest = await head(connection)
        where = await span(connection, after=after, upto=upto, since=since, before=to)
        rows = await sample(connection, topic, where, seed=seed, size=size)
    view = Sample(items=[event_view(row) for row in rows], after=where.after, upto=where.upto)
    return Response(view.model_dump_json(), 200, {"Travellr-Position": str(newest)}, "application/json")
