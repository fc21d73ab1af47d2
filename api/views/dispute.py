"""A dispute, as staff and the vendor of the booking see it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from api.views.money import MoneyView, money
from domain.dispute import Dispute
from queries.disputes import DisputeRow


class DisputeView(BaseModel):
    """`withdrawn` and `fee` have left our balance; `reserved` is what is set aside of the vendor's money meanwhile."""

    id: UUID
    payment_id: UUID
    booking_id: UUID
    vendor_id: UUID
    status: str
    reason: str
    amount: MoneyView
    withdrawn: MoneyView
    fee: MoneyView
    reserved: MoneyView
    evidence_sent: int
    respond_by: datetime | None
    ended_at: datetime | None
    version: int
    created_at: datetime


class EvidenceAccepted(BaseModel):
    """The text has been taken; it goes to the bank next. `number` counts the texts of this dispute."""

    dispute_id: UUID
    number: int
    status: str
    version: int


def dispute_view(row: DisputeRow) -> DisputeView:
    return DisputeView(
        id=row.id,
        payment_id=row.payment_id,
        booking_id=row.booking_id,
        vendor_id=row.vendor_id,
        status=row.status,
        reason=row.reason,
        amount=money(row.amount_minor, row.currency),
        withdrawn=money(row.withdrawn_minor, row.currency),
        fee=money(row.fee_minor, row.currency),
        reserved=money(row.reserved_minor, row.currency),
        evidence_sent=row.evidence_sent,
        respond_by=row.respond_by,
        ended_at=row.ended_at,
        version=row.version,
        created_at=row.created_at,
    )


def evidence_accepted(dispute: Dispute) -> EvidenceAccepted:
    return EvidenceAccepted(
        dispute_id=dispute.id, number=len(dispute.evidence), status=dispute.status, version=dispute.version
    )
