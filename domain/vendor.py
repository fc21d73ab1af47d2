"""Vendor: how a vendor is paid, and which period of each of its ledgers is open."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from domain.ids import ledger_stream_id, vendor_stream_id
from domain.money import BASIS_POINTS
from domain.root import Event, FirstEvent, Root

Cadence = Literal["weekly", "monthly"]
# Through Stripe, or from our own bank account to one that the vendor has named (in euro only).
PayoutMethod = Literal["stripe", "bank_transfer"]
BANK_CURRENCY: Final = "EUR"


class Vendor(Root):
    TOPIC = "vendor"

    def __init__(self) -> None:
        self.vendor_id = UUID(int=0)
        self.cadence: Cadence = "weekly"
        self.account_requested = False
        self.stripe_account_id: str | None = None
        self.ready = False
        self.requirements: tuple[str, ...] = ()
        self.bank_account_id: str | None = None
        self.payouts_on_hold = False
        self.details_version: int | None = None
        self.clawback_bp = BASIS_POINTS
        self.open_periods: dict[str, int] = {}

    @classmethod
    def enrol(cls, *, vendor_id: UUID, now: datetime) -> Vendor:
        """A vendor paid weekly until it says otherwise."""
        return cls.begin(cls.Enrolled, stream_id=vendor_stream_id(vendor_id), now=now, vendor_id=vendor_id)

    def choose_cadence(self, cadence: Cadence, *, now: datetime) -> None:
        if cadence != self.cadence:
            self.record(self.CadenceChosen, now=now, vendor_id=self.vendor_id, cadence=cadence)

    def request_account(self, *, now: datetime) -> None:
        """Ask Stripe for an account to pay to; once is enough."""
        if not self.account_requested:
            self.record(self.AccountRequested, now=now, vendor_id=self.vendor_id)

    def account_seen(
        self,
        *,
        stripe_account_id: str,
        ready: bool,
        requirements: tuple[str, ...] = (),
        bank_account_id: str | None = None,
        now: datetime,
    ) -> None:
        """Stripe's account, whether it can be paid to, what Stripe still wants to know, and the bank account behind."""
        seen = (stripe_account_id, ready, requirements, bank_account_id)
        if seen != (self.stripe_account_id, self.ready, self.requirements, self.bank_account_id):
            self.record(
                self.AccountSeen,
                now=now,
                vendor_id=self.vendor_id,
                stripe_account_id=stripe_account_id,
                ready=ready,
                requirements=requirements,
                bank_account_id=bank_account_id,
            )

    def choose_bank_transfer(self, *, details_version: int, now: datetime) -> None:
        """Be paid to the bank account that event `details_version` of the vendor's account names, sealed."""
        if details_version != self.details_version:
            self.record(self.BankTransferChosen, now=now, vendor_id=self.vendor_id, details_version=details_version)

    def choose_stripe(self, *, now: datetime) -> None:
        """Be paid through Stripe again."""
        if self.details_version is not None:
            self.record(self.StripeChosen, now=now, vendor_id=self.vendor_id)

    def limit_clawback(self, *, clawback_bp: int, reason: str, now: datetime) -> None:
        """Take at most this share of a payout's earnings for what the vendor owes from before, in basis points."""
        assert 0 <= clawback_bp <= BASIS_POINTS, clawback_bp
        if clawback_bp != self.clawback_bp:
            facts = {"vendor_id": self.vendor_id, "clawback_bp": clawback_bp, "reason": reason}
            self.record(self.ClawbackLimited, now=now, **facts)

    def paid_by(self, currency: str) -> PayoutMethod:
        """How it is paid in this currency: our bank pays euro, Stripe the rest."""
        return "bank_transfer" if self.details_version is not None and currency == BANK_CURRENCY else "stripe"

    def destination_of(self, currency: str) -> str | None:
        """Where a payout in this currency would go now, or None if it cannot. Never a person's own data."""
        if self.paid_by(currency) == "bank_transfer":
            return "bank account"
        return self.stripe_account_id if self.ready else None

    def hold_payouts(self, *, reason: str, now: datetime) -> None:
        """Draft no payouts until further notice; what it earns goes on."""
        if not self.payouts_on_hold:
            self.record(self.PayoutsHeld, now=now, vendor_id=self.vendor_id, reason=reason)

    def release_payouts(self, *, now: datetime) -> None:
        if self.payouts_on_hold:
            self.record(self.PayoutsReleased, now=now, vendor_id=self.vendor_id)

    def open_period(self, currency: str, *, now: datetime) -> int:
        """Begin the next ledger period of a currency and return its number."""
        number = self.open_periods.get(currency, 0) + 1
        self.record(self.PeriodOpened, now=now, vendor_id=self.vendor_id, currency=currency, number=number)
        return number

    def ledger_id(self, currency: str) -> UUID | None:
        """The stream of the open period of this currency, if anything was ever earned in it."""
        number = self.open_periods.get(currency)
        return None if number is None else ledger_stream_id(self.vendor_id, currency, number)

    class Enrolled(FirstEvent):
        """Someone became a vendor, paid weekly."""

        TOPIC = "vendor.enrolled"
        vendor_id: UUID

        def apply(self, aggregate: Vendor) -> None:
            aggregate.vendor_id = self.vendor_id

    class CadenceChosen(Event):
        """How often to be paid."""

        TOPIC = "vendor.cadence_chosen"
        vendor_id: UUID
        cadence: Cadence

        def apply(self, aggregate: Vendor) -> None:
            aggregate.cadence = self.cadence

    class AccountRequested(Event):
        """Stripe should make an account to pay to."""

        TOPIC = "vendor.account_requested"
        vendor_id: UUID

        def apply(self, aggregate: Vendor) -> None:
            aggregate.account_requested = True

    class AccountSeen(Event):
        """Stripe's account, whether it can be paid to, what is missing for that, and the bank account behind it."""

        TOPIC = "vendor.account_seen"
        class_version = 2
        vendor_id: UUID
        stripe_account_id: str
        ready: bool
        requirements: tuple[str, ...]
        bank_account_id: str | None

        @staticmethod
        def upcast_v1_v2(facts: dict[str, Any]) -> None:
            """Requirements and bank account were not looked at."""
            facts["requirements"], facts["bank_account_id"] = (), None

        def apply(self, aggregate: Vendor) -> None:
            aggregate.stripe_account_id = self.stripe_account_id
            aggregate.ready = self.ready
            aggregate.requirements = self.requirements
            aggregate.bank_account_id = self.bank_account_id

    class BankTransferChosen(Event):
        """To be paid by bank transfer; where to stands sealed in this event of the vendor's account."""

        TOPIC = "vendor.bank_transfer_chosen"
        vendor_id: UUID
        details_version: int

        def apply(self, aggregate: Vendor) -> None:
            aggregate.details_version = self.details_version

    class StripeChosen(Event):
        """To be paid through Stripe again."""

        TOPIC = "vendor.stripe_chosen"
        vendor_id: UUID

        def apply(self, aggregate: Vendor) -> None:
            aggregate.details_version = None

    class ClawbackLimited(Event):
        """At most this share of a payout's earnings is taken for what the vendor owes from before."""

        TOPIC = "vendor.clawback_limited"
        vendor_id: UUID
        clawback_bp: int
        reason: str

        def apply(self, aggregate: Vendor) -> None:
            aggregate.clawback_bp = self.clawback_bp

    class PayoutsHeld(Event):
        """No payouts are drafted until further notice."""

        TOPIC = "vendor.payouts_held"
        vendor_id: UUID
        reason: str

        def apply(self, aggregate: Vendor) -> None:
            aggregate.payouts_on_hold = True

    class PayoutsReleased(Event):
        """Payouts are drafted again."""

        TOPIC = "vendor.payouts_released"
        vendor_id: UUID

        def apply(self, aggregate: Vendor) -> None:
            aggregate.payouts_on_hold = False

    class PeriodOpened(Event):
        """Period `number` of the ledger of this currency began."""

        TOPIC = "vendor.period_opened"
        vendor_id: UUID
        currency: str
        number: int

        def apply(self, aggregate: Vendor) -> None:
            aggregate.open_periods[self.currency] = self.number
