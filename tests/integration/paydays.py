"""Vendors who have earned, really paid at the sandbox Stripe, and a run that is killed wherever a test says so."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from commands.dispatch import Done
from commands.payout_run import StartPayoutRun
from commands.vendor_settings import RequestPayoutAccount
from domain.ids import payout_id, payout_run_id
from domain.periods import last_period_end
from infrastructure.container import Container
from tests.integration.journey import DAY, PRICE, Journey
from tests.integration.servers import StripeSandbox
from tests.integration.world import World
from workers.hands import Hands
from workers.perform import perform

EARNED = PRICE * 8 // 10


class Killed(BaseException):
    """The process is gone; nothing that handles errors may notice."""


@dataclass
class Payday:
    """`ready` vendors who can be paid, and one without an account, on the Monday after their tours."""

    world: World
    ready: int = 3
    vendors: list[Journey] = field(default_factory=list)
    period_end: date = date.min

    def __post_init__(self) -> None:
        world = self.world
        self.vendors = [Journey(world) for _ in range(self.ready + 1)]
        bookings = [vendor.paying() for vendor in self.vendors]
        self.vendors[0].paying()  # The platform has other money with Stripe, too.
        for vendor in self.vendors[: self.ready]:
            world.do(RequestPayoutAccount(), vendor.vendor)
        world.settle()
        for vendor, booking_id in zip(self.vendors, bookings, strict=True):
            vendor.earned(booking_id)
        self.period_end = last_period_end("weekly", world.now().date() + 7 * DAY)
        world.travel(world.now() + 9 * DAY)
        world.follow()

    @property
    def run_id(self) -> UUID:
        return payout_run_id("weekly", self.period_end)

    def start(self, world: World | None = None) -> None:
        (world or self.world).do(StartPayoutRun("weekly", "UTC", self.period_end))

    def payouts(self) -> list[UUID]:
        return [payout_id(v.vendor_id, "EUR", self.period_end) for v in self.vendors[: self.ready]]

    def until_paid(self, world: World | None = None) -> None:
        (world or self.world).settle_until(
            "SELECT 1 FROM read.payout WHERE status = 'paid' HAVING count(*) = %s", self.ready
        )

    def check_everybody_was_paid_once(self, sandbox: StripeSandbox, world: World | None = None) -> None:
        """By Stripe's own books and by ours; the one without an account keeps its money and is told why."""
        world = world or self.world
        made = sandbox.summary()
        for payout in self.payouts():
            assert made["transfers_by_metadata"]["payout_id"][str(payout)] == 1
            assert made["payouts_by_metadata"]["payout_id"][str(payout)] == 1
        balances: dict[UUID, int] = dict(world.rows("SELECT vendor_id, paid_out_minor FROM read.vendor_balance"))
        assert balances == {v.vendor_id: 0 if v is self.vendors[-1] else EARNED for v in self.vendors}
        assert world.row("SELECT status, waiting, payouts, carried FROM read.payout_run") == (
            "finished",
            self.ready + 1,
            self.ready,
            1,
        )
        assert world.row("SELECT vendor_id, reason FROM read.payout_carried") == (
            self.vendors[-1].vendor_id,
            "payout account not ready",
        )


@dataclass
class Deaths:
    """Every command is lost once with the process before the log has it, and the process dies again right after it."""

    seen: Counter[str] = field(default_factory=Counter)
    dead: bool = False

    def strike(self, command: Any, *, at: int) -> None:
        """Raises Killed if it is time; a process that is dead does nothing more."""
        if self.dead:
            raise Killed
        if self.seen[repr(command)] == at:
            self.seen[repr(command)] += 1
            self.dead = True
            raise Killed


@dataclass(frozen=True, slots=True)
class Fragile(Container):
    """Carries out commands in a process that dies."""

    deaths: Deaths

    async def dispatch(self, command: Any, **how: Any) -> Done:
        self.deaths.strike(command, at=0)
        done = await Container.dispatch(self, command, **how)
        self.deaths.strike(command, at=1)
        return done


def fragile(world: World, deaths: Deaths) -> World:
    """The same world, with a worker that is killed as `deaths` say."""
    container = world.hands.container
    parts = {name: getattr(container, name) for name in Container.__slots__}
    hands: Hands = replace(world.hands, container=Fragile(**parts, deaths=deaths))
    return replace(world, hands=hands)


def work_until_killed(world: World) -> bool:
    """Do what is due. True if the worker was killed over it; its lease has run out since."""
    for rung in world.board.due(100):
        try:
            perform(rung.task_id, world.board, world.hands)
        except Killed:
            world.own.execute("UPDATE board.task SET lease_until = clock_timestamp() WHERE state = 'running'")
            return True
    return False
