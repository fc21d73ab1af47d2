"""`python -m bench [PART ...]`: measure, print, and keep the figures."""

import argparse
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Final

from rich.console import Console

from bench.figures import keep
from bench.part import Part
from bench.place import place
from bench.scale import FULL, QUICK
from bench.table import show, show_figures

PARTS: Final = ("append", "guarded", "rebuild", "growth", "lag", "holds", "http", "search", "payouts", "audit", "as_of")
RESULTS: Final = Path(__file__).parent / "results"


def main() -> None:
    asked = _arguments()
    console = Console(soft_wrap=False, width=None if sys.stdout.isatty() else 130)
    scale = QUICK if asked.quick else FULL
    results = asked.out or RESULTS / ("quick.json" if asked.quick else "latest.json")
    figures: dict[str, float] = {}
    for name in asked.parts or PARTS:
        begun = time.monotonic()
        with place() as there:
            # Imported by itself, so that one part can be run while another one's subject is being rebuilt.
            part: Part = import_module(f"bench.{name}").measure(there, scale)
        show(console, part)
        console.print(f"{name}: {time.monotonic() - begun:.0f} s\n")
        figures |= part.figures
        keep(results, part.figures, merge=bool(asked.parts) or len(figures) > len(part.figures))
    show_figures(console, figures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=f"any of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="a smoke run: too short for its figures to mean anything")
    parser.add_argument("--out", type=Path, help="where the figures are kept, instead of bench/results/latest.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
