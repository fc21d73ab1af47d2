"""What the guards cost: an append with a capacity claim and an idempotency record beside a bare one, at 32 writers."""

from itertools import cycle

from bench.makings import bare, guarded, opened, with_claim, with_key
from bench.ours import ours
from bench.part import Part, rows_of
from bench.place import Place
from bench.rounds import alternate, ratio
from bench.scale import Scale
from infrastructure.new_id import new_id

LISTINGS = 200
WRITERS = 32
BARE = "bare"
BOTH = "claim and idempotency record"


def measure(place: Place, scale: Scale) -> Part:
    with ours(place.migrated("guarded")) as we:
        listings = [new_id() for _ in range(LISTINGS)]
        for listing_id in listings:
            we.run(we.log.commit(opened(listing_id)))
        turns = cycle(listings)
        contestants = {
            BARE: lambda: we.appends_per_s(bare, WRITERS, scale.seconds),
            "idempotency record": lambda: we.appends_per_s(with_key, WRITERS, scale.seconds),
            "claim": lambda: we.appends_per_s(lambda: with_claim(next(turns)), WRITERS, scale.seconds),
            BOTH: lambda: we.appends_per_s(lambda: guarded(next(turns)), WRITERS, scale.seconds),
        }
        contestants[BARE]()
        rates = alternate(contestants, scale.rounds)
    figures = {"append_guarded_vs_bare": ratio(rates[BARE], rates[BOTH]).median}
    notes = (
        f"{WRITERS} writers, {LISTINGS} listings with one departure each; ours / it is how often longer it takes.",
    )
    return Part("Guarded append", "appends/s", rows_of(rates, BARE), figures, notes)
