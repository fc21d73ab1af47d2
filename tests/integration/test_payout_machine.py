"""A payout's whole life against the sandbox Stripe: lost answers, banks that return money, and people who intervene."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from commands.draft_payout import DraftPayout
from commands.payout_control import CancelPayout, HoldPayout, ReleasePayout, RetryPayout
from commands.reconcile import StartReconciliation
from commands.record_payout import BeginTransfer, RecordRefusedStep
from commands.vendor_settings import RequestPayoutAccount
from domain.actor import Actor
from domain.ids import payout_id
from domain.payout import Payout
from domain.payout_control import PayoutUnderWay
from domain.periods import cutoff_of, last_period_end, next_period_end
from infrastructure import explain_console, invariants
from tests.integration.journey import DAY, PRICE, Journey
from tests.integration.servers import StripeSandbox
from tests.integration.test_stripe_connect import change_bank
from tests.integration.world import World, superuser, world_on

EARNED = PRICE * 8 // 10
FINANCE = Actor(None, "finance")


@pytest.fixture
def world(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


@pytest.fixture
def paying(world: World) -> "Paying":
    return Paying(world)


class Paying:
    """A vendor who has earned one booking's price, really paid at the sandbox Stripe."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.journey = Journey(world)
        world.do(RequestPayoutAccount(), self.journey.vendor)
        booking_id = self.journey.paying()
        # The platform has other money, too: what is sent to vendors is never exactly what Stripe has available.
        self.journey.paying()
        world.settle()
        self.journey.earned(booking_id)
        self.period_end = last_period_end("weekly", world.now().date() + 7 * DAY)
        world.travel(cutoff_of(self.period_end, "UTC"))
        world.follow()

    @property
    def id(self) -> object:
        return payout_id(self.journey.vendor_id, "EUR", self.period_end)

    def draft(self, period_end: date | None = None) -> Payout:
        period_end = period_end or self.period_end
        command = DraftPayout(self.journey.vendor_id, "EUR", "weekly", period_end, cutoff_of(period_end, "UTC"))
        payout: Payout = self.world.do(command)
        return payout

    def now(self, payout: Payout) -> Payout:
        return self.world.hands.load(Payout, payout.id)

    def until(self, status: str) -> None:
        self.world.settle_until("SELECT 1 FROM read.payout WHERE status = %s", status)

    def money(self) -> dict[str, int]:
        columns = ("available", "in_transit", "paid_out")
        row = self.world.row(
            "SELECT available_minor, in_transit_minor, paid_out_minor FROM read.vendor_balance WHERE vendor_id = %s",
            self.journey.vendor_id,
        )
        return dict(zip(columns, row, strict=True))

    def transfers(self, sandbox: StripeSandbox, payout: Payout) -> int:
        made: int = sandbox.summary()["transfers_by_metadata"].get("payout_id", {}).get(str(payout.id), 0)
        return made

    def in_order(self) -> None:
        """Every invariant that holds at every moment holds now."""
        with superuser(self.world.url) as database:
            assert [f for f in invariants.check_now(database) if not f.holds] == []


def test_a_payout_is_paid_by_one_transfer_and_one_bank_payout(
    world: World, paying: Paying, stripe_sandbox: StripeSandbox
) -> None:
    payout = paying.draft()
    paying.until("paid")
    assert paying.money() == {"available": 0, "in_transit": 0, "paid_out": EARNED}
    assert paying.transfers(stripe_sandbox, payout) == 1
    world.settle()
    assert world.in_peace()
    assert world.clearing() == 0
    paying.in_order()


@pytest.mark.parametrize("path", ["/v1/transfers", "/v1/payouts"])
def test_an_answer_that_is_lost_leaves_it_unresolved_until_it_is_found(
    world: World, paying: Paying, stripe_sandbox: StripeSandbox, path: str
) -> None:
    stripe_sandbox.fault("lose_answer", method="POST", path=path, times=1)
    payout = paying.draft()
    world.settle()
    assert paying.now(payout).shown_status == "unresolved"
    assert paying.money()["in_transit"] == EARNED
    with pytest.raises(PayoutUnderWay):
        world.do(CancelPayout(payout.id, "impatient"), FINANCE)
    stripe_sandbox.heal()
    world.hurry()
    paying.until("paid")
    assert paying.transfers(stripe_sandbox, payout) == 1
    assert paying.money() == {"available": 0, "in_transit": 0, "paid_out": EARNED}


def test_what_a_bank_returns_is_available_again_and_in_the_next_payout(
    world: World, paying: Paying, stripe_sandbox: StripeSandbox
) -> None:
    payout = paying.draft()
    paying.until("paid")
    seen = paying.now(payout)
    stripe_sandbox.control("POST", f"/sandbox/payouts/{seen.stripe_payout_id}/fail")
    world.news("payout.failed", str(seen.stripe_payout_id), seen.destination)
    world.settle_until("SELECT 1 FROM read.payout WHERE returned")
    assert (paying.now(payout).status, paying.now(payout).failure_code) == ("failed", "account_closed")
    assert paying.money() == {"available": EARNED, "in_transit": 0, "paid_out": 0}
    assert world.clearing() == 0
    change_bank(stripe_sandbox, seen.destination, "btok_us_verified")
    next_end = next_period_end("weekly", paying.period_end)
    world.travel(cutoff_of(next_end, "UTC"))
    again = paying.draft(next_end)
    assert [line.line_id for line in again.lines] == [line.line_id for line in payout.lines]
    paying.until("paid")
    assert paying.money() == {"available": 0, "in_transit": 0, "paid_out": EARNED}
    paying.in_order()


def test_a_bank_account_that_never_takes_money_gives_it_back(
    world: World, paying: Paying, stripe_sandbox: StripeSandbox
) -> None:
    (account_id,) = world.row("SELECT stripe_account_id FROM read.vendor WHERE stripe_account_id IS NOT NULL")
    change_bank(stripe_sandbox, account_id, "btok_us_verified_noAccount")
    payout = paying.draft()
    world.settle_until("SELECT 1 FROM read.payout WHERE returned")
    assert paying.now(payout).failure_code == "no_account"
    assert paying.money() == {"available": EARNED, "in_transit": 0, "paid_out": 0}
    paying.in_order()


def test_a_bank_account_that_is_changed_between_draft_and_send_is_the_one_that_is_paid(
    world: World, paying: Paying, stripe_sandbox: StripeSandbox
) -> None:
    """The payout names the vendor's Stripe account; which bank stands behind it is asked when it goes there."""
    (bank_before,) = world.row("SELECT bank_account_id FROM read.vendor WHERE stripe_account_id IS NOT NULL")
    payout = paying.draft()
    change_bank(stripe_sandbox, payout.destination, "btok_us_verified")
    world.news("account.updated", payout.destination)
    paying.until("paid")
    (bank_now,) = world.row("SELECT bank_account_id FROM read.vendor WHERE stripe_account_id IS NOT NULL")
    assert bank_now != bank_before
    assert paying.transfers(stripe_sandbox, payout) == 1
    assert paying.money() == {"available": 0, "in_transit": 0, "paid_out": EARNED}


def test_a_draft_that_is_cancelled_sends_nothing(world: World, paying: Paying, stripe_sandbox: StripeSandbox) -> None:
    payout = paying.draft()
    world.do(CancelPayout(payout.id, "wrong vendor"), FINANCE)
    world.settle()
    assert paying.transfers(stripe_sandbox, payout) == 0
    assert paying.money() == {"available": EARNED, "in_transit": 0, "paid_out": 0}
    assert world.in_peace()
    paying.in_order()


def test_one_on_hold_waits_and_goes_on_when_released(
    world: World, paying: Paying, stripe_sandbox: StripeSandbox
) -> None:
    payout = paying.draft()
    world.do(HoldPayout(payout.id, "a question"), FINANCE)
    world.settle()
    assert (paying.transfers(stripe_sandbox, payout), world.in_peace()) == (0, True)
    world.do(ReleasePayout(payout.id), FINANCE)
    paying.until("paid")
    assert paying.transfers(stripe_sandbox, payout) == 1


def test_what_was_transferred_and_then_cancelled_is_taken_back(
    world: World, paying: Paying, stripe_sandbox: StripeSandbox
) -> None:
    payout = paying.draft()
    world.follow()
    world.work()  # And nobody has told the board yet what follows from it.
    assert paying.now(payout).status == "transferred"
    world.do(CancelPayout(payout.id, "closed down"), FINANCE)
    world.settle_until("SELECT 1 FROM read.payout WHERE returned")
    assert paying.now(payout).status == "cancelled"
    assert paying.money() == {"available": EARNED, "in_transit": 0, "paid_out": 0}
    assert world.clearing() == 0
    paying.in_order()


@pytest.mark.parametrize("found_by", ["a webhook", "a late look", "the reconciliation"])
def test_what_turns_out_to_be_transferred_after_it_was_cancelled_is_taken_back(
    world: World, paying: Paying, stripe_sandbox: StripeSandbox, found_by: str
) -> None:
    """Stripe had refused the transfer, by its own word; then its books say that it was made."""
    payout = paying.draft()
    world.do(BeginTransfer(payout.id))
    world.do(RecordRefusedStep(payout.id, "transfer", "balance_insufficient"))
    world.do(CancelPayout(payout.id, "given up"), FINANCE)
    made = world.hands.stripe.connect.create_transfer(payout, key=f"payout:{payout.id}:transfer:1")
    world.follow()
    if found_by != "a late look":
        world.own.execute("UPDATE board.task SET state = 'done' WHERE kind = 'transfer'")
    if found_by == "a webhook":
        world.news("transfer.created", made.transfer_id)
    elif found_by == "the reconciliation":
        world.do(StartReconciliation(uuid4()))
    world.settle_until("SELECT 1 FROM read.payout WHERE reversal_id IS NOT NULL")
    now = paying.now(payout)
    assert (now.status, now.transfer_id, now.next_step) == ("cancelled", made.transfer_id, None)
    assert world.rows("SELECT status, returned FROM read.payout") == [("cancelled", True)]
    assert paying.money() == {"available": EARNED, "in_transit": 0, "paid_out": 0}
    world.settle()
    assert world.clearing() == 0
    assert world.rows(
        "SELECT debit_minor - credit_minor FROM read.ledger_account WHERE account = 'connected.balance'"
    ) == [(0,)]
    paying.in_order()
    next_end = next_period_end("weekly", paying.period_end)
    world.travel(cutoff_of(next_end, "UTC"))
    paying.draft(next_end)
    paying.until("paid")
    assert paying.money() == {"available": 0, "in_transit": 0, "paid_out": EARNED}


def test_an_account_that_lost_its_rights_is_waited_for(
    world: World, paying: Paying, stripe_sandbox: StripeSandbox
) -> None:
    payout = paying.draft()
    stripe_sandbox.control("POST", f"/sandbox/accounts/{payout.destination}", ready="false")
    world.settle()
    assert paying.now(payout).status == "drafted"
    assert world.row("SELECT state, last_error FROM board.task WHERE kind = 'transfer'") == (
        "due",
        "the vendor's account cannot receive money now",
    )
    stripe_sandbox.control("POST", f"/sandbox/accounts/{payout.destination}", ready="true")
    world.hurry()
    paying.until("paid")


def test_a_retry_looks_before_it_sends(world: World, paying: Paying, stripe_sandbox: StripeSandbox) -> None:
    stripe_sandbox.fault("lose_answer", method="POST", path="/v1/transfers", times=1)
    payout = paying.draft()
    world.settle()
    world.own.execute("UPDATE board.task SET state = 'parked' WHERE kind = 'transfer'")
    stripe_sandbox.heal()
    world.do(RetryPayout(payout.id), FINANCE)
    paying.until("paid")
    assert paying.transfers(stripe_sandbox, payout) == 1


def test_it_is_explained_on_the_terminal_down_to_stripes_objects(
    world: World, paying: Paying, capsys: pytest.CaptureFixture[str]
) -> None:
    payout = paying.draft()
    paying.until("paid")
    assert explain_console.run(world.url, payout.id, as_json=False) == 0
    told = capsys.readouterr().out
    seen = paying.now(payout)
    for fact in (
        "160.00 EUR for the period",
        seen.transfer_id,
        seen.stripe_payout_id,
        "earned by a trip",
        "charge ch_",
    ):
        assert str(fact) in told
    assert explain_console.run(world.url, payout.lines[0].line_id, as_json=False) == 1
