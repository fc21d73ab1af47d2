"""The books against Stripe's ledger: read once and to its end, compared, and what only one side knows acted on."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from commands.reconcile import IdentifyEntry, StartReconciliation
from domain.balance_entry import BalanceEntry
from domain.reconciliation import Reconciliation
from infrastructure.reconcile import OVERLAP, read_ledger
from infrastructure.stripe_ledger import LedgerPage, StripeEntry
from tests.integration.journey import PRICE, Journey
from tests.integration.servers import StripeSandbox, start_sandbox
from tests.integration.world import World, world_on

LONG_AGO = timedelta(days=2)


@pytest.fixture(scope="module")
def own_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeSandbox]:
    """Of this file alone: what others charge there would be theirs only here."""
    sandbox = start_sandbox(tmp_path_factory.mktemp("sandbox"))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def world(database_url: str, tmp_path: Path, own_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=own_sandbox.url) as world:
        # What the tests before this one did at Stripe is long ago, and read already.
        now = own_sandbox.control("POST", "/sandbox/clock", advance_seconds=7_200)["now"]
        world.own.execute("UPDATE ops.stripe_reading SET since = %s", (datetime.fromtimestamp(now, UTC) + OVERLAP,))
        yield world


@pytest.fixture
def journey(world: World) -> Journey:
    return Journey(world)


def reconciled(world: World) -> tuple[int, int, int, int]:
    """A run, and what it has counted: matched, ours only, theirs only, different."""
    run_id = uuid4()
    world.do(StartReconciliation(run_id))
    world.settle()
    counted: tuple[int, int, int, int] = world.row(
        "SELECT matched, ours_only, theirs_only, different FROM read.reconciliation WHERE run_id = %s", run_id
    )
    return counted


def known_since(world: World, age: timedelta) -> None:
    """As if all that Stripe has said had been said so long ago."""
    world.own.execute("UPDATE ops.stripe_entry SET seen_at = seen_at - %s", (age,))


def suspense(world: World) -> int:
    rows = world.rows("SELECT debit_minor - credit_minor FROM read.ledger_account WHERE account = 'suspense'")
    return sum(minor for (minor,) in rows)


class TestRun:
    def test_what_both_know_agrees(self, world: World, journey: Journey) -> None:
        booking_id = journey.paying()
        world.settle()
        journey.cancelled(booking_id, journey.vendor)
        world.settle()
        assert reconciled(world) == (2, 0, 0, 0)
        assert reconciled(world) == (2, 0, 0, 0)

    def test_what_stripe_has_not_shown_is_ours_only(self, world: World, journey: Journey) -> None:
        journey.confirmed()
        world.own.execute("UPDATE board.task SET state = 'done'")
        world.follow()
        world.own.execute("UPDATE board.task SET state = 'done'")
        assert reconciled(world) == (0, 1, 0, 0)

    def test_another_amount_is_different(self, world: World, journey: Journey) -> None:
        journey.paying()
        world.settle()
        assert reconciled(world) == (1, 0, 0, 0)
        world.own.execute("UPDATE ops.stripe_entry SET fee_minor = fee_minor + 1")
        assert reconciled(world) == (0, 0, 0, 1)

    def test_a_run_is_carried_out_once(self, world: World, journey: Journey) -> None:
        run_id = uuid4()
        for _ in range(2):
            world.do(StartReconciliation(run_id))
            world.settle()
        assert world.hands.load(Reconciliation, run_id).version == 2


class TestStrays:
    """A charge that was made without us, as if somebody had used the same account of Stripe's."""

    def charged_elsewhere(self, sandbox: StripeSandbox) -> None:
        sandbox.ask(
            "POST",
            "/v1/payment_intents",
            data={
                "amount": PRICE,
                "currency": "eur",
                "payment_method": "pm_card_bypassPending",
                "payment_method_types[]": "card",
                "confirm": "true",
            },
        )

    def test_a_young_one_is_only_shown(self, world: World, journey: Journey, own_sandbox: StripeSandbox) -> None:
        self.charged_elsewhere(own_sandbox)
        assert reconciled(world) == (0, 0, 1, 0)
        assert suspense(world) == 0

    def test_an_old_one_stands_on_suspense_until_an_event_explains_it(
        self, world: World, journey: Journey, own_sandbox: StripeSandbox
    ) -> None:
        self.charged_elsewhere(own_sandbox)
        reconciled(world)
        known_since(world, LONG_AGO)
        for _ in range(2):
            assert reconciled(world) == (0, 0, 1, 0)
        reference, net_minor = world.row("SELECT balance_transaction_id, gross_minor - fee_minor FROM ops.stripe_entry")
        assert suspense(world) == -net_minor
        # The event that had been missing comes after all.
        position = 1_000_000
        world.own.execute(
            "INSERT INTO read.journal (position, line, at, topic, currency, account, debit_minor, credit_minor,"
            " provider_ref) VALUES (%(p)s, 0, now(), 'payment.settled', 'EUR', 'stripe.balance', %(m)s, 0, %(r)s),"
            " (%(p)s, 1, now(), 'payment.settled', 'EUR', 'stripe.clearing', 0, %(m)s, %(r)s)",
            {"p": position, "m": net_minor, "r": reference},
        )
        assert reconciled(world) == (1, 0, 0, 0)
        assert suspense(world) == 0
        world.do(IdentifyEntry(reference))
        world.settle()
        assert suspense(world) == 0

    def test_one_of_a_dispute_that_nobody_told_us_of_has_it_looked_at(
        self, world: World, journey: Journey, own_sandbox: StripeSandbox
    ) -> None:
        booking_id = journey.paying(method="pm_card_createDispute")
        world.settle()
        own_sandbox.dispute_of(str(journey.payment_ids[booking_id]))
        reconciled(world)
        assert world.rows("SELECT status FROM read.dispute") == [("needs_response",)]
        assert reconciled(world) == (2, 0, 0, 0)


class PagedLedger:
    """Stripe's list in pages of two; `breaks_at` is the page that never comes."""

    def __init__(self, number: int) -> None:
        made_at = datetime(2026, 1, 1, tzinfo=UTC)
        self.entries = [
            StripeEntry(BalanceEntry(f"txn_{n}", n, 0, "EUR"), "charge", f"ch_{n}", made_at + n * timedelta(minutes=1))
            for n in reversed(range(number))
        ]
        self.breaks_at: int | None = None
        self.asked: list[str | None] = []

    def page(self, *, since: datetime | None, after_id: str | None) -> LedgerPage:
        self.asked.append(after_id)
        if len(self.asked) == self.breaks_at:
            raise ConnectionError
        wanted = [one for one in self.entries if since is None or one.made_at >= since]
        ids = [one.entry.balance_transaction_id for one in wanted]
        start = ids.index(after_id) + 1 if after_id else 0
        return LedgerPage(tuple(wanted[start : start + 2]), len(wanted) > start + 2)


class TestReading:
    @pytest.fixture
    def read(self, world: World) -> Callable[[PagedLedger], int]:
        world.own.execute("UPDATE ops.stripe_reading SET since = NULL")
        return lambda ledger: read_ledger(world.own, ledger)

    def test_everything_is_kept_once(self, world: World, read: Callable[[PagedLedger], int]) -> None:
        assert (read(PagedLedger(7)), read(PagedLedger(7))) == (7, 0)
        assert world.row("SELECT count(*), sum(gross_minor) FROM ops.stripe_entry") == (7, 21)

    def test_a_reading_that_was_broken_off_goes_on_where_it_was(
        self, world: World, read: Callable[[PagedLedger], int]
    ) -> None:
        ledger = PagedLedger(7)
        ledger.breaks_at = 3
        with pytest.raises(ConnectionError):
            read(ledger)
        assert world.row("SELECT count(*) FROM ops.stripe_entry") == (4,)
        read(ledger)
        assert ledger.asked == [None, "txn_5", "txn_3", "txn_3", "txn_1"]
        assert world.row("SELECT count(*) FROM ops.stripe_entry") == (7,)

    def test_what_is_new_is_read_with_an_overlap(self, world: World, read: Callable[[PagedLedger], int]) -> None:
        read(PagedLedger(200))
        ledger = PagedLedger(203)
        assert read(ledger) == 3
        assert len(ledger.asked) == 1 + OVERLAP // timedelta(minutes=2) + 1

    def test_new_ones_while_it_was_broken_off_are_not_missed(
        self, world: World, read: Callable[[PagedLedger], int]
    ) -> None:
        ledger = PagedLedger(7)
        ledger.breaks_at = 3
        with pytest.raises(ConnectionError):
            read(ledger)
        grown = PagedLedger(9)
        read(grown)
        read(grown)
        assert world.row("SELECT count(*) FROM ops.stripe_entry") == (9,)
