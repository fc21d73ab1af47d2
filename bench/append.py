"""Appends a second at 1, 8 and 32 writers: ready events alone, and through the whole write path."""

from collections.abc import Callable
from functools import partial

from bench.library import library
from bench.makings import bare
from bench.ours import ours
from bench.part import Part, Row, rows_of
from bench.pgbench import pgbench
from bench.place import Place
from bench.rounds import alternate, ratio
from bench.scale import Scale

Contestants = dict[str, Callable[[], float]]

READY = "ready events, ours"
WHOLE = "whole write path, ours"
RECORDER = "ready events, library's recorder"
SAVE = "whole write path, library's save"
ROW = "pgbench, a row an INSERT"
BATCH = "pgbench, 32 rows an INSERT"


def measure(place: Place, scale: Scale) -> Part:
    url, peers = place.migrated("append"), place.empty("append_peers")
    rows: list[Row] = []
    figures: dict[str, float] = {}
    bench = pgbench(place, peers)
    with ours(url) as we, library(peers) as they:
        for writers in scale.writers:
            ready: Contestants = {
                READY: partial(we.appends_per_s, bare, writers, scale.seconds),
                RECORDER: partial(they.appends_per_s, writers, scale.seconds),
                ROW: partial(bench.rows_per_s, 1, writers, scale.seconds),
                BATCH: partial(bench.rows_per_s, 32, writers, scale.seconds),
            }
            whole: Contestants = {
                WHOLE: partial(we.commands_per_s, writers, scale.seconds),
                SAVE: partial(they.saves_per_s, writers, scale.seconds),
            }
            for warm_up in (ready[READY], ready[RECORDER], *whole.values()):
                warm_up()
            rates = alternate(ready | whole, scale.rounds)
            label = f"{writers:2} writers: "
            rows += rows_of({name: rates[name] for name in ready}, READY, label)
            rows += rows_of({name: rates[name] for name in whole}, WHOLE, label)
            if writers in {1, 32}:
                figures[f"append_{writers}_vs_library"] = ratio(rates[READY], rates[RECORDER]).median
            if writers == 32:
                figures["append_32_vs_pgbench_row"] = ratio(rates[READY], rates[ROW]).median
    return Part(
        "Append", "appends/s", rows, figures, ("Every commit durable; the same 250 bytes of state everywhere.",)
    )
