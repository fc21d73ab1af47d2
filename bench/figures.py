"""The figures that a run is judged by: their names, their goals, and the file that keeps the newest of each."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Goal:
    at_least: float | None = None
    at_most: float | None = None

    def met(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def __str__(self) -> str:
        bounds = [(">=", self.at_least), ("<=", self.at_most)]
        return " and ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)


GOALS: Final[dict[str, Goal]] = {
    "append_32_vs_library": Goal(at_least=15),
    "append_32_vs_pgbench_row": Goal(at_least=1),
    "append_1_vs_library": Goal(at_least=1),
    "append_guarded_vs_bare": Goal(at_most=3),
    "rebuild_vs_library": Goal(at_least=40),
    "rebuild_vs_sql": Goal(at_least=0.3),
    "rebuild_events_per_s": Goal(),
    "append_growth_1m_vs_10k": Goal(at_least=0.8),
    "lag_p99_ms": Goal(at_most=100),
    "hot_hold_vs_sql": Goal(at_least=0.3),
    "hot_hold_p99_ms": Goal(at_most=250),
    "http_hold_vs_flask_crud": Goal(at_least=3),
    "http_hold_vs_fastapi_crud": Goal(at_least=1.2),
    "http_get_vs_fastapi_crud": Goal(at_least=1),
    "search_p99_ms": Goal(at_most=100),
    "verify_events_per_s": Goal(at_least=50_000),
    "seal_events_per_s": Goal(at_least=20_000),
    "seal_vs_append": Goal(at_least=1),
    "proof_p99_ms": Goal(at_most=50),
    "as_of_p99_ms": Goal(at_most=50),
    "payout_run_us_per_line": Goal(),
    "payout_run_peak_mb": Goal(at_most=500),
    "payout_run_growth": Goal(at_most=1.25),
    "payout_run_peak_growth": Goal(at_most=1.25),
    "statement_p99_ms": Goal(at_most=50),
    "trial_balance_p99_ms": Goal(at_most=50),
}


def keep(file: Path, figures: Mapping[str, float], *, merge: bool) -> None:
    """Write the figures; with `merge`, beside those that an earlier run left there."""
    assert set(figures) <= set(GOALS), set(figures) - set(GOALS)
    kept: dict[str, float] = {}
    if merge and file.exists():
        kept = {name: value for name, value in json.loads(file.read_text()).items() if name in GOALS}
    kept.update(figures)
    file.parent.mkdir(parents=True, exist_ok=True)
    ordered = {name: round(kept[name], 3) for name in GOALS if name in kept}
    file.write_text(json.dumps(ordered, indent=2) + "\n")
