"""The seal over the log: signed heads, and proofs that an event is under one and that one head continues another."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import DayOrInstant, bound
from api.paging import Cursor, Limit, Listed, read_number, written
from api.problems import errors
from api.reading import POSITION_MAX, Reading, reading
from api.refusals import FieldError, ValidationFailed
from domain.refusal import NotFound
from infrastructure.audit.canonical import Stored, microseconds
from infrastructure.audit.heads import Head
from infrastructure.audit.merkle import Range, consistency, inclusion
from infrastructure.audit.tiles import TILES, roots, tiles_of
from queries.rows import Connection
from queries.seal import (
    SealedEvent,
    head_of_size,
    heads,
    kept_tiles,
    newest_head,
    sealed_events,
    sealed_position,
)
from queries.vendor_statement import Wanted, vendor_statement

router = APIRouter(tags=["audit"])

Size = Annotated[int, Query(ge=1, le=POSITION_MAX)]


class HeadView(BaseModel):
    """What is signed is told in docs/seal.md, and `travellr audit export` brings a program that checks it."""

    number: int
    kind: str
    tree_size: int
    root: str
    chain: str
    signed_at: str
    kid: str
    public_key: str
    signature: str


class InclusionProof(BaseModel):
    position: int
    leaf: str = Field(description="The leaf's hash, in hexadecimal.")
    tree_size: int
    root: str
    proof: list[str] = Field(description="RFC 9162, 2.1.3; the leaf's index is the position less one.")
    head: HeadView | None = Field(description="A signed head of this tree, if there is one.")


class ConsistencyProof(BaseModel):
    first: int
    first_root: str
    second: int
    second_root: str
    proof: list[str] = Field(description="RFC 9162, 2.1.4.")


class EventAsStored(BaseModel):
    position: int
    stream: UUID
    version: int
    topic: str
    recorded_at_us: int = Field(description="Microseconds since 1970.")
    metadata: str = Field(description="The stored text.")
    state: str = Field(description="The stored bytes, in base64.")


class ProvedLine(BaseModel):
    position: int
    at: datetime
    kind: str
    event: EventAsStored
    proof: list[str] | None = Field(description="Null while the event is newer than the head: ask again in a minute.")


class ProvedLines(Listed[ProvedLine]):
    head: HeadView


@router.get(
    "/audit/checkpoints",
    response_model=Listed[HeadView],
    responses=errors(401, 403),
    summary="Signed heads, newest first",
)
async def list_checkpoints(_: SignedIn, edge: TheEdge, limit: Limit = 50, cursor: Cursor = None) -> Response:
    before = read_number(cursor) if cursor else None
    async with edge.house.reads.connection() as connection:
        rows = await heads(connection, Head, before, limit + 1)
    next_cursor = written(str(rows[limit - 1].number)) if len(rows) > limit else None
    return _answer(Listed(items=[_head(row) for row in rows[:limit]], next_cursor=next_cursor))


@router.get(
    "/audit/proof",
    response_model=InclusionProof,
    responses=errors(401, 403, 404),
    summary="That an event is in the sealed tree",
)
async def get_inclusion_proof(_: SignedIn, edge: TheEdge, position: Size, tree_size: Size | None = None) -> Response:
    """In the tree of the newest head, or in that of `tree_size` events."""
    async with edge.house.reads.connection() as connection:
        newest = (
            await newest_head(connection, Head)
            if tree_size is None
            else await head_of_size(connection, Head, tree_size)
        )
        size = tree_size or (newest.tree_size if newest else 0)
        sealed = await sealed_position(connection)
        if not position <= size <= sealed:
            raise NotFound
        path = inclusion(position - 1, size)
        leaf, root, *proof = await _roots(connection, [(position - 1, position), (0, size), *path])
    return _answer(
        InclusionProof(
            position=position,
            leaf=leaf,
            tree_size=size,
            root=root,
            proof=proof,
            head=_head(newest) if newest else None,
        )
    )


@router.get(
    "/audit/consistency",
    response_model=ConsistencyProof,
    responses=errors(401, 403, 404),
    summary="That a tree continues an older one",
)
async def get_consistency_proof(
    _: SignedIn, edge: TheEdge, first: Annotated[Size, Query(alias="from")], second: Annotated[Size, Query(alias="to")]
) -> Response:
    if first > second:
        raise ValidationFailed(FieldError("from", "must not be greater than to"))
    async with edge.house.reads.connection() as connection:
        if second > await sealed_position(connection):
            raise NotFound
        path = consistency(first, second)
        old, new, *proof = await _roots(connection, [(0, first), (0, second), *path])
    return _answer(ConsistencyProof(first=first, first_root=old, second=second, second_root=new, proof=proof))


@router.get(
    "/vendors/me/statement/proofs",
    response_model=ProvedLines,
    responses=errors(401, 403, 404, 503),
    tags=["vendors"],
    summary="The events behind my statement, each with a proof that it is in the sealed log",
)
async def get_statement_proofs(
    caller: SignedIn,
    edge: TheEdge,
    read: Annotated[Reading, reading("vendor_money")],
    since: Annotated[DayOrInstant | None, Query(alias="from")] = None,
    until: Annotated[DayOrInstant | None, Query(alias="to")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The verifier of `travellr audit export` checks this answer as it is: `python verify.py --statement FILE`."""
    zone = edge.house.settings.platform_time_zone
    wanted = Wanted(
        caller.account_id,
        since=bound(since, None, zone, "from"),
        before=bound(until, None, zone, "to"),
        after_position=read_number(cursor) if cursor else 0,
        zone=zone,
    )

    async def look(connection: Connection) -> ProvedLines:
        head = await newest_head(connection, Head)
        if head is None:
            raise NotFound
        rows, more = await vendor_statement(connection, wanted, limit)
        events = await sealed_events(connection, [row.position for row in rows])
        paths = [inclusion(r.position - 1, head.tree_size) if r.position <= head.tree_size else None for r in rows]
        hashes = iter(await _roots(connection, [step for path in paths for step in path or ()]))
        lines = [
            ProvedLine(
                position=row.position,
                at=row.at,
                kind=row.kind,
                event=_as_stored(events[row.position]),
                proof=None if path is None else [next(hashes) for _ in path],
            )
            for row, path in zip(rows, paths, strict=True)
        ]
        return ProvedLines(items=lines, next_cursor=None if more is None else written(str(more)), head=_head(head))

    return read.answer(await read.ask(look))


async def _roots(connection: Connection, ranges: list[Range]) -> list[str]:
    rows = await kept_tiles(connection, TILES, tiles_of(ranges))
    return [root.hex() for root in roots(ranges, rows)]


def _answer(view: BaseModel) -> Response:
    return Response(view.model_dump_json(), 200, media_type="application/json")


def _head(head: Head) -> HeadView:
    return HeadView(**head.as_dict())


def _as_stored(row: SealedEvent) -> EventAsStored:
    stored = Stored(
        row.position, row.stream, row.version, row.topic, microseconds(row.recorded_at), row.metadata, row.state
    )
    return EventAsStored(**stored.as_dict())
