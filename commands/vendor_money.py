"""The open ledger of a vendor, as several use cases need it."""

from typing import Literal
from uuid import UUID

from commands.work import Work
from domain.booking import Booking
from domain.ids import derived_id, ledger_stream_id, vendor_stream_id
from domain.vendor import Vendor
from domain.vendor_ledger import Line, VendorLedger


async def open_ledger(work: Work, vendor_id: UUID, currency: str) -> tuple[Vendor, VendorLedger]:
    """The vendor and its open ledger period in this currency; the first period is opened here."""
    vendor = await work.get(Vendor, vendor_stream_id(vendor_id))
    ledger_id = vendor.ledger_id(currency)
    if ledger_id is not None:
        return vendor, await work.get(VendorLedger, ledger_id)
    return vendor, await begin_period(work, vendor, currency, ())


async def begin_period(work: Work, vendor: Vendor, currency: str, carried: tuple[Line, ...]) -> VendorLedger:
    """Open the next ledger period with the lines that the last one left over."""
    now = await work.now()
    number = vendor.open_period(currency, now=now)
    return work.add(
        VendorLedger.open(
            stream_id=ledger_stream_id(vendor.vendor_id, currency, number),
            vendor_id=vendor.vendor_id,
            currency=currency,
            number=number,
            carried=carried,
            now=now,
        )
    )


async def earn(work: Work, booking: Booking, kind: Literal["completed", "cancelled"], amount_minor: int) -> None:
    """Credit the vendor of a booking; the money is pending until the settlement delay has passed."""
    _, ledger = await open_ledger(work, booking.vendor_id, booking.currency)
    now = await work.now()
    ledger.earn(
        Line(
            line_id=derived_id("line", booking.id, kind),
            booking_id=booking.id,
            kind=kind,
            amount_minor=amount_minor,
            earned_at=now,
            available_from=now + work.policy.settlement_delay,
        ),
        now=now,
    )
