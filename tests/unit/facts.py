"""The people, things and steps that the stories are told with: one tour, two travellers, one vendor."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from commands.answer_request import AcceptBooking
from commands.cancel_booking import CancelBooking
from commands.complete_booking import CompleteBooking
from commands.create_listing import CreateListing
from commands.draft_payout import DraftPayout
from commands.open_departures import OpenDepartures
from commands.open_nights import OpenNights
from commands.place_hold import PlaceHold
from commands.record_payment import Intent, RecordPayment
from commands.record_refund import RecordRefund, RefundSeen
from commands.register_account import RegisterAccount
from commands.start_payment import StartPayment
from commands.vendor_settings import RecordPayoutAccount
from domain.actor import Actor, Role
from domain.capacity import Cell
from domain.ids import derived_id, ledger_stream_id, vendor_stream_id
from domain.listing_events import BookingMode
from domain.money import Money
from domain.payment import BalanceEntry
from domain.terms import PRESETS, Terms
from tests.unit.story import T0, Step

VENDOR_ID = UUID("0198a000-0000-7000-8000-000000000001")
VENDOR = Actor(VENDOR_ID, "vendor")
OTHER_VENDOR = Actor(UUID("0198a000-0000-7000-8000-000000000002"), "vendor")
TRAVELLER_ID = UUID("0198a000-0000-7000-8000-000000000003")
TRAVELLER = Actor(TRAVELLER_ID, "traveller")
OTHER_TRAVELLER = Actor(UUID("0198a000-0000-7000-8000-000000000004"), "traveller")
OPERATOR = Actor(UUID("0198a000-0000-7000-8000-000000000005"), "operator")
FINANCE = Actor(UUID("0198a000-0000-7000-8000-000000000006"), "finance")
AUDITOR = Actor(UUID("0198a000-0000-7000-8000-000000000007"), "auditor")
LISTING_ID = UUID("0198a000-0000-7000-8000-000000000010")
OPENING_ID = UUID("0198a000-0000-7000-8000-000000000011")
STAY_ID = UUID("0198a000-0000-7000-8000-000000000012")
VENDOR_STREAM = vendor_stream_id(VENDOR_ID)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)
STARTS_AT = datetime(2026, 4, 20, 8, tzinfo=UTC)  # 10:00 in Berlin, after its clocks have changed.
ENDS_AT = STARTS_AT + 4 * HOUR
PRICE = 100_00
FIRST_NIGHT, LAST_NIGHT = date(2026, 4, 20), date(2026, 4, 29)


def booking_id(n: int = 1) -> UUID:
    return UUID(f"0198b000-0000-7000-8000-{n:012}")


def payment_id(n: int = 1) -> UUID:
    return UUID(f"0198c000-0000-7000-8000-{n:012}")


def refund_id(n: int = 1, why: Literal["cancelled", "not_wanted"] = "cancelled") -> UUID:
    return derived_id("refund", payment_id(n), why)


def ledger_id(number: int = 1, currency: str = "EUR") -> UUID:
    return ledger_stream_id(VENDOR_ID, currency, number)


def register(
    role: Role = "vendor", account_id: UUID = VENDOR_ID, email_index: str = "9f86d081884c7d65"
) -> RegisterAccount:
    return RegisterAccount(
        account_id=account_id,
        role=role,
        email_index=email_index,
        wrapped_key="d3JhcHBlZA==",
        sealed={"name": "c2VhbGVk", "email": "c2VhbGVkLXRvbw=="},
        password_sealed="c2VhbGVkLWJjcnlwdA==",
    )


def create_listing(
    *,
    price_minor: int = PRICE,
    currency: str = "EUR",
    terms: Terms = PRESETS["moderate"],
    draft: bool = False,
    listing_id: UUID = LISTING_ID,
    booking_mode: BookingMode = "instant",
    answer_within: str = "PT24H",
) -> CreateListing:
    return CreateListing(
        listing_id=listing_id,
        title="Kayaking on the Spree",
        description="Four hours on the water, with a guide.",
        kind="departure",
        time_zone="Europe/Berlin",
        price=Money(price_minor, currency),
        terms=terms,
        draft=draft,
        booking_mode=booking_mode,
        answer_within=answer_within,
    )


def create_stay(
    *,
    price_minor: int = PRICE,
    terms: Terms = PRESETS["moderate"],
    time_zone: str = "Europe/Berlin",
    check_in: str = "15:00",
    check_out: str = "11:00",
) -> CreateListing:
    return CreateListing(
        listing_id=STAY_ID,
        title="House boat on the Spree",
        description="Two cabins; price for a boat and a night.",
        kind="stay",
        time_zone=time_zone,
        price=Money(price_minor, "EUR"),
        terms=terms,
        draft=False,
        place="Berlin",
        check_in=check_in,
        check_out=check_out,
    )


def open_nights(
    capacity: int = 2, *, first: date = FIRST_NIGHT, last: date = LAST_NIGHT, opening_id: UUID = OPENING_ID
) -> OpenNights:
    return OpenNights(opening_id, STAY_ID, first, last, capacity)


def stay_on_offer(*, capacity: int = 2, **listing: Any) -> list[Step]:
    """A vendor with a published stay, and ten nights of it."""
    return [Step(register(), at=T0), Step(create_stay(**listing), VENDOR), Step(open_nights(capacity), VENDOR)]


def open_departure(capacity: int = 10, opening_id: UUID = OPENING_ID) -> OpenDepartures:
    return OpenDepartures(opening_id, LISTING_ID, (Cell(STARTS_AT, ENDS_AT, capacity),))


def on_offer(*, capacity: int = 10, **listing: Any) -> list[Step]:
    """A vendor with a published tour, and one departure of it."""
    return [
        Step(register(), at=T0),
        Step(create_listing(**listing), VENDOR),
        Step(open_departure(capacity), VENDOR),
    ]


def place_hold(n: int = 1, *, quantity: int = 1) -> PlaceHold:
    return PlaceHold(booking_id(n), LISTING_ID, STARTS_AT, None, quantity)


def place_stay(n: int = 1, *, nights: int = 3, first: date = FIRST_NIGHT, quantity: int = 1) -> PlaceHold:
    """Nights of the stay, by default the first three that are open."""
    last = first + timedelta(days=nights - 1)
    return PlaceHold(booking_id(n), STAY_ID, None, None, quantity, first, last)


def start_payment(n: int = 1, *, booking: int | None = None) -> StartPayment:
    return StartPayment(payment_id(n), booking_id(booking or n), "pm_card_visa")


def entry_of(what: str, gross_minor: int, fee_minor: int = 0, currency: str = "EUR") -> BalanceEntry:
    return BalanceEntry(f"txn_{what}", gross_minor, fee_minor, currency)


def captured(n: int = 1, *, minor: int = PRICE, currency: str = "EUR", seen: bool = False) -> RecordPayment:
    """Stripe has the money of payment `n`; `seen`: its balance transaction stands there as well."""
    entry = entry_of(f"pay{n}", minor, minor * 29 // 1000 + 30, currency) if seen else None
    intent = Intent(f"pi_{n}", "succeeded", minor, currency, charge_id=f"ch_{n}", entry=entry)
    return RecordPayment(payment_id(n), intent)


def authorised(n: int = 1, *, minor: int = PRICE, capture_before: datetime | None = None) -> RecordPayment:
    """The bank has set the money of payment `n` aside."""
    intent = Intent(
        f"pi_{n}",
        "requires_capture",
        currency="EUR",
        charge_id=f"ch_{n}",
        capturable_minor=minor,
        capture_before=capture_before,
    )
    return RecordPayment(payment_id(n), intent)


def declined(n: int = 1) -> RecordPayment:
    intent = Intent(f"pi_{n}", "requires_payment_method", error_code="card_declined", decline_code="generic_decline")
    return RecordPayment(payment_id(n), intent)


def canceled(n: int = 1) -> RecordPayment:
    return RecordPayment(payment_id(n), Intent(f"pi_{n}", "canceled"))


def refund_seen(
    status: Literal["pending", "requires_action", "succeeded", "failed", "canceled"],
    *,
    n: int = 1,
    why: Literal["cancelled", "not_wanted"] = "cancelled",
    entry: BalanceEntry | None = None,
    returned: BalanceEntry | None = None,
) -> RecordRefund:
    code = "expired_or_canceled_card" if status == "failed" else None
    return RecordRefund(payment_id(n), refund_id(n, why), RefundSeen(f"re_{n}", status, entry, code, returned))


def held(n: int = 1, *, by: Actor = TRAVELLER, quantity: int = 1) -> Step:
    return Step(place_hold(n, quantity=quantity), by)


def paying(n: int = 1, *, by: Actor = TRAVELLER, quantity: int = 1) -> list[Step]:
    return [held(n, by=by, quantity=quantity), Step(start_payment(n), by)]


def confirmed(n: int = 1, *, price_minor: int = PRICE, currency: str = "EUR", quantity: int = 1) -> list[Step]:
    """A booking that was paid, at the time of the step before."""
    paid = captured(n, minor=price_minor * quantity, currency=currency, seen=True)
    return [*paying(n, quantity=quantity), Step(paid)]


def confirmed_stay(n: int = 1, *, nights: int = 3, first: date = FIRST_NIGHT, quantity: int = 1) -> list[Step]:
    """Nights that were paid, at the time of the step before."""
    return [
        Step(place_stay(n, nights=nights, first=first, quantity=quantity), TRAVELLER),
        Step(start_payment(n), TRAVELLER),
        Step(captured(n, minor=PRICE * nights * quantity, seen=True)),
    ]


def requested(n: int = 1, *, quantity: int = 1) -> list[Step]:
    """A listing of `request` mode was booked: the money is set aside, the vendor is asked."""
    return [*paying(n, quantity=quantity), Step(authorised(n, minor=PRICE * quantity))]


def accepted(n: int = 1) -> list[Step]:
    """The vendor said yes, and the money is here."""
    return [Step(AcceptBooking(booking_id(n)), VENDOR), Step(captured(n, seen=True))]


def cancelled(n: int = 1, *, by: Actor = TRAVELLER, at: datetime | None = None) -> Step:
    return Step(CancelBooking(booking_id(n), "changed my mind"), by, at)


def completed(n: int = 1) -> Step:
    return Step(CompleteBooking(booking_id(n)), at=ENDS_AT)


def payable(*, ready: bool = True) -> Step:
    return Step(RecordPayoutAccount(VENDOR_ID, "acct_kayak", ready))


# The departure ends on Monday 20 April; what it earned is released on the 22nd and paid for the week to the 27th.
PERIOD_END = date(2026, 4, 27)
CUTOFF = datetime(2026, 4, 27, tzinfo=UTC)
RUN_AT = CUTOFF + 8 * HOUR


def draft_payout(period_end: date = PERIOD_END, currency: str = "EUR") -> DraftPayout:
    cutoff = datetime(period_end.year, period_end.month, period_end.day, tzinfo=UTC)
    return DraftPayout(VENDOR_ID, currency, "weekly", period_end, cutoff)
