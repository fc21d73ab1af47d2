"""The house's own settings that decisions depend on, given as data and frozen into events where they matter."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from domain.money import exponent


@dataclass(frozen=True, slots=True)
class Policy:
    """`commission_bp`: the platform's share in basis points. `holds_max`: unpaid bookings that a traveller may have.

    `refund_limit`: what one person may give back at once, in whole units of the payment's currency, whichever it is.
    The rest are lengths of time on the business clock.
    """

    commission_bp: int = 2_000
    hold_for: timedelta = timedelta(minutes=15)
    holds_max: int = 10
    payment_grace: timedelta = timedelta(minutes=15)
    settlement_delay: timedelta = timedelta(hours=48)
    refund_limit: Decimal = Decimal("500.00")

    def refund_limit_minor(self, currency: str) -> int:
        """The same in minor units of a currency. Raises UnsupportedCurrency."""
        return int(self.refund_limit.scaleb(exponent(currency)))
