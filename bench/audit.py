"""The seal: how fast it is made beside the appends, how fast the whole of it is checked, and how long a proof takes."""

import asyncio
import time
from random import Random

from psycopg import Connection
from psycopg.rows import TupleRow

from bench.journeys import EVENTS_A_BOOKING, fill, multiply
from bench.makings import bare
from bench.ours import ours
from bench.part import Part, Row
from bench.place import Place, superuser
from bench.rounds import percentile, ratio, spread
from bench.scale import Scale
from infrastructure.audit.keys import SealKeys
from infrastructure.audit.merkle import inclusion
from infrastructure.audit.sealer import Sealer
from infrastructure.audit.tiles import TILES, roots, tiles_of
from infrastructure.audit.verify import verify
from infrastructure.database import KEPT_PLANS, async_pool, connect
from infrastructure.log_tail import known_topics
from infrastructure.settings import load_settings
from queries.seal import kept_tiles

FILLED_BY_COPY_MAX = 200_000
PROOFS = 2_000
WRITERS = 32


def measure(place: Place, scale: Scale) -> Part:
    events = scale.growth_events[-1]
    url = place.migrated("audit")
    keys = SealKeys.of(load_settings({}, home=place.folder / "home", database_url=url))
    with superuser(url) as owner, connect(url, name="bench-seal", options=KEPT_PLANS) as own:
        _fill(owner, events)
        sealed_per_s = _sealed_per_s(own, keys)
        verified: list[float] = []
        for _ in range(scale.rounds):
            verdict = verify(owner, keys.believed, known_topics())
            assert verdict.holds, verdict.found
            verified.append(verdict.checked / verdict.seconds)
        proofs_ms = asyncio.run(_proofs_ms(url, events, min(PROOFS, events)))
        with ours(url) as we:
            appended, sealed = [], []
            for _ in range(scale.rounds):
                appended.append(we.appends_per_s(bare, WRITERS, scale.seconds))
                sealed.append(_sealed_per_s(own, keys))
    p99 = percentile(proofs_ms, 99)
    rows = [
        Row(f"seal a log of {events:,}", spread([sealed_per_s]), None),
        Row("seal, behind 32 writers", spread(sealed), None),
        Row("append, 32 writers", spread(appended), ratio(sealed, appended)),
        Row(f"verify {events:,}, one process", spread(verified), None),
    ]
    figures = {
        "verify_events_per_s": spread(verified).median,
        "seal_events_per_s": spread(sealed).median,
        "seal_vs_append": ratio(sealed, appended).median,
        "proof_p99_ms": p99,
    }
    note = f"An inclusion proof: median {percentile(proofs_ms, 50):.1f} ms, p99 {p99:.1f} ms, at {events:,} events."
    return Part("Seal", "events/s", rows, figures, (note, "A clean log: not one false alarm."))


def _fill(owner: Connection[TupleRow], events: int) -> None:
    fill(owner, min(events, FILLED_BY_COPY_MAX) // EVENTS_A_BOOKING)
    multiply(owner, events)
    # Copies have the instants of their originals, which would be found to be back-dated.
    owner.execute("UPDATE log.events SET recorded_at = timestamptz '2026-01-01' + notification_id * interval '1 ms'")
    owner.execute("VACUUM ANALYZE log.events")


def _sealed_per_s(own: Connection[TupleRow], keys: SealKeys) -> float:
    """From where the seal is to the end of the log."""
    sealer = Sealer(own, keys)
    before, begun = sealer.position, time.perf_counter()
    while sealer.step():
        pass
    return (sealer.position - before) / (time.perf_counter() - begun)


async def _proofs_ms(url: str, events: int, count: int) -> list[float]:
    """Of random events in the tree of all of them, one after the other, as the API computes them."""
    taken: list[float] = []
    random = Random(9)  # noqa: S311 - which events are asked for is no secret
    async with async_pool(url, name="bench-proofs", most=1) as pool:
        for _ in range(count):
            path = inclusion(random.randrange(events), events)
            begun = time.perf_counter()
            async with pool.connection() as connection:
                roots(path, await kept_tiles(connection, TILES, tiles_of(path)))
            taken.append((time.perf_counter() - begun) * 1_000)
    return taken
