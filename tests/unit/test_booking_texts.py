"""The history of a booking in plain words: every event has its sentence, and none tells what is nobody's business."""

import json
import re
from pathlib import Path
from uuid import UUID

import pytest

from api.views.booking_texts import text_of
from commands.answer_request import LapseRequest
from commands.cancel_booking import CancelBooking
from commands.expire_booking import ExpireBooking
from commands.reschedule_booking import RescheduleBooking
from domain.root import Event
from infrastructure.event_codec import decode, event_classes
from tests.unit.booking_life import every_answer, every_change, nobody_came
from tests.unit.facts import (
    DAY,
    FIRST_NIGHT,
    MINUTE,
    PRICE,
    STARTS_AT,
    TRAVELLER,
    booking_id,
    cancelled,
    captured,
    completed,
    confirmed,
    confirmed_stay,
    declined,
    held,
    on_offer,
    paying,
    requested,
    stay_on_offer,
)
from tests.unit.story import T0, Given, Step, given

GOLDEN = Path(__file__).parent.parent / "golden"


def told(*facts: Given, of: int = 1) -> list[str]:
    """What the people of a booking read about it."""
    events = given(*facts).log.stream(booking_id(of))
    return [said(event) for event in events]


def said(event: Event) -> str:
    return text_of(event, time_zone="Europe/Berlin", currency="EUR")


def test_a_booking_that_is_bought_and_enjoyed() -> None:
    assert told(on_offer(), confirmed(quantity=2), completed()) == [
        "The traveller held 2 places until 10:15.",
        "The traveller began to pay. The places are held until 10:15.",
        "The payment arrived and the booking is confirmed.",
        "The trip is over.",
    ]


def test_a_booking_that_is_cancelled_by_its_terms() -> None:
    assert told(on_offer(), confirmed(), cancelled(at=STARTS_AT - 3 * DAY))[-1] == (
        "The traveller cancelled. EUR 50.00 is refunded."
        " Moderate: 50 % refund until 2 days before the start (Sat 18 April 2026, 10:00 Europe/Berlin)."
    )
    assert told(on_offer(), held(), cancelled())[-1] == "The traveller cancelled before anything was paid."


def test_a_booking_that_nobody_pays() -> None:
    run_out = Step(ExpireBooking(booking_id()), at=T0 + 15 * MINUTE)
    assert told(on_offer(), paying(), Step(declined()), run_out)[2:] == [
        "The payment did not go through.",
        "The hold ran out unpaid.",
    ]


def test_a_booking_that_the_vendor_is_asked_for() -> None:
    assert told(on_offer(), every_answer(1), of=1)[2:] == [
        "The money is set aside, not taken. The vendor has until Tue 3 March 2026, 10:00 Europe/Berlin to answer.",
        "The vendor accepted. The booking is confirmed and the money is taken.",
        "The payment arrived.",
    ]
    assert told(on_offer(), every_answer(1), of=2)[-1] == "The vendor declined. The traveller pays nothing."
    silence = Step(LapseRequest(booking_id()), at=T0 + DAY)
    assert told(on_offer(booking_mode="request"), requested(), silence)[-1] == (
        "Nobody answered in time. The traveller pays nothing."
    )


def test_a_booking_that_is_changed() -> None:
    assert told(on_offer(), every_change(1), nobody_came(1))[3:] == [
        (
            "The traveller asked to change to 3 places from Mon 20 April 2026, 10:00 Europe/Berlin."
            " It is held until 10:15; EUR 200.00 more is to be paid."
        ),
        "The change gave way to another one. The booking stays as it was.",
        (
            "The traveller asked to change to 2 places from Mon 20 April 2026, 10:00 Europe/Berlin."
            " It is held until 10:15; EUR 100.00 more is to be paid."
        ),
        "The traveller began to pay for the change. It is held until 10:15.",
        (
            "The traveller changed the booking to 2 places from Mon 20 April 2026, 10:00 Europe/Berlin."
            " EUR 100.00 more was paid."
        ),
        (
            "The traveller cancelled a part. What stays: 1 place from Mon 20 April 2026, 10:00 Europe/Berlin."
            " EUR 100.00 is refunded."
            " Moderate: full refund within 24 hours of booking (until Tue 3 March 2026, 10:00 Europe/Berlin)."
        ),
        "The vendor recorded that nobody came. Nothing is refunded. Not shown up: no refund.",
    ]


def test_nights_are_counted() -> None:
    two = RescheduleBooking(booking_id(), first_night=FIRST_NIGHT, last_night=FIRST_NIGHT + DAY)
    assert (
        "1 place from Mon 20 April 2026, 15:00 Europe/Berlin, 2 nights."
        in told(stay_on_offer(), confirmed_stay(), Step(two, TRAVELLER))[-1]
    )


def test_money_that_came_too_late() -> None:
    late = [Step(ExpireBooking(booking_id()), at=T0 + 15 * MINUTE), Step(captured(minor=PRICE))]
    assert told(on_offer(), paying(), late)[-1].endswith("The hold had run out, but the places were still free.")
    rival = [Step(held(2).command, TRAVELLER, T0 + 15 * MINUTE), Step(captured(minor=PRICE))]
    assert told(on_offer(capacity=1), paying(), rival)[-1].endswith("It is given back in full.")


@pytest.mark.parametrize("topic", [topic for topic in event_classes() if topic.startswith("booking.")])
def test_every_event_of_a_booking_has_a_sentence_without_names_ids_or_shares(topic: str) -> None:
    for file in GOLDEN.glob(f"{topic}.v*.json"):
        golden = json.loads(file.read_text())
        event = decode(UUID(golden["stream_id"]), golden["version"], topic, json.dumps(golden["state"]).encode())
        text = said(event)
        assert re.match(r"[A-Z][a-z]+ .*\.", text)
        assert not re.search(r"[0-9a-f]{8}-|_|share|commission|None", text)


def test_reasons_that_people_wrote_are_not_repeated() -> None:
    cancel = Step(CancelBooking(booking_id(), "Ada broke her leg"), TRAVELLER)
    assert "Ada" not in "".join(told(on_offer(), confirmed(), cancel))
