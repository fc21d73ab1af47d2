"""The open ledger of a vendor, as several use cases need it."""

from uuid import UUID

from commands.append import VersionConflict
from commands.work import Work
from domain.booking import Booking
from domain.ids import derived_id, ledger_stream_id, vendor_stream_id
from domain.vendor import Vendor
from domain.vendor_ledger import VendorLedger
from domain.vendor_line import Kind, Line


async def open_ledger(work: Work, vendor_id: UUID, currency: str) -> tuple[Vendor, VendorLedger]:
    """The vendor and its open ledger period in this currency; the first period is opened here."""
    vendor = await work.get(Vendor, vendor_stream_id(vendor_id))
    ledger_id = vendor.ledger_id(currency)
    if ledger_id is not None:
        ledger = await work.get(VendorLedger, ledger_id)
        if ledger.closed:
            raise VersionConflict  # A payout closed it after the vendor was read: both are to be read again.
        return vendor, ledger
    return vendor, await begin_period(work, vendor, currency, ())


async def begin_period(
    work: Work, vendor: Vendor, currency: str, carried: tuple[Line, ...], after_payout_id: UUID | None = None
) -> VendorLedger:
    """Open the next ledger period with the lines that the last one left over, after the payout that closed it."""
    now = await work.now()
    number = vendor.open_period(currency, now=now)
    return work.add(
        VendorLedger.open(
            stream_id=ledger_stream_id(vendor.vendor_id, currency, number),
            vendor_id=vendor.vendor_id,
            currency=currency,
            number=number,
            carried=carried,
            after_payout_id=after_payout_id,
            now=now,
        )
    )


async def earn(work: Work, booking: Booking, kind: Kind, amount_minor: int, *, name: str) -> None:
    """Credit the vendor of a booking, once for each `name`; pending until the settlement delay has passed."""
    _, ledger = await open_ledger(work, booking.vendor_id, booking.currency)
    now = await work.now()
    ledger.earn(
        Line(
            line_id=derived_id("line", booking.id, name),
            booking_id=booking.id,
            kind=kind,
            amount_minor=amount_minor,
            earned_at=now,
            available_from=now + work.policy.settlement_delay,
        ),
        now=now,
    )


async def adjust(
    work: Work, *, vendor_id: UUID, booking_id: UUID | None, currency: str, kind: Kind, cause: object, amount_minor: int
) -> None:
    """Take back (below zero) or give back what a vendor has of a booking, at once; `cause` names it, once each."""
    _, ledger = await open_ledger(work, vendor_id, currency)
    now = await work.now()
    line = Line(derived_id("line", booking_id, kind, cause), booking_id, kind, amount_minor, now, now, available=True)
    ledger.adjust(line, now=now)
