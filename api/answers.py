"""One command, carried out for one request: with its idempotency key, answered with the resource as it now is."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import Edge, edge_of
from api.problems import MEDIA_TYPE, refusal_body
from api.statuses import status_of
from api.trace import trace_of
from commands.append import Answer, Idempotency, Meta
from commands.dispatch import Done, Reply
from domain.actor import Actor
from domain.refusal import Refusal

View = Callable[[Any], BaseModel]

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x20-\x7e]+$",
        description="The same key and body get the same answer, for ever.",
    ),
]


async def _if_version(
    if_match: Annotated[str | None, Header(description='The ETag it had, like "3".')] = None,
) -> int | None:
    """The version a client has seen. What is no ETag of ours matches nothing: -1 is no version."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip().strip('"')
    return int(tag) if tag.isascii() and tag.isdigit() and len(tag) < 19 else -1


IfVersion = Annotated[int | None, Depends(_if_version)]


async def idempotency_of(request: Request, edge: Edge, scope: UUID, key: str) -> Idempotency:
    """Requests are told apart by method, path and what the body says, not by how it is written."""
    said = _canonical(await request.body())
    return Idempotency(scope, key, edge.house.vault.fingerprint(request.method, request.scope["path"], said))


def _canonical(body: bytes) -> str:
    """An operation that takes no body is sent anything at all; then the bytes themselves will do."""
    try:
        return msgspec.json.encode(msgspec.json.decode(body), order="deterministic").decode() if body else ""
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return body.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes commands of one caller."""

    edge: Edge
    request: Request
    actor: Actor
    scope: UUID
    key: str | None

    async def carry_out(self, command: Any, status: HTTPStatus, view: View, *, versioned: bool = True) -> Response:
        """`view` turns what the handler returned into the answer; `versioned` says if that is an aggregate."""
        return answered(await self.done(command, status, view, versioned=versioned))

    async def done(self, command: Any, status: HTTPStatus, view: View, *, versioned: bool = True) -> Done:
        correlation_id = trace_of(self.request).correlation_id

        def success(result: Any) -> Answer:
            return Answer(status, view(result).model_dump_json().encode(), result.version if versioned else None)

        def refusal(refusal: Refusal) -> Answer:
            return Answer(status_of(refusal), refusal_body(refusal, correlation_id))

        reply = None
        if self.key is not None:
            known = await idempotency_of(self.request, self.edge, self.scope, self.key)
            reply = Reply(known, success, refusal)
        meta = Meta(self.actor, type(command).__name__, correlation_id)
        done = await self.edge.house.dispatch(command, meta=meta, reply=reply)
        return done if done.answer else Done(done.result, done.position, success(done.result))


def answered(done: Done) -> Response:
    """The answer with what belongs in its headers: version, position, and whether it was given before."""
    answer = done.answer
    assert answer is not None
    headers = {"Travellr-Position": str(done.position)}
    if answer.version is not None:
        headers["ETag"] = f'"{answer.version}"'
    if done.replayed:
        headers["Idempotent-Replayed"] = "true"
    media_type = MEDIA_TYPE if answer.status >= HTTPStatus.BAD_REQUEST else "application/json"
    return Response(answer.body, answer.status, headers, media_type)


async def _desk(request: Request, caller: SignedIn, key: IdempotencyKey = None) -> Desk:
    return Desk(edge_of(request), request, caller.actor, caller.account_id, key)


TheDesk = Annotated[Desk, Depends(_desk)]
