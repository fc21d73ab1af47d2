"""Send a text to the bank that decides a dispute."""

from dataclasses import dataclass, field
from uuid import UUID

from commands.work import Work
from domain.dispute import Dispute


@dataclass(frozen=True, slots=True)
class SendEvidence:
    """`sealed` with the traveller's key, whom the text may name: it is forgotten when the person is."""

    dispute_id: UUID
    sealed: str = field(repr=False)


async def send_evidence(command: SendEvidence, work: Work) -> Dispute:
    dispute = await work.get(Dispute, command.dispute_id)
    dispute.request_evidence(command.sealed, now=await work.now())
    return dispute
