"""One event of Stripe, read from a webhook's body and put on the task board once, however often it is delivered."""

from dataclasses import dataclass

import msgspec
from psycopg.types.json import Jsonb

from api.edge import Edge
from domain.ids import derived_id


class _Object(msgspec.Struct):
    id: str = ""


class _Payload(msgspec.Struct):
    object: _Object


class _Event(msgspec.Struct):
    id: str
    type: str
    data: _Payload
    livemode: bool
    account: str | None = None


@dataclass(frozen=True, slots=True)
class StripeNews:
    event_id: str
    type: str
    object_id: str
    account: str | None
    livemode: bool


def read_news(payload: bytes) -> StripeNews | None:
    """None if this is no event of Stripe. Ids and names only: the object is fetched when the news is acted on."""
    try:
        event = msgspec.json.decode(payload, type=_Event)
    except (msgspec.MsgspecError, RecursionError):
        return None
    words = (event.id, event.type, event.data.object.id, event.account or "")
    if not event.id or any(len(word) > 255 or "\x00" in word for word in words):
        return None
    return StripeNews(event.id, event.type, event.data.object.id, event.account, event.livemode)


async def store_news(edge: Edge, news: StripeNews) -> None:
    """Stored when this returns; the same event again changes nothing."""
    arguments = {
        "event_id": news.event_id,
        "type": news.type,
        "object_id": news.object_id,
        "account": news.account,
    }
    async with edge.house.reads.connection() as connection:
        await connection.execute(
            "INSERT INTO board.task (task_id, kind, arguments) VALUES (%s, 'stripe_news', %s) ON CONFLICT DO NOTHING",
            (derived_id("stripe_event", news.event_id), Jsonb(arguments)),
        )
