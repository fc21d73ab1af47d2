"""Recomputes every daily close from the log: totals, the comparison it names, its digest, its place in the chain."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from domain.daily_close import AccountTotal, Comparison, DailyClose, Standing, digest_of
from domain.postings import POSTING_EVENTS, posting_of
from domain.reconciliation import Reconciliation
from domain.root import Event
from infrastructure.event_log import head_of
from infrastructure.log_tail import event_of, read_next
from infrastructure.replay import CannotReplay

_BATCH_MAX: Final = 8_000
_READ: Final = (*(event.TOPIC for event in POSTING_EVENTS), Reconciliation.Finished.TOPIC)

Totals = Counter[tuple[str, str, str]]


def compare_closes(database: Connection[TupleRow]) -> list[str]:
    """What is wrong with each close, in the order of the days; nothing if the log says what they say."""
    try:
        return _compared(database)
    except CannotReplay as error:
        return [f"closes cannot be recomputed: {error}"]


def _compared(database: Connection[TupleRow]) -> list[str]:
    head = head_of(database)
    closes = [e for _, e in _events(database, head, (DailyClose.Closed.TOPIC,)) if isinstance(e, DailyClose.Closed)]
    if not closes:
        return []
    found = _chain(closes)
    books = _Books([close.cutoff for close in closes])
    events = _events(database, closes[-1].standing.position, _READ)
    coming = next(events, None)
    for number, close in enumerate(closes):
        while coming is not None and coming[0] <= close.standing.position:
            books.add(coming[1])
            coming = next(events, None)
        found += _differences(close, books.standing(number, close.standing.position))
    return found


def _events(database: Connection[TupleRow], upto: int, topics: tuple[str, ...]) -> Iterator[tuple[int, Event]]:
    position = 0
    while position < upto:
        read = read_next(database, position, upto, topics, _BATCH_MAX)
        for row in read.rows:
            try:
                event = event_of(row)
            except Exception as error:
                raise CannotReplay(f"position {row[0]}: {type(error).__name__}: {error}") from error
            yield row[0], event
        position = read.read_to


class _Books:
    """The books while the log is read: what counts for the next close, and what takes effect behind its day."""

    def __init__(self, cutoffs: list[datetime]) -> None:
        self._cutoffs = cutoffs
        self._by_close: list[Totals] = [Counter() for _ in range(len(cutoffs) + 1)]
        self._counted: Totals = Counter()
        self._asked = -1
        self._comparison: Comparison | None = None

    def add(self, event: Event) -> None:
        if isinstance(event, Reconciliation.Finished):
            counts = (event.matched, event.ours_only, event.theirs_only, event.different)
            self._comparison = Comparison(event.originator_id, *counts)
            return
        posting = posting_of(event)
        at: datetime = getattr(event, "effective_at", event.timestamp)
        number = bisect_right(self._cutoffs, at)
        totals = self._by_close[number] if number > self._asked else self._counted
        for entry in posting.entries if posting else ():
            assert posting is not None
            totals[entry.account, posting.currency, "debit"] += entry.debit_minor
            totals[entry.account, posting.currency, "credit"] += entry.credit_minor

    def standing(self, number: int, position: int) -> Standing:
        """At the close of this number; asked in their order. What is late for a close counts for the next one."""
        for totals in self._by_close[self._asked + 1 : number + 1]:
            self._counted.update(totals)
        self._asked = number
        accounts = sorted({(account, currency) for account, currency, _ in self._counted})
        sums = [AccountTotal(*a, self._counted[*a, "debit"], self._counted[*a, "credit"]) for a in accounts]
        return Standing(position, tuple(t for t in sums if t.debit_minor or t.credit_minor), self._comparison)


def _chain(closes: list[DailyClose.Closed]) -> list[str]:
    found = []
    before: DailyClose.Closed | None = None
    for close in closes:
        if close.digest != digest_of(close.day, close.time_zone, close.cutoff, close.standing, close.previous):
            found.append(f"{close.day} does not have the digest of what it says")
        if close.previous != (before.digest if before else None):
            found.append(f"{close.day} does not hold the digest of the close before")
        if before is not None and close.day != before.day + timedelta(days=1):
            found.append(f"{close.day} was closed after {before.day}")
        before = close
    return found


def _differences(close: DailyClose.Closed, log: Standing) -> list[str]:
    if close.standing == log:
        return []
    sealed, counted = ({(t.account, t.currency): t for t in s.totals} for s in (close.standing, log))
    found = [
        f"{close.day} {' '.join(key)}: closed with {_sides(sealed.get(key))}, the log has {_sides(counted.get(key))}"
        for key in sorted(sealed.keys() | counted.keys())
        if sealed.get(key) != counted.get(key)
    ]
    if close.standing.comparison != log.comparison:
        found.append(f"{close.day} names {close.standing.comparison}, the newest of the log is {log.comparison}")
    return found


def _sides(total: AccountTotal | None) -> str:
    return f"{total.debit_minor}/{total.credit_minor}" if total else "nothing"
