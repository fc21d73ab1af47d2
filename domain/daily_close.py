"""DailyClose: the books of one day as they stood when it was closed, sealed by a digest that holds the day before's."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domain.ids import derived_id
from domain.refusal import Refusal
from domain.root import FirstEvent, Root

# Accounts that are 0 when everything Stripe said has been understood (domain.md, "Chart of accounts and postings").
CLEARING: Final = "stripe.clearing"
SUSPENSE: Final = "suspense"


class DayNotOver(Refusal):
    """A day can be closed when it is over in the platform's time zone."""


class DayBeforeOpen(Refusal):
    """Days are closed one after the other: the day before this one is not closed, or the books had not begun."""


@dataclass(frozen=True, slots=True)
class AccountTotal:
    """Everything that one account had moved in one currency."""

    account: str
    currency: str
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The newest comparison with Stripe that had finished: its run, and how many balance transactions agreed or not."""

    run_id: UUID
    matched: int
    ours_only: int
    theirs_only: int
    different: int

    @property
    def open_differences(self) -> int:
        return self.ours_only + self.theirs_only + self.different


@dataclass(frozen=True, slots=True)
class Standing:
    """The books up to and including `position` of the log, with what had taken effect before the end of a day."""

    position: int
    totals: tuple[AccountTotal, ...]
    comparison: Comparison | None

    def is_zero(self, account: str) -> bool:
        """In every currency."""
        return all(t.debit_minor == t.credit_minor for t in self.totals if t.account == account)


def daily_close_id(day: date) -> UUID:
    return derived_id("daily_close", day)


def digest_of(day: date, time_zone: str, cutoff: datetime, standing: Standing, previous: str | None) -> str:
    """SHA-256 in hex over these facts and the digest of the close before, as JSON in canonical form (RFC 8785).

    Amounts are texts, because JSON has no whole numbers above 2^53; names and texts are all ASCII. An auditor can make
    the same bytes from `GET /finance/closes/{day}` (ADR 0020).
    """
    comparison = standing.comparison
    facts: dict[str, Any] = {
        "clearing_is_zero": standing.is_zero(CLEARING),
        "cutoff": cutoff.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "day": day.isoformat(),
        "position": standing.position,
        "previous": previous,
        "reconciliation": comparison
        and {
            "different": comparison.different,
            "matched": comparison.matched,
            "ours_only": comparison.ours_only,
            "run_id": str(comparison.run_id),
            "theirs_only": comparison.theirs_only,
        },
        "suspense_is_zero": standing.is_zero(SUSPENSE),
        "time_zone": time_zone,
        "totals": [[t.account, t.currency, str(t.debit_minor), str(t.credit_minor)] for t in standing.totals],
    }
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


class DailyClose(Root):
    """One day's books. What takes effect on it or before, and is recorded behind `position`, is late."""

    TOPIC = "books"

    def __init__(self) -> None:
        self.day = date.min
        self.time_zone = ""
        self.cutoff = datetime.min.replace(tzinfo=UTC)
        self.standing = Standing(0, (), None)
        self.previous: str | None = None
        self.digest = ""

    @classmethod
    def close(
        cls,
        day: date,
        *,
        today: date,
        time_zone: str,
        cutoff: datetime,
        standing: Standing,
        before: DailyClose | None,
        is_first: bool,
        now: datetime,
    ) -> DailyClose:
        """Seal the books of `day`, which ends at the instant `cutoff`; `before` is the close of the day before.

        Raises DayNotOver, and DayBeforeOpen unless there is one or the books begin on this day (`is_first`); also when
        `standing` was read while the day before was still open.
        """
        if day >= today:
            raise DayNotOver
        if not is_first and (before is None or before.standing.position > standing.position):
            raise DayBeforeOpen
        assert before is None or before.day + timedelta(days=1) == day
        previous = before.digest if before else None
        return cls.begin(
            cls.Closed,
            stream_id=daily_close_id(day),
            now=now,
            day=day,
            time_zone=time_zone,
            cutoff=cutoff,
            standing=standing,
            clearing_is_zero=standing.is_zero(CLEARING),
            suspense_is_zero=standing.is_zero(SUSPENSE),
            previous=previous,
            digest=digest_of(day, time_zone, cutoff, standing, previous),
        )

    class Closed(FirstEvent):
        """The books of this day are sealed: what comes later is late."""

        TOPIC = "books.closed"
        day: date
        time_zone: str
        cutoff: datetime
        standing: Standing
        clearing_is_zero: bool
        suspense_is_zero: bool
        previous: str | None
        digest: str

        def apply(self, aggregate: DailyClose) -> None:
            aggregate.day = self.day
            aggregate.time_zone = self.time_zone
            aggregate.cutoff = self.cutoff
            aggregate.standing = self.standing
            aggregate.previous = self.previous
            aggregate.digest = self.digest
