"""How each vendor is paid."""

from collections.abc import Iterator
from typing import Any, Final

from domain.root import Event
from domain.vendor import Vendor
from projections.change import Change, Projection, Put, Set


def project(event: Event, _position: int) -> Iterator[Change]:
    version = {"version": event.originator_version}
    key = {"vendor_id": getattr(event, "vendor_id")}  # noqa: B009 -- every event of a vendor has it
    if isinstance(event, Vendor.Enrolled):
        yield Put("vendor", key, {"cadence": "weekly", **version})
    else:
        yield Set("vendor", key, {**_became(event), **version})


def _became(event: Event) -> dict[str, Any]:
    """What an event makes of a vendor's row; a period that was opened shows in its version only."""
    match event:
        case Vendor.CadenceChosen() as e:
            return {"cadence": e.cadence}
        case Vendor.AccountSeen() as e:
            return {name: getattr(e, name) for name in _ACCOUNT}
        case Vendor.ClawbackLimited() as e:
            return {"clawback_bp": e.clawback_bp}
    return _BECOMES.get(type(event), {})


_ACCOUNT: Final = ("stripe_account_id", "ready", "requirements", "bank_account_id")
_BECOMES: Final[dict[type[Event], dict[str, Any]]] = {
    Vendor.AccountRequested: {"account_requested": True},
    Vendor.BankTransferChosen: {"payout_method": "bank_transfer"},
    Vendor.StripeChosen: {"payout_method": "stripe"},
    Vendor.PayoutsHeld: {"payouts_on_hold": True},
    Vendor.PayoutsReleased: {"payouts_on_hold": False},
}

VENDORS = Projection(
    "vendors",
    (
        Vendor.Enrolled,
        Vendor.CadenceChosen,
        Vendor.AccountRequested,
        Vendor.AccountSeen,
        Vendor.BankTransferChosen,
        Vendor.StripeChosen,
        Vendor.ClawbackLimited,
        Vendor.PayoutsHeld,
        Vendor.PayoutsReleased,
        Vendor.PeriodOpened,
    ),
    project,
    ("vendor",),
)
