"""Alternating rounds: contestants take turns, so that what slows the machine slows all of them alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Rates = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some rounds, and the lowest and the highest of them."""

    median: float
    lowest: float
    highest: float


def alternate(contestants: Mapping[str, Callable[[], float]], rounds: int) -> Rates:
    """What each contestant measured in each round. Every second round goes backwards, so that nobody is always last."""
    rates: Rates = {name: [] for name in contestants}
    for number in range(rounds):
        names = list(contestants)
        for name in names if number % 2 == 0 else reversed(names):
            rates[name].append(contestants[name]())
    return rates


def spread(values: Sequence[float]) -> Spread:
    return Spread(median(values), min(values), max(values))


def ratio(over: Sequence[float], under: Sequence[float]) -> Spread:
    """The ratio within each round, then their median: a round that was slow for both says as much as a fast one."""
    return spread([a / b for a, b in zip(over, under, strict=True)])


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(int(rank), 1) - 1]
