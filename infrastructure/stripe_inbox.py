"""The inbox of Stripe's news: each event is stored once, by Stripe's own id, whichever way it comes."""

from dataclasses import dataclass
from typing import Any, Final, LiteralString

from psycopg.types.json import Jsonb

from domain.ids import derived_id

STORE: Final[LiteralString] = (
    "INSERT INTO board.task (task_id, kind, arguments) VALUES (%s, 'stripe_news', %s) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class StripeNews:
    """One event, ids and names only: the object itself is fetched when the news is acted on.

    `account` is the connected account that it happened to, None for our own.
    """

    event_id: str
    type: str
    object_id: str
    account: str | None
    livemode: bool


def stored_as(news: StripeNews) -> tuple[Any, ...]:
    """The parameters of `STORE`."""
    arguments = {
        "event_id": news.event_id,
        "type": news.type,
        "object_id": news.object_id,
        "account": news.account,
    }
    return derived_id("stripe_event", news.event_id), Jsonb(arguments)
