"""Refusals on their way to the log: all of them are told or counted, in few events however many there are."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import psycopg

from commands.append import Busy, IdempotencyMismatch, Meta
from commands.record_refusal import RecordRefusal
from commands.register_account import RegisterAccount
from domain.account import EmailTaken
from domain.actor import SYSTEM, Actor
from domain.capacity import SoldOut
from domain.refusal import Refusal
from infrastructure import refused_commands
from infrastructure.refused_commands import SINGLY_MAX, RefusedCommands
from tests.unit.facts import TRAVELLER, booking_id, place_hold

Told = list[tuple[RecordRefusal, Meta]]


def told(
    story: Callable[[RefusedCommands], None], *, fails: int = 0, clock: Callable[[], float] = lambda: 100.0
) -> tuple[Told, RefusedCommands]:
    """What is recorded of a story after its process has come to its end; the log is away for the first `fails`."""
    written: Told = []
    away = fails

    async def record(refusal: RecordRefusal, meta: Meta) -> None:
        nonlocal away
        if away:
            away -= 1
            raise psycopg.OperationalError
        written.append((refusal, meta))

    async def run() -> RefusedCommands:
        refused = RefusedCommands(record, clock)
        story(refused)
        await refused.close()
        return refused

    return written, asyncio.run(run())


def meta_of(by: Actor = TRAVELLER) -> Meta:
    return Meta(by, "PlaceHold", "request-1")


def test_a_refusal_is_told_with_what_it_named_and_who_asked() -> None:
    [(refusal, meta)], refused = told(lambda r: r.note(place_hold(7), SoldOut(), meta_of()))
    assert (refusal.command, refusal.code, refusal.things["booking_id"]) == ("PlaceHold", "sold_out", booking_id(7))
    assert meta == meta_of()
    assert (refused.counts.singly, refused.counts.together, refused.counts.dropped) == (1, 0, 0)


def test_what_no_rule_refused_is_not_told() -> None:
    def story(refused: RefusedCommands) -> None:
        for refusal in (Busy(), IdempotencyMismatch()):
            refused.note(place_hold(), refusal, meta_of())

    assert told(story)[0] == []


def test_somebody_unknown_leaves_nothing() -> None:
    stranger = RegisterAccount(UUID(int=1), "traveller", "sealed", "sealed", {}, "key")

    def story(refused: RefusedCommands) -> None:
        refused.note(stranger, EmailTaken(), meta_of(Actor(UUID(int=1), "traveller")))
        refused.note(place_hold(), SoldOut(), meta_of(Actor(None, "traveller")))

    assert told(story)[0] == []


def test_of_one_account_a_flood_becomes_one_event_that_counts_it() -> None:
    def story(refused: RefusedCommands) -> None:
        for n in range(1_000):
            refused.note(place_hold(n), SoldOut(), meta_of())
        refused.note(place_hold(1), SoldOut(), meta_of(SYSTEM))

    written, refused = told(story)
    assert len(written) == SINGLY_MAX + 2
    assert sum(refusal.times for refusal, _ in written) == 1_001
    [summary] = [refusal for refusal, _ in written if refusal.times > 1]
    assert (summary.times, summary.things) == (1_000 - SINGLY_MAX, {})
    assert refused.counts.together == summary.times


def test_the_next_second_is_another() -> None:
    now = 100.0

    def story(refused: RefusedCommands) -> None:
        nonlocal now
        for _ in range(3):
            for n in range(SINGLY_MAX):
                refused.note(place_hold(n), SoldOut(), meta_of())
            now += 1

    assert [refusal.times for refusal, _ in told(story, clock=lambda: now)[0]] == [1] * 3 * SINGLY_MAX


def test_what_the_log_could_not_take_is_said_again_in_order() -> None:
    def story(refused: RefusedCommands) -> None:
        for n in range(5):
            refused.note(place_hold(n), SoldOut(), meta_of())

    written, refused = told(story, fails=3)
    assert {refusal.things["booking_id"] for refusal, _ in written} == {booking_id(n) for n in range(5)}
    assert refused.counts.dropped == 0


def test_more_than_can_wait_are_counted_in_the_next_event() -> None:
    def story(refused: RefusedCommands) -> None:
        for n in range(refused_commands.WAITING_MAX + 5):
            refused.note(place_hold(1), SoldOut(), meta_of(Actor(UUID(int=n), "traveller")))

    written, refused = told(story)
    assert refused.counts.dropped == 5
    assert [refusal.dropped for refusal, _ in written if refusal.dropped] == [5]
    assert len(written) == refused_commands.WAITING_MAX


def test_what_cannot_be_recorded_at_all_is_counted() -> None:
    async def run() -> RefusedCommands:
        async def record(_refusal: RecordRefusal, _meta: Meta) -> None:
            raise Refusal

        refused = RefusedCommands(record)
        refused.note(place_hold(), SoldOut(), meta_of())
        await refused.close()
        return refused

    assert asyncio.run(run()).counts.dropped == 1
