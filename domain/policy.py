"""The house's own settings that decisions depend on, given as data and frozen into events where they matter."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """`commission_bp`: the platform's share in basis points. The rest are lengths of time on the business clock."""

    commission_bp: int = 2_000
    hold_for: timedelta = timedelta(minutes=15)
    payment_grace: timedelta = timedelta(minutes=15)
    settlement_delay: timedelta = timedelta(hours=48)
