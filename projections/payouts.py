"""Payouts and the runs that draft them."""

from collections.abc import Iterator

from domain.payout import Payout, PayoutRun
from domain.root import Event
from projections.change import Change, Projection, Put, Set


def project(event: Event, _position: int) -> Iterator[Change]:
    yield from _payout(event)
    yield from _run(event)


def _payout(event: Event) -> Iterator[Change]:
    key = {"payout_id": event.originator_id}
    version = {"version": event.originator_version}
    match event:
        case Payout.Drafted() as e:
            yield Put(
                "payout",
                key,
                {
                    "vendor_id": e.vendor_id,
                    "currency": e.currency,
                    "cadence": e.cadence,
                    "period_end": e.period_end,
                    "amount_minor": e.amount_minor,
                    "status": "drafted",
                    "destination": e.destination,
                    "created_at": e.timestamp,
                    **version,
                },
            )
        case Payout.Transferred() as e:
            yield Set("payout", key, {"status": "transferred", "transfer_id": e.transfer_id, **version})
        case Payout.TransferSettled():
            yield Set("payout", key, version)
        case Payout.BankSubmitted() as e:
            submitted = {"status": "bank_submitted", "stripe_payout_id": e.stripe_payout_id}
            yield Set("payout", key, {**submitted, **version})
        case Payout.Paid():
            yield Set("payout", key, {"status": "paid", **version})
        case Payout.Failed() as e:
            yield Set("payout", key, {"status": "failed", "failure_code": e.code, **version})


def _run(event: Event) -> Iterator[Change]:
    key = {"run_id": event.originator_id}
    match event:
        case PayoutRun.Started() as e:
            period = {"cadence": e.cadence, "period_end": e.period_end, "cutoff": e.cutoff}
            yield Put("payout_run", key, {**period, "status": "running", "started_at": e.timestamp})
        case PayoutRun.Finished() as e:
            counts = {"payouts": e.payouts, "carried": e.carried}
            yield Set("payout_run", key, {"status": "finished", **counts, "finished_at": e.timestamp})


PAYOUTS = Projection(
    "payouts",
    (
        Payout.Drafted,
        Payout.Transferred,
        Payout.TransferSettled,
        Payout.BankSubmitted,
        Payout.Paid,
        Payout.Failed,
        PayoutRun.Started,
        PayoutRun.Finished,
    ),
    project,
    ("payout", "payout_run"),
)
