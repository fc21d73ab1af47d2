"""The bench runs from one end to the other; what it measures in so short a time means nothing."""

import json
import subprocess
import sys
from pathlib import Path


def test_a_quick_run_prints_a_table_and_keeps_its_figures(tmp_path: Path) -> None:
    kept = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "append", "payouts", "--out", str(kept)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    assert "library's recorder" in done.stdout
    figures = json.loads(kept.read_text())
    assert set(figures) == {
        "append_32_vs_library",
        "append_32_vs_pgbench_row",
        "append_1_vs_library",
        "payout_run_us_per_line",
        "payout_run_peak_mb",
        "payout_run_growth",
        "payout_run_peak_growth",
        "statement_p99_ms",
        "trial_balance_p99_ms",
    }
    assert all(figure > 0 for figure in figures.values())
