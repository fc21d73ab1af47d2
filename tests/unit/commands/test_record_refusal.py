"""That a command was refused is kept once, with the ids that it named and nothing else."""

from uuid import UUID

import msgspec

from commands.change_account import ChangeProfile
from commands.place_hold import PlaceHold
from commands.record_refusal import RecordRefusal, things_of
from domain.refused_command import RefusedCommand
from infrastructure.event_codec import encode
from tests.unit.facts import LISTING_ID, STARTS_AT, TRAVELLER, TRAVELLER_ID, booking_id, place_hold
from tests.unit.story import Step, fact, given

NO = RecordRefusal(UUID(int=1), "PlaceHold", "sold_out", {"booking_id": booking_id(1)}, times=3, dropped=2)


def test_it_is_on_record() -> None:
    given().when(NO, by=TRAVELLER).then(
        fact(
            RefusedCommand.Refused,
            command="PlaceHold",
            code="sold_out",
            things={"booking_id": booking_id(1)},
            times=3,
            dropped=2,
        )
    )


def test_what_was_sent_twice_is_on_record_once() -> None:
    given(Step(NO, TRAVELLER)).when(NO, by=TRAVELLER).then_nothing()


def test_of_a_command_only_its_ids_are_told() -> None:
    assert things_of(place_hold()) == {"booking_id": booking_id(1), "listing_id": LISTING_ID}
    assert STARTS_AT.isoformat() not in str(things_of(place_hold()))


def test_words_numbers_and_times_are_not_told() -> None:
    said = PlaceHold(booking_id(1), LISTING_ID, STARTS_AT, None, quantity=4)
    refused = RecordRefusal(UUID(int=2), "PlaceHold", "too_many_holds", things_of(said))
    state = encode(given().when(refused, by=TRAVELLER).new[0]).state
    assert msgspec.json.decode(state)["things"] == {"booking_id": str(booking_id(1)), "listing_id": str(LISTING_ID)}
    assert things_of(ChangeProfile(TRAVELLER_ID, 1, {"full_name": "sealed"})) == {"account_id": TRAVELLER_ID}
