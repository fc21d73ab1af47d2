"""Whatever instant a worker dies at, money moves once: every single crash point of every way that money goes.

The judge is the sandbox: its charges, refunds and sums, never our own log.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, LiteralString
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from commands.answer_request import AcceptBooking, DeclineBooking
from commands.cancel_booking import CancelBooking
from commands.decide_refund import RetryRefund
from commands.record_dispute import DisputeSeen, RecordDispute
from commands.send_evidence import SendEvidence
from infrastructure.stripe_disputes import evidence_place
from tests.integration.crash_points import Points, points, work_until_it_dies
from tests.integration.journey import PRICE, Journey, registered
from tests.integration.servers import StripeSandbox
from tests.integration.world import World, world_on
from workers.actors import ACTORS
from workers.hands import Hands

POINTS_MAX: Final = 60
# What moves a traveller's money is here, point by point; where crashes of the rest are tested. A new kind of task is
# in neither until somebody has thought about it.
HERE: Final = {"charge", "settle_payment", "capture", "void", "refund", "dispute", "dispute_evidence"}
ELSEWHERE: Final = {
    "test_lost_answers.py": {"payout_account", "transfer", "bank_payout", "reverse_transfer", "payout_step"},
    "test_refunds_and_payouts.py": {"stripe_news"},
    "tests of their own, or no money": {
        *("draft_payouts", "cancel_departure", "reconcile"),
        *(
            "mail",
            "message",
            "end_sessions",
            "forget_person",
            "housekeep",
            "webhook_out",
            "deliver_head",
            "replay",
            "drop_replays",
        ),
    },
}


@pytest.fixture
def world(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Points]:
    with points(monkeypatch) as watched:
        yield watched


@dataclass(frozen=True)
class Way:
    """One way that money goes: what begins it, the row that says it is over, and what the sandbox must hold then.

    `charges` and `refunds` are how many there must be of its payment, `kept_minor` what stays with us; `doors` what it
    must have passed, at least.
    """

    begin: Callable[[], UUID]
    over: LiteralString
    charges: int
    refunds: int
    kept_minor: int
    doors: frozenset[str]


def at_every_point(world: World, sandbox: StripeSandbox, watched: Points, way: Way) -> set[str]:
    """Die at the first point of one payment, at the second of another, until one gets through; what was passed."""
    kept_before = kept_minor(sandbox)
    for die_at in range(1, POINTS_MAX):
        payment_id = way.begin()
        watched.die_at, watched.passed = die_at, []
        died = work_until_it_dies(world, watched)
        at = watched.passed[-1] if died else "nowhere"
        world.settle_until(way.over, payment_id)
        world.hurry()
        world.settle()
        summary = sandbox.summary()
        assert counted(summary["charges_succeeded_by_metadata"], payment_id) == way.charges, at
        assert counted(summary["refunds_by_metadata"], payment_id) == way.refunds, at
        assert world.rows("SELECT kind, last_error FROM board.task WHERE state <> 'done'") == [], at
        assert world.clearing() == 0, at
        assert kept_minor(sandbox) - kept_before == die_at * way.kept_minor, at
        if not died:
            assert {door.split(" ", 1)[1] for door in watched.passed} >= way.doors, watched.passed
            return set(watched.passed)
    raise AssertionError("It never gets through.")


def counted(by_metadata: dict[str, dict[str, int]], payment_id: UUID) -> int:
    return by_metadata.get("payment_id", {}).get(str(payment_id), 0)


def kept_minor(sandbox: StripeSandbox) -> int:
    """What was captured and not paid back, by the sandbox's own count."""
    summary = sandbox.summary()
    captured, refunded = (summary[name].get("eur", {"sum": 0})["sum"] for name in ("charges_succeeded", "refunds"))
    kept: int = captured - refunded
    return kept


PAID: Final = "SELECT 1 FROM read.payment WHERE payment_id = %s AND status = 'captured' AND unresolved_step IS NULL"
VOIDED: Final = "SELECT 1 FROM read.payment WHERE payment_id = %s AND status = 'voided'"
WON: Final = "SELECT 1 FROM read.dispute WHERE payment_id = %s AND status = 'won' AND evidence_sent = 1"
REFUNDED: Final = "SELECT 1 FROM read.payment WHERE payment_id = %s AND refunded_minor = captured_minor"


def test_a_charge_is_made_once(world: World, stripe_sandbox: StripeSandbox, watched: Points) -> None:
    journey = Journey(world)

    def begin() -> UUID:
        return journey.payment_ids[journey.paying()]

    doors = frozenset({"POST /v1/payment_intents", "append of RecordPayment"})
    way = Way(begin, PAID, charges=1, refunds=0, kept_minor=PRICE, doors=doors)
    at_every_point(world, stripe_sandbox, watched, way)
    assert world.rows("SELECT status FROM read.booking WHERE status <> 'confirmed'") == []


def test_a_capture_is_made_once(world: World, stripe_sandbox: StripeSandbox, watched: Points) -> None:
    journey = Journey(world, booking_mode="request")

    def begin() -> UUID:
        booking_id = journey.paying()
        world.settle()
        world.do(AcceptBooking(booking_id), journey.vendor)
        return journey.payment_ids[booking_id]

    doors = frozenset({"append of RecordPayment"})
    way = Way(begin, PAID, charges=1, refunds=0, kept_minor=PRICE, doors=doors)
    passed = at_every_point(world, stripe_sandbox, watched, way)
    assert any(door.endswith("/capture") for door in passed)
    assert world.rows("SELECT status FROM read.booking WHERE status <> 'confirmed'") == []


def test_a_void_lets_go_and_takes_nothing(world: World, stripe_sandbox: StripeSandbox, watched: Points) -> None:
    journey = Journey(world, booking_mode="request")

    def begin() -> UUID:
        booking_id = journey.paying()
        world.settle()
        world.do(DeclineBooking(booking_id, "full"), journey.vendor)
        return journey.payment_ids[booking_id]

    doors = frozenset({"append of RecordPayment"})
    way = Way(begin, VOIDED, charges=0, refunds=0, kept_minor=0, doors=doors)
    passed = at_every_point(world, stripe_sandbox, watched, way)
    assert any(door.endswith("/cancel") for door in passed)


def test_a_refund_is_made_once(world: World, stripe_sandbox: StripeSandbox, watched: Points) -> None:
    journey = Journey(world)

    def begin() -> UUID:
        booking_id = journey.paying()
        world.settle()
        world.do(CancelBooking(booking_id, "rain"), journey.vendor)
        return journey.payment_ids[booking_id]

    doors = frozenset({"POST /v1/refunds", "append of RecordRefund"})
    way = Way(begin, REFUNDED, charges=1, refunds=1, kept_minor=0, doors=doors)
    at_every_point(world, stripe_sandbox, watched, way)
    assert world.rows("SELECT refunded_minor FROM read.payment WHERE refunded_minor <> %s", PRICE) == []


def test_a_refund_that_came_back_is_sent_once_more(
    world: World, stripe_sandbox: StripeSandbox, watched: Points
) -> None:
    journey, operator = Journey(world), registered(world, "operator")

    def begin() -> UUID:
        booking_id = journey.paying()
        world.settle()
        stripe_sandbox.fault("pending_refund")
        world.do(CancelBooking(booking_id, "rain"), journey.vendor)
        world.settle()
        payment_id = journey.payment_ids[booking_id]
        refund_id, stripe_id = world.row(
            "SELECT refund_id, stripe_refund_id FROM read.refund WHERE payment_id = %s", payment_id
        )
        stripe_sandbox.control("POST", f"/sandbox/refunds/{stripe_id}/fail")
        world.settle_until("SELECT 1 FROM read.refund WHERE refund_id = %s AND status = 'failed'", refund_id)
        world.do(RetryRefund(payment_id, refund_id), operator)
        return payment_id

    doors = frozenset({"POST /v1/refunds", "append of RecordRefund"})
    way = Way(begin, REFUNDED, charges=1, refunds=2, kept_minor=0, doors=doors)
    at_every_point(world, stripe_sandbox, watched, way)


def contested(world: World, sandbox: StripeSandbox, journey: Journey) -> tuple[UUID, str]:
    """A payment whose cardholder contests it, and a text that wins it; the news of it, and the sending, are due."""
    vault, traveller_id = world.hands.container.vault, journey.traveller.account_id
    assert traveller_id is not None
    payment_id = journey.payment_ids[journey.paying()]
    world.settle()
    charges = sandbox.ask("GET", "/v1/charges", params={"limit": 10})["data"]
    (charge,) = [charge for charge in charges if charge["metadata"].get("payment_id") == str(payment_id)]
    stripe_id = str(sandbox.control("POST", f"/sandbox/charges/{charge['id']}/dispute")["id"])
    news = {"type": "charge.dispute.created", "object_id": stripe_id, "account": None}
    world.own.execute(
        "INSERT INTO board.task (task_id, kind, arguments) VALUES (%s, 'stripe_news', %s)", (uuid4(), Jsonb(news))
    )
    seen = DisputeSeen(stripe_id, "needs_response", PRICE, "EUR", "fraudulent", None, ())
    dispute = world.do(RecordDispute(payment_id, seen))
    (wrapped,) = world.row("SELECT wrapped_key FROM people.identity WHERE account_id = %s", traveller_id)
    text = vault.seal(vault.unwrap(traveller_id, wrapped), evidence_place(dispute.id), "winning_evidence")
    world.do(SendEvidence(dispute.id, text))
    return payment_id, stripe_id


def was_won_once(sandbox: StripeSandbox, stripe_id: str) -> bool:
    """By one text; the money went, and came back."""
    found = sandbox.ask("GET", f"/v1/disputes/{stripe_id}")
    moved = [entry["amount"] for entry in found["balance_transactions"]]
    return found["evidence_details"]["submission_count"] == 1 and moved == [-PRICE, PRICE]


def test_a_dispute_is_answered_and_booked_once(world: World, stripe_sandbox: StripeSandbox, watched: Points) -> None:
    """From the news of it: the money that is gone, a text for the bank, and the money that comes back."""
    journey = Journey(world)
    disputes: list[str] = []

    def begin() -> UUID:
        payment_id, stripe_id = contested(world, stripe_sandbox, journey)
        disputes.append(stripe_id)
        return payment_id

    doors = frozenset({"append of RecordDispute"})
    way = Way(begin, WON, charges=1, refunds=0, kept_minor=PRICE, doors=doors)
    passed = at_every_point(world, stripe_sandbox, watched, way)
    assert any("POST /v1/disputes/" in door for door in passed)
    assert all(was_won_once(stripe_sandbox, stripe_id) for stripe_id in disputes)
    assert world.rows("SELECT status FROM read.booking WHERE status <> 'confirmed'") == []


def test_no_kind_of_task_was_forgotten() -> None:
    elsewhere = set[str]().union(*ELSEWHERE.values())
    assert HERE & elsewhere == set()
    assert set(ACTORS) == HERE | elsewhere


def test_a_fresh_key_for_every_attempt_is_caught(
    world: World, stripe_sandbox: StripeSandbox, watched: Points, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: without looking first and without its own key, a refund is sent twice."""
    monkeypatch.setattr(Hands, "sent_once", lambda _self, _task, _look_up, send: send(str(uuid4())))
    with pytest.raises(AssertionError):
        test_a_refund_is_made_once(world, stripe_sandbox, watched)
