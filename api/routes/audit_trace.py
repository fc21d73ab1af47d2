"""From any cent, row, request or object of Stripe back to what happened, who did it, and what came of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import StringConstraints, TypeAdapter
from starlette.responses import Response

from api.caller import SignedIn
from api.fields import Text, Word
from api.problems import errors
from api.reading import POSITION_MAX, Reading, reading
from api.refusals import FieldError, ValidationFailed
from queries.positions import head
from queries.rows import Connection
from queries.trace import Trace, trace
from queries.trace_subject import Asked

router = APIRouter(prefix="/audit", tags=["audit"])

Books = Annotated[Reading, reading("journal")]
StripeId = Annotated[Text, StringConstraints(max_length=255, pattern=r"^[a-z]+_[A-Za-z0-9_]+$")]
Position = Annotated[int, Query(ge=1, le=POSITION_MAX)]
_VIEW: TypeAdapter[Trace] = TypeAdapter(Trace)


async def _asked(
    position: Position | None = None,
    event: Position | None = None,
    entry: Position | None = None,
    booking: UUID | None = None,
    payment: UUID | None = None,
    refund: UUID | None = None,
    payout: UUID | None = None,
    line: UUID | None = None,
    stream: UUID | None = None,
    stripe: StripeId | None = None,
    correlation: Word | None = None,
) -> Asked:
    """Raises ValidationFailed unless one thing is asked for. An event and an entry of the journal are positions."""
    asked = Asked(position or event or entry, booking, payment, refund, payout, line, stream, stripe, correlation)
    given = (position, event, entry, booking, payment, refund, payout, line, stream, stripe, correlation)
    if sum(one is not None for one in given) != 1:
        raise ValidationFailed(FieldError("query", "must name one thing: an event, a booking, a Stripe object, ..."))
    return asked


TheAsked = Annotated[Asked, Depends(_asked)]


@router.get("/trace", response_model=Trace, responses=errors(401, 403, 404, 503), summary="The chain behind a cent")
async def trace_chain(
    _: SignedIn,
    model: Books,
    asked: TheAsked,
    upto: Annotated[int | None, Query(ge=1, le=POSITION_MAX)] = None,
) -> Response:
    """Events with their commands, actors (by id) and requests; tasks, postings, payout lines, objects of Stripe, and
    commands that were refused. `position`, `event` and `entry` are places in the log: a line of the journal or of a
    statement has one. `stream` is any row by its id. Of a `correlation` the first thousand events up to `upto` count.
    """

    async def question(connection: Connection) -> Trace | None:
        return await trace(connection, asked, upto=upto or await head(connection))

    found = await model.find(question)
    headers = {"Travellr-Position": str(model.position)}
    return Response(_VIEW.dump_json(found), 200, headers, "application/json")
