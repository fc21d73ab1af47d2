"""One stay, its nights, and all that travellers try to do with them at the same moment."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from commands.append import Meta
from commands.cancel_booking import CancelBooking
from commands.create_listing import CreateListing
from commands.expire_booking import ExpireBooking, ExpireChange
from commands.open_nights import OpenNights
from commands.place_hold import PlaceHold
from commands.record_payment import Intent, RecordPayment
from commands.reschedule_booking import RescheduleBooking
from commands.start_payment import StartPayment
from domain.actor import SYSTEM, Actor
from domain.booking import Booking
from domain.money import Money
from domain.payment import Payment
from domain.refusal import Refusal
from domain.root import replay
from domain.terms import PRESETS
from tests.integration.world import World

NIGHTS: Final = 12
UNITS: Final = 2
TRAVELLERS: Final = 4
Kind = Literal["hold", "start", "capture", "cancel", "reschedule", "expire"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody tries: to hold these nights, or to do something to one of the bookings made before, the `which`th.

    Of a payment there are two halves, so that time may pass between them and a booking may be lost to others.
    """

    kind: Kind
    first: int
    nights: int
    quantity: int
    which: int


@dataclass(slots=True)
class Walker:
    world: World
    steps: int = 0
    listing_id: UUID = field(default_factory=uuid4)
    travellers: list[Actor] = field(default_factory=lambda: [Actor(uuid4(), "traveller") for _ in range(TRAVELLERS)])
    bookings: list[tuple[UUID, Actor]] = field(default_factory=list)
    payments: list[UUID] = field(default_factory=list)
    first_night: date = field(init=False)

    def __post_init__(self) -> None:
        """A stay on offer, far enough ahead that no clock of this walk gets there."""
        vendor = Actor(uuid4(), "vendor")
        self.first_night = (self.world.now() + timedelta(days=60)).date()
        offered = CreateListing(
            listing_id=self.listing_id,
            title="House boat",
            description="Two cabins.",
            kind="stay",
            time_zone="Europe/Berlin",
            price=Money(10_000, "EUR"),
            terms=PRESETS["flexible"],
            draft=False,
        )
        self.world.do(offered, vendor)
        self.world.do(OpenNights(uuid4(), self.listing_id, self.night(0), self.night(NIGHTS - 1), UNITS), vendor)

    def night(self, number: int) -> date:
        return self.first_night + timedelta(days=number)

    def all_at_once(self, wishes: Sequence[Wish]) -> None:
        """A refusal is an answer like any other; whatever else goes wrong is raised."""
        self.steps += len(wishes)
        trying = [attempt for wish in wishes if (attempt := self._attempt(wish))]

        async def together() -> list[Any]:
            return await asyncio.gather(*trying, return_exceptions=True)

        for outcome in self.world.hands.loop.run(together()):
            if isinstance(outcome, BaseException) and not isinstance(outcome, Refusal):
                raise outcome

    def _attempt(self, wish: Wish) -> Coroutine[Any, Any, Any] | None:
        """None where there is nothing to do it to yet."""
        if wish.kind == "hold":
            return self._hold(wish)
        if wish.kind == "capture":
            return self._capture(self.payments[wish.which % len(self.payments)]) if self.payments else None
        if not self.bookings:
            return None
        return self._change(wish, *self.bookings[wish.which % len(self.bookings)])

    async def _change(self, wish: Wish, booking_id: UUID, traveller: Actor) -> None:
        match wish.kind:
            case "start":
                payment: Payment = await self._do(StartPayment(uuid4(), booking_id, "pm_card_visa"), traveller)
                self.payments.append(payment.id)
            case "cancel":
                await self._do(CancelBooking(booking_id), traveller)
            case "reschedule":
                first, last = self._nights(wish)
                moved = RescheduleBooking(booking_id, first_night=first, last_night=last, quantity=wish.quantity)
                await self._do(moved, traveller)
            case "expire":
                await self._do(ExpireBooking(booking_id), SYSTEM)
                await self._do(ExpireChange(booking_id), SYSTEM)

    async def _hold(self, wish: Wish) -> None:
        traveller = self.travellers[wish.which % TRAVELLERS]
        booking: Booking = await self._do(self.hold(wish.quantity, *self._nights(wish)), traveller)
        self.bookings.append((booking.id, traveller))

    def _nights(self, wish: Wish) -> tuple[date, date]:
        return self.night(wish.first), self.night(wish.first + wish.nights - 1)

    def hold(self, quantity: int, first: date, last: date) -> PlaceHold:
        return PlaceHold(uuid4(), self.listing_id, None, None, quantity, first, last)

    async def _capture(self, payment_id: UUID) -> None:
        """As if Stripe had the money; what is refused or comes too late goes back, which is no concern here."""
        payment = await self._payment(payment_id)
        reference = payment_id.hex
        intent = Intent(
            f"pi_{reference}",
            "succeeded",
            received_minor=payment.amount_minor,
            currency=payment.currency,
            charge_id=f"ch_{reference}",
        )
        await self._do(RecordPayment(payment_id, intent), SYSTEM)

    async def _payment(self, payment_id: UUID) -> Payment:
        streams = await self.world.hands.container.log.read((payment_id,))
        payment = replay(streams.events[payment_id])
        assert isinstance(payment, Payment)
        return payment

    async def _do(self, command: Any, by: Actor) -> Any:
        meta = Meta(by, type(command).__name__, "test")
        return (await self.world.hands.container.dispatch(command, meta=meta)).result

    def assert_never_oversold(self) -> None:
        """Counted from the claims themselves, not from the counters that refuse."""
        taken = self.world.rows(
            "SELECT c.starts_at, c.capacity, c.held + c.sold, coalesce(sum(k.quantity), 0)"
            "  FROM capacity.cell AS c LEFT JOIN capacity.claim AS k"
            "    ON k.listing_id = c.listing_id AND k.state <> 'freed'"
            "   AND k.starts_at < c.ends_at AND k.ends_at > c.starts_at"
            " WHERE c.listing_id = %s GROUP BY 1, 2, 3",
            self.listing_id,
        )
        assert len(taken) == NIGHTS
        for starts_at, capacity, counted, claimed in taken:
            assert counted == claimed <= capacity, starts_at

    def assert_never_undersold(self) -> None:
        """What was bought is cancelled, what was held runs out by itself; then all of it can be had again, at once."""
        for booking_id, traveller in self.bookings:
            if self.world.hands.load(Booking, booking_id).status == "confirmed":
                self.world.do(CancelBooking(booking_id), traveller)
        self.world.travel(self.world.now() + timedelta(hours=2))
        everything = self.hold(UNITS, self.night(0), self.night(NIGHTS - 1))
        self.world.do(everything, Actor(uuid4(), "traveller"))
        self.assert_never_oversold()
