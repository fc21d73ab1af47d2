"""Disputes, one row each; `withdrawn_minor` is of the round that is open or was last, the fee of all."""

from collections.abc import Iterator

from domain.dispute import Dispute
from domain.root import Event
from projections.change import Add, Change, Projection, Put, Set


def project(event: Event, _position: int) -> Iterator[Change]:
    key = {"dispute_id": event.originator_id}
    version = {"version": event.originator_version}
    match event:
        case Dispute.Opened() as e:
            yield Put(
                "dispute",
                key,
                {
                    "stripe_dispute_id": e.stripe_dispute_id,
                    "payment_id": e.payment_id,
                    "booking_id": e.booking_id,
                    "vendor_id": e.vendor_id,
                    "status": e.phase,
                    "amount_minor": e.amount_minor,
                    "currency": e.currency,
                    "reason": e.reason,
                    "respond_by": e.respond_by,
                    "created_at": e.timestamp,
                    **version,
                },
            )
        case Dispute.Withdrawn() as e:
            money = {"withdrawn_minor": e.amount_minor, "fee_minor": e.fee_minor, "reserved_minor": e.loss.vendor_minor}
            yield Set("dispute", key, {"status": "needs_response", **version})
            yield Add("dispute", key, money)
        case Dispute.ReviewStarted():
            yield Set("dispute", key, {"status": "under_review", **version})
        case Dispute.EvidenceSubmitted() as e:
            yield Set("dispute", key, {"evidence_sent": e.number, **version})
        case Dispute.Won() as e:
            yield Set("dispute", key, {"status": "won", "ended_at": e.timestamp, **version})
            yield Add("dispute", key, {"reserved_minor": -e.loss.vendor_minor})
        case Dispute.Lost() as e:
            yield Set("dispute", key, {"status": "lost", "ended_at": e.timestamp, **version})
            yield Add("dispute", key, {"reserved_minor": -e.loss.vendor_minor})
        case Dispute.Reopened() as e:
            yield Set("dispute", key, {"status": "needs_response", "ended_at": None, **version})
            yield Add("dispute", key, {"withdrawn_minor": -e.withdrawn_minor})
        case Dispute.Recovered(won=True):
            yield Set("dispute", key, {"status": "won", **version})
        case Dispute.Closed() as e:
            yield Set("dispute", key, {"status": "closed", "ended_at": e.timestamp, **version})
        case _:
            yield Set("dispute", key, version)


DISPUTES = Projection(
    "disputes",
    (
        Dispute.Opened,
        Dispute.Withdrawn,
        Dispute.ReviewStarted,
        Dispute.Settled,
        Dispute.EvidenceRequested,
        Dispute.EvidenceSubmitted,
        Dispute.Won,
        Dispute.Lost,
        Dispute.Exchanged,
        Dispute.Recovered,
        Dispute.Reopened,
        Dispute.Closed,
    ),
    project,
    ("dispute",),
)
