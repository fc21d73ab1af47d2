"""All lives, and all that was asked in them: done once, for whoever looks at it."""

from functools import cache

from tests.unit.lives import account, booking, closing, dispute, listing, payment, payout, webhook_endpoint
from tests.unit.lives.life import Asked, Life, ask_everything

LIVES: tuple[Life, ...] = (
    *listing.LIVES,
    *booking.LIVES,
    *payment.LIVES,
    *dispute.LIVES,
    *payout.LIVES,
    *account.LIVES,
    *webhook_endpoint.LIVES,
    *closing.LIVES,
)


@cache
def asked_in(title: str) -> tuple[Asked, ...]:
    """The life of this title."""
    (life,) = (life for life in LIVES if life.title == title)
    return tuple(ask_everything(life))
