"""The one way every command is carried out: answers kept, rivals outdone a bounded number of times, leases checked."""

import itertools
from pathlib import Path
from uuid import UUID

import pytest

from commands.append import Answer, Busy, Fence, Idempotency, IdempotencyMismatch, Meta, StaleFence
from commands.cancel_booking import CancelBooking
from commands.dispatch import ATTEMPTS_MAX, Reply
from commands.handlers import HANDLERS
from commands.vendor_settings import ChooseCadence
from domain.account import Account
from domain.booking import Booking
from domain.capacity import SoldOut
from domain.refusal import NotFound, Refusal
from domain.vendor import Vendor
from tests.unit.facts import (
    OTHER_TRAVELLER,
    TRAVELLER,
    TRAVELLER_ID,
    VENDOR,
    booking_id,
    confirmed,
    held,
    on_offer,
    payable,
    place_hold,
    register,
)
from tests.unit.story import Step, Story, fact, given

TASK_ID = UUID(int=4711)


def reply(key: str = "k1", fingerprint: str = "f1", scope: UUID = TRAVELLER_ID) -> Reply:
    return Reply(
        Idempotency(scope, key, fingerprint),
        success=lambda result: Answer(201, f"version {result.version}".encode(), result.version),
        refusal=lambda refusal: Answer(409, refusal.code.encode()),
    )


def test_every_handler_has_a_test_of_its_own() -> None:
    tested = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    untested = {handler.__module__.removeprefix("commands.") for handler in HANDLERS.values()} - tested
    assert untested == set()


def test_a_request_is_answered_and_the_answer_kept() -> None:
    story = given(on_offer()).when(place_hold(), by=TRAVELLER, reply=reply())
    story.then(Booking.Held).then_answer(status=201, body=b"version 1", replayed=False)
    assert story.log.answers[TRAVELLER_ID, "k1"][1].replayed == Answer(201, b"version 1", 1)


def test_the_same_request_again_is_answered_the_same_and_does_nothing() -> None:
    story = given(on_offer()).when(place_hold(1), by=TRAVELLER, reply=reply())
    story.when(place_hold(2), by=TRAVELLER, reply=reply()).then_nothing()
    story.then_answer(status=201, body=b"version 1", replayed=True).then_capacity(held=1, sold=0)


def test_a_replay_is_answered_even_when_it_would_be_refused_by_now() -> None:
    cancel = CancelBooking(booking_id())
    story = given(on_offer(), confirmed()).when(cancel, by=TRAVELLER, reply=reply())
    story.then_answer(status=201, body=b"version 4", replayed=False)
    story.when(cancel, by=TRAVELLER, reply=reply()).then_nothing()
    story.then_answer(status=201, body=b"version 4", replayed=True)


def test_a_key_belongs_to_one_request() -> None:
    story = given(on_offer()).when(place_hold(1), by=TRAVELLER, reply=reply())
    story.when(place_hold(2), by=TRAVELLER, reply=reply(fingerprint="f2")).then(IdempotencyMismatch)
    story.when(CancelBooking(booking_id(9)), by=TRAVELLER, reply=reply(fingerprint="f2")).then(IdempotencyMismatch)


def test_a_key_belongs_to_one_account() -> None:
    story = given(on_offer()).when(place_hold(1), by=TRAVELLER, reply=reply())
    story.when(place_hold(2), by=OTHER_TRAVELLER, reply=reply(scope=UUID(int=8))).then(Booking.Held)


@pytest.mark.parametrize("kind", [SoldOut, NotFound])
def test_a_refusal_is_kept_and_stays_the_answer(kind: type[Refusal]) -> None:
    command = place_hold(2) if kind is SoldOut else CancelBooking(booking_id(9))
    story = given(on_offer(capacity=1), held(1, by=OTHER_TRAVELLER))
    story.when(command, by=TRAVELLER, reply=reply()).then(kind)
    story.tell(Step(CancelBooking(booking_id(1)), OTHER_TRAVELLER))
    story.when(command, by=TRAVELLER, reply=reply()).then_nothing()
    story.then_answer(status=409, body=kind.code.encode(), replayed=True).then_capacity(held=0, sold=0)


def test_a_refusal_while_the_same_key_is_answered_elsewhere_is_that_answer() -> None:
    story = given(on_offer(), held())
    cancel = CancelBooking(booking_id())

    def elsewhere() -> None:
        story.do(Step(cancel, TRAVELLER), reply=reply())

    story.log.before_commit = elsewhere
    story.when(cancel, by=TRAVELLER, reply=reply()).then(Booking.Cancelled)
    story.then_answer(status=201, body=b"version 2", replayed=True)


def test_who_was_slower_decides_again_on_the_new_state() -> None:
    rival = Step(ChooseCadence("monthly"), VENDOR)
    story = given(Step(register())).when(ChooseCadence("monthly"), by=VENDOR, meanwhile=rival)
    story.then(fact(Vendor.CadenceChosen, originator_version=2))


def rivalled(times: int) -> Story:
    """A vendor whose cadence someone else changes before each of the next commits."""
    story = given(Step(register()))
    left = itertools.count(times, -1)
    cadence: itertools.cycle[ChooseCadence] = itertools.cycle((ChooseCadence("monthly"), ChooseCadence("weekly")))

    def rival() -> None:
        if next(left) > 0:
            story.do(Step(next(cadence), VENDOR))
            story.log.before_commit = rival

    story.log.before_commit = rival
    return story


def test_a_command_is_decided_again_as_often_as_it_takes_within_bounds() -> None:
    story = rivalled(ATTEMPTS_MAX - 1)
    story.when(payable().command)
    assert story.refusal is None
    assert len(story.new) == ATTEMPTS_MAX


def test_who_is_always_slower_is_told_to_come_again() -> None:
    story = rivalled(10 * ATTEMPTS_MAX)
    story.when(payable().command, reply=reply())
    assert isinstance(story.refusal, Busy)
    assert len(story.new) == ATTEMPTS_MAX
    assert story.log.answers == {}


def test_what_a_command_writes_says_who_and_which() -> None:
    story = given(Step(register("traveller", TRAVELLER_ID)))
    assert story.log.appends[0].meta == Meta(Step(None).by, "RegisterAccount", "test")
    assert type(story.log.stream(TRAVELLER_ID)[0]) is Account.Registered


def test_a_task_is_closed_with_what_it_did() -> None:
    story = given(on_offer())
    story.log.fences[TASK_ID] = 2
    story.when(place_hold(), by=TRAVELLER, fence=Fence(TASK_ID, 2)).then(Booking.Held)
    assert story.log.fences == {}


def test_a_task_that_has_more_to_do_is_only_checked() -> None:
    story = given(on_offer())
    story.log.fences[TASK_ID] = 2
    story.when(place_hold(), by=TRAVELLER, fence=Fence(TASK_ID, 2, closes=False)).then(Booking.Held)
    assert story.log.fences == {TASK_ID: 2}


def test_who_lost_the_lease_writes_nothing() -> None:
    story = given(on_offer())
    story.log.fences[TASK_ID] = 3
    with pytest.raises(StaleFence):
        story.when(place_hold(), by=TRAVELLER, fence=Fence(TASK_ID, 2))
    assert story.log.stream(booking_id()) == []
    story.then_capacity(held=0, sold=0)


def test_a_command_that_changes_nothing_does_not_touch_the_log() -> None:
    story = given(Step(register()))
    appends = len(story.log.appends)
    story.when(ChooseCadence("weekly"), by=VENDOR).then_nothing()
    assert story.done is not None
    assert (story.done.position, len(story.log.appends)) == (2, appends)
