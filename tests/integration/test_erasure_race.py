"""Erasing somebody at the moment at which they book or are booked: one of the two is refused, whoever is faster."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import cast
from uuid import UUID, uuid4

import pytest

from api.edge import Edge
from commands.append import Append, Committed, Erasing, NotQuiet
from domain.account import Account, AccountErased
from domain.root import Event, Root
from domain.vendor import Vendor
from infrastructure.tokens import Claims
from tests.integration.appends import T0, LogOnTheBench, append, log_on_the_bench
from tests.integration.conftest import Http
from tests.integration.journey import Journey, registered
from tests.integration.world import FOLLOWED, running, world_on


def events_of(aggregate: Root) -> tuple[Event, ...]:
    return cast("tuple[Event, ...]", tuple(aggregate.collect_events()))


def person(bench: LogOnTheBench) -> tuple[Account, int]:
    """Somebody new, and the position up to which nothing of theirs is open."""
    account = Account.register(account_id=uuid4(), role="vendor", sealed={}, password_sealed="", now=T0)
    return account, bench.commit(*events_of(account)).position


def erasure(account: Account, asked_at: int | None) -> Append:
    account.erase((), now=T0)
    return append(*events_of(account), erasing=Erasing(account.id, asked_at))


def begun_with(account_id: UUID) -> Append:
    """Something that names the account and needs it, as a hold does."""
    begun = Vendor.begin(Vendor.Enrolled, stream_id=uuid4(), now=T0, vendor_id=account_id)
    return append(*events_of(begun), needs=(uuid4(), account_id))


def test_what_needs_somebody_is_refused_once_they_are_erased(bench: LogOnTheBench) -> None:
    account, asked_at = person(bench)
    bench.loop.run(bench.log.commit(erasure(account, asked_at)))
    before = bench.everything()
    with pytest.raises(AccountErased):
        bench.loop.run(bench.log.commit(begun_with(account.id)))
    assert bench.everything() == before
    bench.loop.run(bench.log.commit(begun_with(person(bench)[0].id)))


def test_nobody_is_erased_of_whom_there_is_news_but_news_of_others_does_not_matter(bench: LogOnTheBench) -> None:
    (account, asked_at), (other, _) = person(bench), person(bench)
    bench.loop.run(bench.log.commit(begun_with(account.id)))
    with pytest.raises(NotQuiet):
        bench.loop.run(bench.log.commit(erasure(account, asked_at)))
    assert bench.loop.run(bench.log.commit(erasure(other, asked_at + 1)))


@pytest.mark.parametrize("erased_first", [True, False])
def test_of_two_that_wait_for_one_batch_one_is_refused(bench: LogOnTheBench, *, erased_first: bool) -> None:
    for _ in range(10):
        account, asked_at = person(bench)
        wanted = [erasure(account, asked_at), begun_with(account.id)]
        wanted = wanted if erased_first else wanted[::-1]
        first, second = bench.together(*((lambda one=one: bench.log.commit(one)) for one in wanted))
        assert isinstance(first, Committed)
        assert isinstance(second, AccountErased if erased_first else NotQuiet)


def test_of_two_processes_one_is_refused(bench: LogOnTheBench, database_url: str) -> None:
    with log_on_the_bench(database_url) as elsewhere, ThreadPoolExecutor(2) as both:
        for _ in range(40):
            account, asked_at = person(bench)
            erased = both.submit(elsewhere.loop.run, elsewhere.log.commit(erasure(account, asked_at)))
            begun = both.submit(bench.loop.run, bench.log.commit(begun_with(account.id)))
            refused = {type(erased.exception()), type(begun.exception())}
            assert refused in ({type(None), AccountErased}, {NotQuiet, type(None)})


@pytest.mark.anyio
async def test_over_http_nobody_who_is_erased_has_a_trip_ahead(http: Http) -> None:
    """Erased and booking at once, again and again: whoever is erased has no booking, who has one is not erased."""
    assert http.settings.database_url is not None
    edge: Edge = http.app.state.edge
    told = set()
    with world_on(http.settings.database_url, http.settings.home) as world:
        journey = await asyncio.to_thread(Journey, world)
        trip = {
            "listing_id": str(journey.listing_id),
            "starts_at": journey.starts_at.isoformat(),
            "quantity": 1,
        }
        with running(world.url, *FOLLOWED, listen=True):
            for _ in range(15):
                ada = (await asyncio.to_thread(registered, world, "traveller")).account_id
                assert ada is not None
                session = await edge.sessions.open(ada, "traveller")
                http.tokens["ada"] = edge.tokens.access(Claims(ada, "traveller", session.session_id))
                erased, held = await asyncio.gather(
                    http("DELETE", "/users/me", "ada"), http("POST", "/bookings", "ada", json=trip)
                )
                told.add((erased.status_code, held.status_code))
    assert told <= {(204, 401), (204, 409), (409, 201)}, told
