"""Time travel: any aggregate as of an instant or a position, on what was known then, and the difference between two."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import Edge, TheEdge
from api.paging import LIMIT_MAX
from api.points import AsOf, AtPosition, Point, one_point
from api.problems import errors
from api.reading import POSITION_MAX
from api.refusals import FieldError, ValidationFailed
from api.views.as_of import ChangeView, StreamAsOf, StreamDiff
from api.views.event import event_view
from domain.refusal import NotFound
from infrastructure.audit.replay_streams import changes_behind, kind_of, shown_state, state_after
from queries.events import EventRow
from queries.known_then import events_of_streams, position_known

router = APIRouter(prefix="/audit/streams/{stream_id}", tags=["audit"])

_BEGINNING: Final = 0

Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="How many events at most.")]
AfterVersion = Annotated[int, Query(ge=0, le=POSITION_MAX, description="Only events behind this version.")]


@router.get(
    "",
    response_model=StreamAsOf,
    responses=errors(401, 403, 404),
    summary="An aggregate's state as of an instant or a position, and its events up to then",
)
async def get_stream_as_of(
    _: SignedIn,
    edge: TheEdge,
    stream_id: UUID,
    as_of: AsOf = None,
    position: AtPosition = None,
    after: AfterVersion = 0,
    limit: Limit = LIMIT_MAX,
) -> Response:
    (upto,), rows = await _known(edge, stream_id, one_point(as_of, position))
    known = [row for row in rows if row.position <= upto]
    aggregate = state_after(known)
    behind = [row for row in known if row.version > after]
    shown = behind[:limit]
    return _answer(
        StreamAsOf(
            stream=stream_id,
            kind=kind_of(rows[0]),
            position=upto,
            version=known[-1].version if known else 0,
            state=None if aggregate is None else shown_state(aggregate),
            events=[event_view(row) for row in shown],
            next_after=shown[-1].version if len(behind) > limit else None,
        )
    )


@router.get(
    "/diff",
    response_model=StreamDiff,
    responses=errors(401, 403, 404),
    summary="Which fields changed between two instants or positions, and by which events",
)
async def compare_stream(
    _: SignedIn,
    edge: TheEdge,
    stream_id: UUID,
    since: Annotated[Point | None, Query(alias="from", description="The beginning, if absent.")] = None,
    until: Annotated[Point | None, Query(alias="to", description="Now, if absent.")] = None,
) -> Response:
    (first, last), rows = await _known(edge, stream_id, _BEGINNING if since is None else since, until)
    if first > last:
        raise ValidationFailed(FieldError("from", "must not be later than to"))
    known = [row for row in rows if row.position <= last]
    before, between = ([row for row in known if (row.position > first) is behind] for behind in (False, True))
    changes = changes_behind(known, first)
    return _answer(
        StreamDiff(
            stream=stream_id,
            kind=kind_of(rows[0]),
            from_position=first,
            to_position=last,
            from_version=before[-1].version if before else 0,
            to_version=known[-1].version if known else 0,
            changes=[
                ChangeView(field=c.field, before=c.before, after=c.after, positions=list(c.positions)) for c in changes
            ],
            events=[event_view(row) for row in between[:LIMIT_MAX]],
        )
    )


async def _known(edge: Edge, stream_id: UUID, *points: Point | None) -> tuple[list[int], list[EventRow]]:
    """The positions of these moments, and the whole stream. Raises NotFound for one without any event."""
    async with edge.house.reads.connection() as connection:
        positions = [await position_known(connection, point) for point in points]
        rows = await events_of_streams(connection, [stream_id], POSITION_MAX)
    if not rows:
        raise NotFound
    return positions, rows


def _answer(view: BaseModel) -> Response:
    return Response(view.model_dump_json(), 200, media_type="application/json")
