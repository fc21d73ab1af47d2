"""One journey through everything a booking can go through, by real commands; Stripe's words are given as facts."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from commands.cancel_booking import CancelBooking
from commands.change_listing import ChangeListing
from commands.complete_booking import CompleteBooking
from commands.create_listing import CreateListing
from commands.draft_payout import DraftPayout
from commands.expire_booking import ExpireBooking
from commands.open_departures import OpenDepartures
from commands.payout_run import FinishPayoutRun, StartPayoutRun
from commands.place_hold import PlaceHold
from commands.record_dispute import DisputeSeen, ProviderStatus, RecordDispute
from commands.record_payment import Intent, RecordPayment
from commands.record_payout import RecordBankPayout, RecordTransfer
from commands.record_refund import RecordRefund, RefundSeen
from commands.register_account import RegisterAccount
from commands.release_earnings import ReleaseEarnings
from commands.remind_booking import RemindBooking
from commands.start_payment import StartPayment
from commands.vendor_settings import ChooseCadence, RecordPayoutAccount, RequestPayoutAccount
from domain.actor import Actor, Role
from domain.capacity import Cell
from domain.ids import derived_id
from domain.listing_events import BookingMode
from domain.money import Money
from domain.payment import BalanceEntry
from domain.terms import PRESETS
from infrastructure.vault import Place
from tests.integration.changed_bookings import changed, missed
from tests.integration.more_journeys import closed, tidied_up, told_more
from tests.integration.payout_journey import astray, by_file
from tests.integration.world import World
from tests.unit.account_life import account_life

PRICE = 200_00
DAY = timedelta(days=1)


def registered(world: World, role: Role, account_id: UUID | None = None) -> Actor:
    """A new account. Its password is no hash, which would take a quarter of a second to make."""
    account_id = account_id or uuid4()
    vault = world.hands.container.vault
    key, wrapped = vault.new_key(account_id)
    words = {"email": f"{account_id}@example.com", "full_name": role.title(), "password": "no hash"}
    sealed = {name: vault.seal(key, Place(account_id, 1, name), text) for name, text in words.items()}
    password, index = sealed.pop("password"), vault.email_index(words["email"])
    world.do(RegisterAccount(account_id, role, index, wrapped, sealed, password))
    return Actor(account_id, role)


@dataclass
class Journey:
    """A vendor with a tour that starts five days from now, and travellers who book it."""

    world: World
    currency: str = "EUR"
    booking_mode: BookingMode = "instant"
    vendor: Actor = field(init=False)
    traveller: Actor = field(init=False)
    listing_id: UUID = field(default_factory=uuid4)
    starts_at: datetime = field(init=False)
    payment_ids: dict[UUID, UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        world = self.world
        self.vendor, self.traveller = registered(world, "vendor"), registered(world, "traveller")
        self.starts_at = world.now() + 5 * DAY
        terms, price = PRESETS["moderate"], Money(PRICE, self.currency)
        listing = CreateListing(
            self.listing_id,
            "Tour",
            "By boat",
            "departure",
            "Europe/Berlin",
            price,
            terms,
            draft=False,
            booking_mode=self.booking_mode,
        )
        world.do(listing, self.vendor)
        cell = Cell(self.starts_at, self.starts_at + timedelta(hours=4), 100)
        world.do(OpenDepartures(uuid4(), self.listing_id, (cell,)), self.vendor)

    @property
    def vendor_id(self) -> UUID:
        assert self.vendor.account_id is not None
        return self.vendor.account_id

    def payable(self, account_id: str) -> None:
        self.world.do(RequestPayoutAccount(), self.vendor)
        self.world.do(RecordPayoutAccount(self.vendor_id, account_id, ready=True))

    def held(self, quantity: int = 1) -> UUID:
        booking_id = uuid4()
        self.world.do(PlaceHold(booking_id, self.listing_id, self.starts_at, None, quantity), self.traveller)
        return booking_id

    def paying(self, booking_id: UUID | None = None, method: str = "pm_card_visa") -> UUID:
        booking_id = booking_id or self.held()
        payment_id = self.payment_ids[booking_id] = uuid4()
        self.world.do(StartPayment(payment_id, booking_id, method), self.traveller)
        return booking_id

    def stripe_says(self, booking_id: UUID, status: Literal["succeeded", "canceled", "requires_action"]) -> None:
        payment_id = self.payment_ids[booking_id]
        paid = status == "succeeded"
        entry = BalanceEntry(f"txn_{payment_id}", PRICE, 610, self.currency) if paid else None
        received, charge = (PRICE, f"ch_{payment_id}") if paid else (0, None)
        self.world.do(
            RecordPayment(payment_id, Intent(f"pi_{payment_id}", status, received, self.currency, charge, entry=entry))
        )

    def declined(self, booking_id: UUID) -> None:
        payment_id = self.payment_ids[booking_id]
        intent = Intent(
            f"pi_{payment_id}", "requires_payment_method", error_code="card_declined", decline_code="lost_card"
        )
        self.world.do(RecordPayment(payment_id, intent))

    def confirmed(self) -> UUID:
        booking_id = self.paying()
        self.stripe_says(booking_id, "succeeded")
        return booking_id

    def cancelled(self, booking_id: UUID, by: Actor | None = None) -> None:
        self.world.do(CancelBooking(booking_id, "rain"), by or self.traveller)

    def refund_seen(self, booking_id: UUID, minor: int, status: Literal["pending", "succeeded", "failed"]) -> None:
        payment_id = self.payment_ids[booking_id]
        refund_id = derived_id("refund", payment_id, "cancelled")
        entry = BalanceEntry(f"txn_r{refund_id}", -minor, 0, self.currency) if status != "pending" else None
        back = BalanceEntry(f"txn_f{refund_id}", minor, 0, self.currency) if status == "failed" else None
        code = "unknown" if status == "failed" else None
        self.world.do(RecordRefund(payment_id, refund_id, RefundSeen(f"re_{refund_id}", status, entry, code, back)))

    def contested(self, booking_id: UUID, verdict: Literal["won", "lost"]) -> None:
        """The bank of this booking's traveller takes its money, and decides."""
        payment_id = self.payment_ids[booking_id]
        taken = BalanceEntry(f"txn_d{payment_id}", -PRICE, 1_500, self.currency)
        back = BalanceEntry(f"txn_w{payment_id}", PRICE, 0, self.currency)
        told: tuple[tuple[ProviderStatus, tuple[BalanceEntry, ...]], ...] = (
            ("needs_response", (taken,)),
            (verdict, (taken, back) if verdict == "won" else (taken,)),
        )
        for status, entries in told:
            seen = DisputeSeen(f"du_{payment_id}", status, PRICE, self.currency, "general", None, entries)
            self.world.do(RecordDispute(payment_id, seen))

    def earned(self, *booking_ids: UUID) -> None:
        """The tour is over, and so is the settlement delay."""
        self.world.travel(self.starts_at + timedelta(hours=5))
        for booking_id in booking_ids:
            self.world.do(CompleteBooking(booking_id))
        self.world.travel(self.starts_at + 3 * DAY)
        self.world.do(ReleaseEarnings(self.vendor_id, self.currency))

    def paid_out(self, *, bounced: bool = False) -> UUID:
        """The next weekly run pays this vendor; `bounced`: its bank sends the money back."""
        self.world.travel(self.world.now() + 9 * DAY)
        run = self.world.do(StartPayoutRun("weekly", "UTC"))
        payout = self.world.do(DraftPayout(self.vendor_id, self.currency, "weekly", run.period_end, run.cutoff))
        entry = BalanceEntry(f"txn_{payout.id}", -payout.amount_minor, 0, self.currency)
        self.world.do(RecordTransfer(payout.id, f"tr_{payout.id}", entry))
        self.world.do(RecordBankPayout(payout.id, f"po_{payout.id}", "paid"))
        if bounced:
            self.world.do(RecordBankPayout(payout.id, f"po_{payout.id}", "failed", "account_closed"))
        self.world.do(FinishPayoutRun(run.id, 1, 0))
        payout_id: UUID = payout.id
        return payout_id


def reminded(world: World, booking_id: UUID) -> None:
    """Shortly before its hold runs out."""
    world.travel(world.now() + timedelta(minutes=11))
    world.do(RemindBooking(booking_id, "payment"))


def whole_journey(world: World) -> Journey:
    """Every event there is, at least once, but for what only Stripe's own clock can bring."""
    journey = Journey(world)
    other = Journey(world, currency="JPY")
    asking = Journey(world, currency="KWD", booking_mode="request")
    for step in account_life():
        world.do(step.command, step.by)
    journey.payable("acct_journey")
    other.payable("acct_other")
    other.cancelled(other.confirmed())
    world.do(ChooseCadence("monthly"), other.vendor)
    world.do(ChangeListing(journey.listing_id, "pause"), journey.vendor)
    world.do(ChangeListing(journey.listing_id, "resume"), journey.vendor)
    changing = changed(asking, PRICE)
    told_more(other, asking, PRICE)
    completed, by_terms, by_vendor, refused = (journey.confirmed() for _ in range(4))
    tried_twice = journey.paying()
    journey.declined(tried_twice)
    journey.paying(tried_twice)
    journey.stripe_says(tried_twice, "succeeded")
    voided = journey.paying()
    journey.stripe_says(voided, "requires_action")
    journey.cancelled(voided)
    journey.stripe_says(voided, "canceled")
    late = journey.paying()
    held = journey.held(2)
    reminded(world, held)
    for booking_id, by, minor in ((by_terms, journey.traveller, PRICE // 2), (by_vendor, journey.vendor, PRICE)):
        journey.cancelled(booking_id, by)
        journey.refund_seen(booking_id, minor, "pending")
        journey.refund_seen(booking_id, minor, "succeeded")
    journey.cancelled(refused, journey.vendor)
    journey.refund_seen(refused, PRICE, "succeeded")
    journey.refund_seen(refused, PRICE, "failed")
    world.travel(world.now() + timedelta(hours=1))
    for booking_id in (held, late):
        world.do(ExpireBooking(booking_id))
    journey.stripe_says(late, "succeeded")
    journey.contested(journey.confirmed(), "lost")
    journey.earned(completed, tried_twice, late)
    journey.contested(completed, "won")
    astray(journey, journey.paid_out(bounced=True))
    by_file(journey, registered(world, "vendor"))
    missed(asking, changing)
    world.do(ChangeListing(other.listing_id, "close"), other.vendor)
    closed(world, days=2)
    tidied_up(world)
    return journey
