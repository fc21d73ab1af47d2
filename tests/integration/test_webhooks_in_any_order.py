"""Every webhook of a year's history, delivered one to five times and in any order, gives the same ledger hash."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

from pydantic import SecretStr

from infrastructure.embedded.postgres import PostgresServer
from infrastructure.invariants import check
from tests.integration.servers import StripeSandbox, own_database
from tests.integration.world import superuser, world_on
from tests.integration.year import SECRET, Letterbox, Postman, Year, hash_of

SEEDS = (1, 2)
EVENTS_MIN = 60


@contextmanager
def told(cluster: PostgresServer, folder: Path, sandbox: StripeSandbox, seed: int | None) -> Iterator[Year]:
    """The year on a database of its own; `seed` None is the honest postman."""
    folder.mkdir()
    with own_database(cluster) as url, world_on(url, folder, stripe=sandbox.url) as world:
        settings = world.settings.model_copy(update={"stripe_webhook_secret": SecretStr(SECRET)})
        with closing(Letterbox(settings)) as letterbox:
            random = None if seed is None else Random(seed)  # noqa: S311 - chance that can be repeated, not secrets
            year = Year(world, sandbox, Postman(sandbox, letterbox, random), random)
            year.postman.begin()
            year.tell()
            yield year


def test_the_books_are_the_same_however_the_webhooks_come(
    cluster: PostgresServer, tmp_path: Path, stripe_sandbox: StripeSandbox, record_property: Callable[..., None]
) -> None:
    found = {}
    for seed in (None, *SEEDS):
        with told(cluster, tmp_path / f"year-{seed}", stripe_sandbox, seed) as year:
            found[seed] = year.books()
            assert len(year.postman.known) >= EVENTS_MIN
            assert (year.postman.delivered > 2 * len(year.postman.known)) is (seed is not None)
            with superuser(year.world.url) as database:
                assert [c for finding in check(database) for c in finding.contradictions] == []
            record_property(f"seed {seed}", f"{len(year.postman.known)} events, {year.postman.delivered} deliveries")
        stripe_sandbox.heal()
    for seed in SEEDS:
        assert found[seed] == found[None], seed
        assert hash_of(found[seed]) == hash_of(found[None])
