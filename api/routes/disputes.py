"""Disputes: what banks contest, the evidence there is, and sending it."""

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import StringConstraints
from starlette.responses import Response

from api.answers import TheDesk
from api.caller import SignedIn
from api.edge import Edge, TheEdge
from api.fields import Body, Letter
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from api.views.dispute import DisputeView, EvidenceAccepted, dispute_view, evidence_accepted
from api.views.evidence import EvidencePack, evidence_pack
from commands.send_evidence import SendEvidence
from domain.dispute import EVIDENCE_MAX_CHARACTERS
from domain.refusal import NotFound
from infrastructure.stripe_disputes import evidence_place
from infrastructure.vault import Place
from queries.disputes import DisputeRow, dispute, disputes
from queries.evidence import DisputedTrip, EvidenceRow, disputed_trip, evidence
from queries.identity import identity_of_account
from queries.rows import Connection

router = APIRouter(prefix="/disputes", tags=["disputes"])

Disputes = Annotated[Reading, reading("disputes")]


class NewEvidence(Body):
    text: Annotated[Letter, StringConstraints(max_length=EVIDENCE_MAX_CHARACTERS)]


@router.get("", response_model=Listed[DisputeView], responses=errors(401, 403, 503), summary="Disputes, newest first")
async def list_disputes(
    caller: SignedIn,
    read: Disputes,
    page: ThePage,
    status: Literal["inquiry", "needs_response", "under_review", "won", "lost", "closed"] | None = None,
    booking_id: UUID | None = None,
) -> Response:
    rows = await read.ask(lambda c: disputes(c, caller.actor, page, status=status, booking_id=booking_id))
    return read.answer(listed(rows, page, dispute_view))


@router.get("/{dispute_id}", response_model=DisputeView, responses=errors(401, 403, 404, 503), summary="One dispute")
async def get_dispute(caller: SignedIn, read: Disputes, dispute_id: UUID) -> Response:
    row = await read.find(lambda c: dispute(c, dispute_id, caller.actor))
    return read.answer(dispute_view(row), version=row.version)


@router.get(
    "/{dispute_id}/evidence",
    response_model=EvidencePack,
    responses=errors(401, 403, 404, 503),
    summary="What was agreed and what happened, for the bank",
)
async def get_evidence(caller: SignedIn, read: Disputes, dispute_id: UUID) -> Response:
    async def question(connection: Connection) -> tuple[DisputeRow, DisputedTrip, list[EvidenceRow]] | None:
        row = await dispute(connection, dispute_id, caller.actor)
        trip = await disputed_trip(connection, dispute_id)
        return (row, trip, await evidence(connection, dispute_id)) if row and trip else None

    row, trip, events = await read.find(question)
    return read.answer(evidence_pack(row, trip, events), version=row.version)


@router.post(
    "/{dispute_id}/evidence",
    status_code=202,
    response_model=EvidenceAccepted,
    responses=errors(401, 403, 404, 409, 422),
    summary="Send a text to the bank that decides",
)
async def send_evidence(desk: TheDesk, edge: TheEdge, read: Disputes, dispute_id: UUID, body: NewEvidence) -> Response:
    trip = await read.find(lambda c: disputed_trip(c, dispute_id))
    sealed = await _sealed(edge, trip.traveller_id, evidence_place(dispute_id), body.text)
    command = SendEvidence(dispute_id, sealed)
    return await desk.carry_out(command, HTTPStatus.ACCEPTED, evidence_accepted)


async def _sealed(edge: Edge, traveller_id: UUID, place: Place, text: str) -> str:
    """The text under the key of the person whom it may name. Raises NotFound once that person is forgotten."""
    async with edge.house.reads.connection() as connection:
        person = await identity_of_account(connection, traveller_id)
    if person is None:
        raise NotFound("The traveller's account was erased: nothing may be said about the person any more.")
    key = edge.house.vault.unwrap(traveller_id, person.wrapped_key)
    return edge.house.vault.seal(key, place, text)
