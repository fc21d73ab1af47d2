"""One event of Stripe, read from a webhook's body and put into the inbox once, however often it is delivered."""

import msgspec

from api.edge import Edge
from infrastructure.stripe_inbox import STORE, StripeNews, stored_as


class _Object(msgspec.Struct):
    id: str = ""


class _Payload(msgspec.Struct):
    object: _Object


class _Event(msgspec.Struct):
    """A snapshot event carries the object as it was; a thin one only names it, and in `context` whose it is."""

    id: str
    type: str
    livemode: bool
    data: _Payload | None = None
    related_object: _Object | None = None
    account: str | None = None
    context: str | None = None


def read_news(payload: bytes) -> StripeNews | None:
    """None if this is no event of Stripe."""
    try:
        event = msgspec.json.decode(payload, type=_Event)
    except (msgspec.MsgspecError, RecursionError):
        return None
    thing = event.data.object if event.data else event.related_object
    if thing is None or not event.id:
        return None
    account = event.account or event.context
    if any(len(word) > 255 or "\x00" in word for word in (event.id, event.type, thing.id, account or "")):
        return None
    return StripeNews(event.id, event.type.removeprefix("v1."), thing.id, account, event.livemode)


async def store_news(edge: Edge, news: StripeNews) -> None:
    """Stored when this returns; the same event again changes nothing."""
    async with edge.house.reads.connection() as connection:
        await connection.execute(STORE, stored_as(news))
