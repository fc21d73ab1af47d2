"""What balance transactions of a dispute moved, in the currency in which it is booked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from domain.balance_entry import BalanceEntry


@dataclass(frozen=True, slots=True)
class Moved:
    """`amount_minor` was taken or came back, never below 0; of the fee `fee_minor` was taken or, below 0, came back.

    If Stripe moved it in another currency than `currency`, what the entries say is exchanged, and the fee is theirs.
    """

    amount_minor: int
    fee_minor: int
    currency: str
    entries: tuple[BalanceEntry, ...]

    @property
    def foreign_fee_minor(self) -> int:
        """The fee in the currency of the entries."""
        return sum(entry.fee_minor for entry in self.entries)


def moved(entries: tuple[BalanceEntry, ...], *, currency: str, worth_minor: int) -> Moved:
    """What these moved together; `worth_minor` of `currency` if they are in another, where only Stripe knows rates."""
    settled, fee_minor = entries[0].currency, sum(entry.fee_minor for entry in entries)
    if settled == currency:
        return Moved(abs(sum(entry.gross_minor for entry in entries)), fee_minor, currency, entries)
    return Moved(worth_minor, 0, currency, entries)


def turns(entries: Sequence[BalanceEntry]) -> Iterator[tuple[bool, tuple[BalanceEntry, ...]]]:
    """The entries in Stripe's order, as far as they went the same way: whether they took money, and which they are."""
    for (taken, _), group in groupby(entries, key=lambda entry: (entry.gross_minor < 0, entry.currency)):
        yield taken, tuple(group)
