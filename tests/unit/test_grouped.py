"""Questions are asked together, answered in their order, and never forgotten."""

import asyncio
from collections.abc import Sequence

import pytest

from infrastructure.grouped import SHARED_OUT_MIN, Grouped

QUERIES = 2
ENOUGH = 2_000


class Asked:
    """Answers each question with itself; remembers who was asked together."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, questions: Sequence[int]) -> list[int]:
        self.groups.append(list(questions))
        await self.may_answer.wait()
        return list(questions)


def test_what_comes_while_queries_run_is_asked_together() -> None:
    async def story() -> None:
        asked = Asked()
        grouped = Grouped(asked, queries=QUERIES)
        asked.may_answer.clear()
        answers = [asyncio.create_task(grouped(n)) for n in range(QUERIES)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        answers += [asyncio.create_task(grouped(n)) for n in range(QUERIES, 10)]
        await asyncio.sleep(0)
        asked.may_answer.set()
        assert await asyncio.gather(*answers) == list(range(10))
        assert sorted(n for group in asked.groups for n in group) == list(range(10))
        assert len(asked.groups) < 10

    asyncio.run(story())


def test_what_is_asked_in_the_same_moment_is_one_query_or_shared_out_if_it_is_much() -> None:
    async def story() -> None:
        asked = Asked()
        grouped = Grouped(asked, queries=QUERIES)
        for count, groups in ((10, [10]), (2 * SHARED_OUT_MIN, [SHARED_OUT_MIN] * 2), (60, [30, 30])):
            asked.groups.clear()
            asked.may_answer.clear()
            answers = [asyncio.create_task(grouped(n)) for n in range(count)]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert [len(group) for group in asked.groups] == groups
            asked.may_answer.set()
            assert await asyncio.gather(*answers) == list(range(count))

    asyncio.run(story())


def test_while_one_query_runs_another_may() -> None:
    async def story() -> None:
        asked = Asked()
        grouped = Grouped(asked, queries=QUERIES)
        asked.may_answer.clear()
        answers = []
        for n in range(QUERIES + 2):
            answers.append(asyncio.create_task(grouped(n)))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert asked.groups == [[n] for n in range(QUERIES)]
        asked.may_answer.set()
        assert await asyncio.gather(*answers) == list(range(QUERIES + 2))
        assert asked.groups[QUERIES:] == [[QUERIES, QUERIES + 1]]

    asyncio.run(story())


def test_a_lonely_question_is_asked_at_once() -> None:
    async def story() -> None:
        asked = Asked()
        assert await Grouped(asked)(7) == 7
        assert asked.groups == [[7]]

    asyncio.run(story())


def test_a_question_in_the_very_moment_in_which_the_last_one_was_answered_is_not_forgotten() -> None:
    """Whoever is woken by an answer and asks again does so before the asker's task is known to be done."""

    async def at_once(questions: Sequence[int]) -> list[int]:
        return list(questions)

    async def story() -> None:
        grouped = Grouped(at_once, queries=QUERIES)

        async def ask_on_and_on(n: int) -> None:
            for turn in range(ENOUGH):
                if turn % (n + 2) == 0:
                    await asyncio.sleep(0)
                assert await grouped(turn) == turn

        async with asyncio.timeout(30):
            await asyncio.gather(*(ask_on_and_on(n) for n in range(4)))

    asyncio.run(story())


def test_what_goes_wrong_is_told_to_everybody_who_asked_and_to_nobody_after_them() -> None:
    async def story() -> None:
        async def fails_once(questions: Sequence[int]) -> list[int]:
            if 0 in questions:
                raise OSError
            return list(questions)

        grouped = Grouped(fails_once)
        with pytest.raises(OSError):  # noqa: PT011 - there is nothing more to know about it
            await grouped(0)
        assert await grouped(1) == 1

    asyncio.run(story())


def test_one_who_has_given_up_leaves_the_others_their_answers() -> None:
    async def story() -> None:
        asked = Asked()
        grouped = Grouped(asked)
        asked.may_answer.clear()
        patient, impatient = asyncio.create_task(grouped(1)), asyncio.create_task(grouped(2))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.sleep(0)
        asked.may_answer.set()
        assert await patient == 1

    asyncio.run(story())
