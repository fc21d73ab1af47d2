"""Lives a plan: every week people book, pay and change their minds, banks and Stripe fail, and the clock goes on."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from commands.adjust import ApproveAdjustment, ProposeAdjustment
from commands.cancel_booking import CancelBooking
from commands.cancel_part import CancelPart
from commands.create_listing import CreateListing
from commands.open_departures import OpenDepartures
from commands.open_nights import OpenNights
from commands.place_hold import PlaceHold
from commands.record_no_show import RecordNoShow
from commands.refund_payment import RefundPayment
from commands.start_payment import StartPayment
from commands.vendor_settings import ChooseCadence, RequestPayoutAccount
from domain.actor import Actor
from domain.booking.values import Part
from domain.capacity import Cell
from domain.listing_events import Kind
from domain.money import Money
from domain.refund_funding import Fault
from domain.terms import PRESETS
from tests.chaos.year_plan import WEEKS, Plan, Shop, Wish
from tests.chaos.year_town import Deed, Town

ZONE: Final = ZoneInfo("Europe/Berlin")
WEEK: Final = timedelta(days=7)
ROOM: Final = 500
BOUNCED: Final = 0.04  # Of the payouts that arrived in a week, as often does the bank send one back.
UNREADY_WEEKS: Final = 4
REQUESTS: Final = {
    "lose_answer": 2,
    "error_500": 2,
    "error_500_after_commit": 2,
    "drop_connection_before": 2,
    "rate_limit": 2,
    "truncate_answer": 1,
}
OPERATOR, FINANCE, OTHER = Actor(uuid4(), "operator"), Actor(uuid4(), "finance"), Actor(uuid4(), "finance")
_AT_FAULT: Final[dict[str, Fault]] = {
    "vendor's fault": "vendor",
    "platform's fault": "platform",
    "goodwill": "goodwill",
}


@dataclass
class Life:
    """`bookings` and `payments` are the ids of the wishes that came true, by their number in the plan."""

    town: Town
    plan: Plan
    random: Random
    vendors: list[Actor] = field(default_factory=list)
    travellers: list[Actor] = field(default_factory=list)
    listings: dict[Shop, UUID] = field(default_factory=dict)
    bookings: dict[int, UUID] = field(default_factory=dict)
    payments: dict[int, UUID] = field(default_factory=dict)
    monday: datetime = field(init=False)
    unready: dict[str, int] = field(default_factory=dict)

    def found(self, travellers: int) -> None:
        """Everybody joins and the year's places are opened, before its first Monday at noon."""
        town = self.town
        now = town.now()
        noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
        self.monday = noon + timedelta(days=7 - now.weekday())
        self.vendors = town.people("vendor", self.plan.vendors)
        self.travellers = town.people("traveller", travellers)
        town.do((RequestPayoutAccount(), vendor) for vendor in self.vendors)
        town.do((ChooseCadence("monthly"), self.vendors[number]) for number in self.plan.monthly)
        self.listings = {shop: uuid4() for shop in self.plan.shops}
        town.do(self._listed(shop, listing_id) for shop, listing_id in self.listings.items())
        town.do(self._opened(shop, listing_id) for shop, listing_id in self.listings.items())
        town.rest()

    def week(self, number: int) -> None:
        """Monday at noon: what people do then, until everybody knows of it."""
        self.heal()  # Who steers Stripe by hand wants its answer.
        self._contest(number)
        self._banks(number)
        self._faults()
        self._book(number)
        self._act(number)
        if number % 4 == 0:
            self._adjust()
        self.town.rest()

    def walk(self, week: int) -> None:
        self.town.walk(self.monday + week * WEEK)
        self.town.rest()

    def _listed(self, shop: Shop, listing_id: UUID) -> Deed:
        price = Money(shop.price_minor, shop.currency)
        kind: Kind = "stay" if shop.stay else "departure"
        terms = PRESETS[shop.terms]
        create = CreateListing(listing_id, "Tour", "", kind, ZONE.key, price, terms, draft=False)
        return create, self.vendors[shop.vendor]

    def _opened(self, shop: Shop, listing_id: UUID) -> Deed:
        vendor = self.vendors[shop.vendor]
        if shop.stay:
            first = self.monday.date()
            return OpenNights(uuid4(), listing_id, first, first + (WEEKS + 2) * WEEK, ROOM), vendor
        starts = [self._starts_at(shop, week) for week in range(WEEKS)]
        cells = tuple(Cell(at, at + timedelta(hours=8), ROOM) for at in starts)
        return OpenDepartures(uuid4(), listing_id, cells), vendor

    def _starts_at(self, shop: Shop, week: int) -> datetime:
        day = (self.monday + week * WEEK).date() + timedelta(days=shop.weekday)
        return datetime.combine(day, time(9), ZONE)

    def _book(self, week: int) -> None:
        mine = {n: wish for n, wish in enumerate(self.plan.wishes) if wish.booked == week}
        ids = {n: uuid4() for n in mine}
        held = self.town.do(self._hold(wish, ids[n]) for n, wish in mine.items())
        self.bookings |= {n: ids[n] for n, is_held in zip(mine, held, strict=True) if is_held}
        paying = [n for n, wish in mine.items() if n in self.bookings and wish.fate != "never paid"]
        self.payments |= {n: uuid4() for n in paying}
        self.town.do(
            (StartPayment(self.payments[n], self.bookings[n], mine[n].card), self.travellers[mine[n].traveller])
            for n in paying
        )

    def _hold(self, wish: Wish, booking_id: UUID) -> Deed:
        shop, traveller = wish.shop, self.travellers[wish.traveller]
        listing_id = self.listings[shop]
        if not shop.stay:
            return PlaceHold(booking_id, listing_id, self._starts_at(shop, wish.trip), None, wish.quantity), traveller
        first = self._starts_at(shop, wish.trip).date()
        last = first + timedelta(days=wish.nights - 1)
        return PlaceHold(booking_id, listing_id, None, None, wish.quantity, first, last), traveller

    def _act(self, week: int) -> None:
        deeds: list[Deed] = []
        for n, wish in enumerate(self.plan.wishes):
            if wish.acts == week and n in self.payments:
                deeds += self._deeds(n, wish)
        self.town.do(deeds)

    def _deeds(self, n: int, wish: Wish) -> list[Deed]:
        booking_id = self.bookings[n]
        traveller, vendor = self.travellers[wish.traveller], self.vendors[wish.shop.vendor]
        if wish.fate in _AT_FAULT:
            return [self._refund(n, wish) for _ in range(wish.parts)]
        if wish.fate == "cancelled in part":
            part = self._part(wish)
            return [(CancelPart(booking_id, part, "fewer of us"), traveller)] if part else []
        if wish.fate == "not shown up":
            return [(RecordNoShow(booking_id), vendor)]
        cancels = {"traveller cancels": traveller, "vendor cancels": vendor, "platform cancels": OPERATOR}
        by = cancels.get(wish.fate)
        return [(CancelBooking(booking_id, "rain"), by)] if by else []

    def _part(self, wish: Wish) -> Part | None:
        if wish.quantity > 1:
            return Part(quantity=1)
        if not wish.shop.stay or wish.nights == 1:
            return None
        last = self._starts_at(wish.shop, wish.trip).date() + timedelta(days=wish.nights - 1)
        return Part(first_night=last, last_night=last)

    def _refund(self, n: int, wish: Wish) -> Deed:
        """A third, or all that is left. Stripe moves no single fils, so that amounts end in a 0."""
        at_fault = _AT_FAULT[wish.fate]
        third = Money(wish.shop.price_minor * wish.quantity // 30 * 10, wish.shop.currency)
        amount = third if wish.parts > 1 or at_fault == "goodwill" else None
        return RefundPayment(uuid4(), self.payments[n], amount, "cold soup", at_fault), OPERATOR

    def _contest(self, week: int) -> None:
        """Cardholders go to their banks, and banks decide; some never do."""
        town = self.town
        for n, wish in enumerate(self.plan.wishes):
            if n not in self.payments or "contested" not in wish.fate:
                continue
            if wish.fate == "contested after" and wish.acts == week:
                query = "SELECT charge_id FROM read.payment WHERE payment_id = %(id)s AND status = 'captured'"
                for (charge_id,) in town.rows(query, id=self.payments[n]):
                    town.steer(f"/sandbox/charges/{charge_id}/dispute")
            if wish.decided == week and wish.verdict != "open":
                query = (
                    "SELECT stripe_dispute_id FROM read.dispute JOIN read.payment USING (payment_id)"
                    " WHERE payment_id = %(id)s AND ended_at IS NULL"
                )
                for (stripe_id,) in town.rows(query, id=self.payments[n]):
                    evidence = {"evidence[uncategorized_text]": "winning_evidence"}
                    won = wish.verdict == "won"
                    town.ask(f"/disputes/{stripe_id}" + ("" if won else "/close"), **(evidence if won else {}))

    def _banks(self, week: int) -> None:
        """Some payouts come back days after they arrived; some vendors cannot be paid for weeks."""
        town, random = self.town, self.random
        arrived = town.rows(
            "SELECT stripe_payout_id FROM read.payout WHERE status = 'paid' AND paid_at > %(since)s"
            " ORDER BY stripe_payout_id",
            since=town.now() - WEEK,
        )
        for (payout_id,) in arrived:
            if random.random() < BOUNCED:
                town.steer(f"/sandbox/payouts/{payout_id}/fail", failure_code="account_closed")
        accounts = [account for (account,) in town.rows("SELECT stripe_account_id FROM read.vendor ORDER BY 1")]
        for account in [account for account, until in self.unready.items() if until <= week]:
            town.steer(f"/sandbox/accounts/{account}", ready="true")
            # A bank account that was closed is replaced, too.
            town.ask(f"/accounts/{account}/external_accounts", external_account="btok_us_verified")
            del self.unready[account]
        if week < WEEKS - 2 * UNREADY_WEEKS:
            for account in random.sample(accounts, k=max(1, len(accounts) // 50)):
                self.unready[account] = week + random.randint(1, UNREADY_WEEKS)
                if random.random() < 0.5:
                    town.steer(f"/sandbox/accounts/{account}", ready="false")
                else:
                    closed = "btok_us_verified_accountClosed"
                    town.ask(f"/accounts/{account}/external_accounts", external_account=closed)

    def _adjust(self) -> None:
        """Two people of finance agree on something between us and a vendor."""
        shop, adjustment_id = self.random.choice(self.plan.shops), uuid4()
        vendor_id = self.vendors[shop.vendor].account_id
        assert vendor_id is not None
        amount = Money(self.random.choice((-1, 1)) * max(1, shop.price_minor // 7), shop.currency)
        self.town.do([(ProposeAdjustment(adjustment_id, vendor_id, amount, "compensation", "FIN-7"), FINANCE)])
        self.town.do([(ApproveAdjustment(adjustment_id), OTHER)])

    def _faults(self) -> None:
        """Every week some requests to Stripe fail, in every way there is."""
        for kind, times in REQUESTS.items():
            skip = self.random.randrange(60)
            self.town.steer("/sandbox/faults", kind=kind, method="*", path="/v1/*", times=times, skip=skip)

    def heal(self) -> None:
        self.town.stripe.delete("/sandbox/faults").raise_for_status()
