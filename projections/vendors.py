"""How each vendor is paid."""

from collections.abc import Iterator

from domain.root import Event
from domain.vendor import Vendor
from projections.change import Change, Projection, Put, Set


def project(event: Event, _position: int) -> Iterator[Change]:
    version = {"version": event.originator_version}
    match event:
        case Vendor.Enrolled() as e:
            yield Put("vendor", {"vendor_id": e.vendor_id}, {"cadence": "weekly", **version})
        case Vendor.CadenceChosen() as e:
            yield Set("vendor", {"vendor_id": e.vendor_id}, {"cadence": e.cadence, **version})
        case Vendor.AccountRequested() as e:
            yield Set("vendor", {"vendor_id": e.vendor_id}, {"account_requested": True, **version})
        case Vendor.AccountSeen() as e:
            account = {
                "stripe_account_id": e.stripe_account_id,
                "ready": e.ready,
                "requirements": e.requirements,
                "bank_account_id": e.bank_account_id,
            }
            yield Set("vendor", {"vendor_id": e.vendor_id}, {**account, **version})
        case Vendor.PayoutsHeld() as e:
            yield Set("vendor", {"vendor_id": e.vendor_id}, {"payouts_on_hold": True, **version})
        case Vendor.PayoutsReleased() as e:
            yield Set("vendor", {"vendor_id": e.vendor_id}, {"payouts_on_hold": False, **version})
        case Vendor.PeriodOpened() as e:
            yield Set("vendor", {"vendor_id": e.vendor_id}, version)


VENDORS = Projection(
    "vendors",
    (
        Vendor.Enrolled,
        Vendor.CadenceChosen,
        Vendor.AccountRequested,
        Vendor.AccountSeen,
        Vendor.PayoutsHeld,
        Vendor.PayoutsReleased,
        Vendor.PeriodOpened,
    ),
    project,
    ("vendor",),
)
