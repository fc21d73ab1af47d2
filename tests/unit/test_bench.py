"""The arithmetic of the bench, and the names of its figures. How fast anything is, is no test."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.figures import GOALS, Goal, keep
from bench.journeys import EVENTS_A_BOOKING, held
from bench.makings import life_of_a_listing, ready_state
from bench.part import rows_of
from bench.pgbench import transactions_per_s
from bench.rounds import Spread, alternate, percentile, ratio

CONTRACT = {
    "append_32_vs_library",
    "append_32_vs_pgbench_row",
    "append_1_vs_library",
    "append_guarded_vs_bare",
    "rebuild_vs_library",
    "rebuild_vs_sql",
    "rebuild_events_per_s",
    "append_growth_1m_vs_10k",
    "lag_p99_ms",
    "hot_hold_vs_sql",
    "hot_hold_p99_ms",
    "http_hold_vs_flask_crud",
    "http_hold_vs_fastapi_crud",
    "http_get_vs_fastapi_crud",
    "search_p99_ms",
    "verify_events_per_s",
    "seal_events_per_s",
    "seal_vs_append",
    "proof_p99_ms",
    "as_of_p99_ms",
    "payout_run_us_per_line",
    "payout_run_peak_mb",
    "payout_run_growth",
    "payout_run_peak_growth",
    "statement_p99_ms",
    "trial_balance_p99_ms",
}


def test_the_figures_have_the_names_of_the_contract() -> None:
    assert set(GOALS) == CONTRACT


def test_contestants_take_turns_and_every_second_round_goes_backwards() -> None:
    order: list[str] = []

    def contestant(name: str, rate: float) -> Callable[[], float]:
        def measure() -> float:
            order.append(name)
            return rate

        return measure

    rates = alternate({"one": contestant("one", 1), "other": contestant("other", 2)}, 3)
    assert order == ["one", "other", "other", "one", "one", "other"]
    assert rates == {"one": [1, 1, 1], "other": [2, 2, 2]}


def test_a_ratio_is_taken_within_each_round_and_then_the_median() -> None:
    assert ratio([10, 100, 40], [10, 50, 10]) == Spread(2, 1, 4)


def test_rounds_that_do_not_match_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio([1, 2], [1])


def test_we_are_not_compared_with_ourselves() -> None:
    us, them = rows_of({"us": [4.0, 6.0, 5.0], "them": [2.0, 2.0, 2.0]}, "us")
    assert (us.rates, us.ratio) == (Spread(5, 4, 6), None)
    assert them.ratio == Spread(2.5, 2, 3)


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (99, 99), (100, 100), (1, 1), (0, 1), (99.5, 100)])
def test_a_percentile_is_the_value_that_so_many_do_not_exceed(percent: float, value: float) -> None:
    assert percentile(range(1, 101), percent) == value


def test_one_part_leaves_the_figures_of_the_others(tmp_path: Path) -> None:
    file = tmp_path / "results" / "latest.json"
    keep(file, {"lag_p99_ms": 12.3456, "rebuild_vs_sql": 0.5}, merge=False)
    keep(file, {"rebuild_vs_sql": 0.25}, merge=True)
    assert json.loads(file.read_text()) == {"rebuild_vs_sql": 0.25, "lag_p99_ms": 12.346}


def test_a_whole_run_forgets_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "latest.json"
    keep(file, {"lag_p99_ms": 12}, merge=False)
    keep(file, {"rebuild_vs_sql": 0.25}, merge=False)
    assert json.loads(file.read_text()) == {"rebuild_vs_sql": 0.25}


def test_a_figure_that_nobody_knows_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        keep(tmp_path / "latest.json", {"append_33_vs_library": 1}, merge=True)


def test_a_goal_is_met_at_its_bound() -> None:
    assert Goal(at_least=15).met(15)
    assert not Goal(at_least=15).met(14.9)
    assert Goal(at_most=3).met(3)
    assert not Goal(at_most=3).met(3.1)
    assert Goal().met(0)


def test_the_rate_of_pgbench_is_the_one_without_connecting() -> None:
    said = (
        "latency average = 0.2 ms\ninitial connection time = 1.0 ms\ntps = 4515.25 (without initial connection time)\n"
    )
    assert transactions_per_s(said) == pytest.approx(4515.25)


def test_what_is_written_is_as_large_as_it_is_said_to_be() -> None:
    assert 240 <= len(ready_state()) <= 270


def test_the_story_is_eight_commands_and_a_booking_is_ten_events() -> None:
    assert len(list(life_of_a_listing())) == 8
    assert (held().originator_version, EVENTS_A_BOOKING) == (1, 10)
