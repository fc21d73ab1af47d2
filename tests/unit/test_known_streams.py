"""A stream that is known is read on from where it ended; whatever order answers come in, it has every event once.

Every event here counts as a hundred bytes, where nothing else is said.
"""

from collections.abc import Iterable
from uuid import UUID

from domain.root import Event
from infrastructure.known_streams import KnownStream, KnownStreams
from tests.integration.appends import facts


def sized(events: Iterable[Event], each: int = 100) -> list[tuple[Event, int]]:
    return [(event, each) for event in events]


def read(known: KnownStreams, stream_id: UUID, log: tuple[Event, ...], each: int = 100) -> KnownStream:
    """As the reader does: ask for what is behind, and add it."""
    stream = known.get(stream_id)
    known.extend(stream_id, stream, sized(log[len(stream) :], each))
    return stream


def test_a_stream_is_read_on_from_where_it_ended() -> None:
    log = facts(5)
    known = KnownStreams(10_000)
    assert read(known, log[0].originator_id, log[:2]) == list(log[:2])
    assert known.get(log[0].originator_id) == list(log[:2])
    assert read(known, log[0].originator_id, log) == list(log)


def test_two_answers_that_come_in_the_wrong_order_add_each_event_once() -> None:
    log = facts(4)
    stream_id = log[0].originator_id
    known = KnownStreams(10_000)
    read(known, stream_id, log[:1])
    asked_first, asked_second = known.get(stream_id), known.get(stream_id)
    known.extend(stream_id, asked_second, sized(log[1:4]))
    known.extend(stream_id, asked_first, sized(log[1:2]))
    assert known.get(stream_id) == list(log)


def test_the_longest_unasked_is_forgotten_first_and_stays_whole_for_who_holds_it() -> None:
    old, asked_again, new = facts(3), facts(3), facts(3)
    known = KnownStreams(700)
    held = read(known, old[0].originator_id, old[:2])
    read(known, asked_again[0].originator_id, asked_again)
    read(known, old[0].originator_id, old[:2])
    read(known, new[0].originator_id, new)
    assert known.get(asked_again[0].originator_id) == []
    assert known.get(old[0].originator_id) is held
    assert known.get(new[0].originator_id) == list(new)
    read(known, asked_again[0].originator_id, asked_again)
    assert known.get(old[0].originator_id) == []
    known.extend(old[0].originator_id, held, sized(old[2:]))
    assert held == list(old)


def test_a_stream_that_is_longer_than_all_that_is_kept_is_not_kept() -> None:
    log = facts(9)
    known = KnownStreams(800)
    assert read(known, log[0].originator_id, log) == list(log)
    assert known.get(log[0].originator_id) == []


def test_a_stream_of_nothing_takes_no_room() -> None:
    known = KnownStreams(800)
    log = facts(1)
    assert read(known, log[0].originator_id, ()) == []
    assert read(known, log[0].originator_id, log) == list(log)


def test_large_events_take_the_room_of_many() -> None:
    small, large = facts(3), facts(2)
    known = KnownStreams(800)
    read(known, small[0].originator_id, small)
    held = read(known, large[0].originator_id, large[:1], each=500)
    assert known.get(small[0].originator_id) == list(small)
    known.extend(large[0].originator_id, held, sized(large[1:], 100))
    assert known.get(large[0].originator_id) == []
    assert known.get(small[0].originator_id) == list(small)
    assert held == list(large)


def test_a_stream_that_was_forgotten_and_is_asked_again_takes_all_its_room_again() -> None:
    old, new = facts(4), facts(4)
    known = KnownStreams(700)
    held = read(known, old[0].originator_id, old[:3])
    read(known, new[0].originator_id, new, each=150)
    assert known.get(old[0].originator_id) == []
    known.extend(old[0].originator_id, held, sized(old[3:]))
    assert known.get(new[0].originator_id) == []
    assert known.get(old[0].originator_id) == list(old)
