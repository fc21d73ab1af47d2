"""What the log refuses, each by its name; and what it answers to a key that it knows."""

from uuid import UUID, uuid4

import pytest

from commands.append import (
    Answer,
    ClaimIdentity,
    Fence,
    Idempotency,
    IdempotencyMismatch,
    StaleFence,
    VersionConflict,
)
from domain.account import EmailTaken
from domain.capacity import ClaimLost, OpenedAlready, SoldOut
from tests.integration.appends import FAR, LogOnTheBench, Nights, append, facts, longer, positions


class TestRefusals:
    def test_a_version_that_exists_is_a_conflict(self, bench: LogOnTheBench) -> None:
        first = facts()
        bench.commit(*first)
        with pytest.raises(VersionConflict):
            bench.commit(*facts(1, first[0].originator_id))

    def test_no_room_is_sold_out(self, bench: LogOnTheBench, nights: Nights) -> None:
        bench.commit(*facts(), capacity=(nights.opened(2),))
        with pytest.raises(SoldOut):
            bench.commit(*facts(), capacity=(nights.hold(uuid4(), 3, until=FAR),))

    def test_a_cell_that_does_not_exist_is_sold_out(self, bench: LogOnTheBench, nights: Nights) -> None:
        with pytest.raises(SoldOut):
            bench.commit(*facts(), capacity=(nights.hold(uuid4(), until=FAR),))

    def test_a_claim_that_was_never_made_is_lost(self, bench: LogOnTheBench) -> None:
        with pytest.raises(ClaimLost):
            bench.commit(*facts(), capacity=(longer(uuid4(), FAR),))

    def test_a_cell_is_opened_once(self, bench: LogOnTheBench, nights: Nights) -> None:
        bench.commit(*facts(), capacity=(nights.opened(2),))
        with pytest.raises(OpenedAlready):
            bench.commit(*facts(), capacity=(nights.opened(5, 5),))

    def test_an_email_address_is_claimed_once(self, bench: LogOnTheBench) -> None:
        bench.commit(*facts(), identity=ClaimIdentity(uuid4(), "index", "key"))
        with pytest.raises(EmailTaken):
            bench.commit(*facts(), identity=ClaimIdentity(uuid4(), "index", "other key"))

    def test_a_stale_fence_is_refused_and_the_right_one_closes_the_task(self, bench: LogOnTheBench) -> None:
        task_id = uuid4()
        bench.sql.execute(
            "INSERT INTO board.task (task_id, kind, arguments, state, fence, last_error)"
            " VALUES (%s, 'x', '{}', 'running', 3, 'once')",
            (task_id,),
        )
        for number in (2, 4):
            with pytest.raises(StaleFence):
                bench.commit(*facts(), fence=Fence(task_id, number))
        assert positions(bench) == []
        state = "SELECT state, done_at IS NOT NULL, last_error FROM board.task"
        bench.commit(*facts(), fence=Fence(task_id, 3, closes=False))
        assert bench.rows(state) == [("running", False, "once")]
        bench.commit(*facts(), fence=Fence(task_id, 3))
        assert bench.rows(state) == [("done", True, None)]
        with pytest.raises(StaleFence):
            bench.commit(*facts(), fence=Fence(task_id, 3))


class TestIdempotency:
    KEY = Idempotency(UUID(int=7), "key", "print")

    def test_a_known_key_answers_the_same_bytes_and_does_nothing(self, bench: LogOnTheBench) -> None:
        answer = Answer(201, b'{"a": "\xc3\xa9\x00"}', 4)
        first = bench.commit(*facts(2), idempotency=self.KEY, answer=answer)
        again = bench.commit(*facts(2), idempotency=self.KEY, answer=Answer(500, b"other"))
        assert (first.replayed, again.replayed, again.position) == (None, answer, 2)
        assert bench.loop.run(bench.log.known_answer(self.KEY)) == again
        assert positions(bench) == [1, 2]

    def test_it_answers_even_if_the_events_would_conflict_now(self, bench: LogOnTheBench) -> None:
        same = facts(2)
        bench.commit(*same, idempotency=self.KEY, answer=Answer(201, b"yes"))
        assert bench.commit(*same, idempotency=self.KEY, answer=Answer(201, b"no")).replayed == Answer(201, b"yes")

    def test_another_request_under_a_known_key_is_refused(self, bench: LogOnTheBench) -> None:
        bench.commit(*facts(), idempotency=self.KEY, answer=Answer(201, b"yes"))
        other = Idempotency(self.KEY.scope, self.KEY.key, "another print")
        with pytest.raises(IdempotencyMismatch):
            bench.commit(*facts(), idempotency=other, answer=Answer(201, b"no"))
        with pytest.raises(IdempotencyMismatch):
            bench.loop.run(bench.log.known_answer(other))

    def test_the_same_key_of_another_account_is_another_key(self, bench: LogOnTheBench) -> None:
        bench.commit(*facts(), idempotency=self.KEY, answer=Answer(201, b"yes"))
        other = Idempotency(uuid4(), self.KEY.key, "another print")
        assert bench.commit(*facts(), idempotency=other, answer=Answer(201, b"also")).replayed is None

    def test_of_twelve_at_once_with_one_key_one_is_carried_out(self, bench: LogOnTheBench) -> None:
        work = [append(*facts(), idempotency=self.KEY, answer=Answer(201, bytes([n]))) for n in range(12)]
        done = bench.together(*((lambda one=one: bench.log.commit(one)) for one in work))
        (winner,) = bench.rows("SELECT body FROM log.idempotency")
        assert positions(bench) == [1]
        told = [None if isinstance(one, BaseException) else one.replayed for one in done]
        assert told.count(None) == 1
        assert {answer.body for answer in told if answer} == {bytes(winner[0])}
