"""A stream that is known is read on from where it ended; whatever order answers come in, it has every event once."""

from uuid import UUID

from domain.root import Event
from infrastructure.known_streams import KnownStreams
from tests.integration.appends import facts


def read(known: KnownStreams, stream_id: UUID, log: tuple[Event, ...]) -> list[Event]:
    """As the reader does: ask for what is behind, and add it."""
    stream = known.get(stream_id)
    known.extend(stream_id, stream, log[len(stream) :])
    return stream


def test_a_stream_is_read_on_from_where_it_ended() -> None:
    log = facts(5)
    known = KnownStreams(100)
    assert read(known, log[0].originator_id, log[:2]) == list(log[:2])
    assert known.get(log[0].originator_id) == list(log[:2])
    assert read(known, log[0].originator_id, log) == list(log)


def test_two_answers_that_come_in_the_wrong_order_add_each_event_once() -> None:
    log = facts(4)
    stream_id = log[0].originator_id
    known = KnownStreams(100)
    read(known, stream_id, log[:1])
    asked_first, asked_second = known.get(stream_id), known.get(stream_id)
    known.extend(stream_id, asked_second, log[1:4])
    known.extend(stream_id, asked_first, log[1:2])
    assert known.get(stream_id) == list(log)


def test_the_longest_unasked_is_forgotten_first_and_stays_whole_for_who_holds_it() -> None:
    old, asked_again, new = facts(3), facts(3), facts(3)
    known = KnownStreams(7)
    held = read(known, old[0].originator_id, old[:2])
    read(known, asked_again[0].originator_id, asked_again)
    read(known, old[0].originator_id, old[:2])
    read(known, new[0].originator_id, new)
    assert known.get(asked_again[0].originator_id) == []
    assert known.get(old[0].originator_id) is held
    assert known.get(new[0].originator_id) == list(new)
    read(known, asked_again[0].originator_id, asked_again)
    assert known.get(old[0].originator_id) == []
    known.extend(old[0].originator_id, held, old[2:])
    assert held == list(old)


def test_a_stream_that_is_longer_than_all_that_is_kept_is_not_kept() -> None:
    log = facts(9)
    known = KnownStreams(8)
    assert read(known, log[0].originator_id, log) == list(log)
    assert known.get(log[0].originator_id) == []


def test_a_stream_of_nothing_takes_no_room() -> None:
    known = KnownStreams(8)
    log = facts(1)
    assert read(known, log[0].originator_id, ()) == []
    assert read(known, log[0].originator_id, log) == list(log)
