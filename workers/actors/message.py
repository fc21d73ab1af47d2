"""Tell one person about one event: who that is, what it was about, and the words are all found out at sending."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from domain.root import Event
from infrastructure.letters import Links
from infrastructure.messages.catalogue import BY_KIND, Message
from infrastructure.messages.occasion import Occasion, concerns, occasion_of
from infrastructure.outbox import About
from infrastructure.unsubscribe_links import unsubscribe_link
from workers.actors.argument import uuid_of
from workers.board import Leased
from workers.delivery import deliver, known_to
from workers.hands import Hands


def message(task: Leased, hands: Hands) -> None:
    """Who is not known (any more) is told nothing."""
    what = BY_KIND[str(task.arguments["message"])]
    stream_id = uuid_of(task, "stream_id")
    occasion = occasion_of(partial(_stream, hands), stream_id, int(task.arguments["version"]))
    account = known_to(hands, _recipient(what, occasion))
    if account is None or not concerns(what, occasion):
        return
    booking_id = occasion.booking.id if occasion.booking else None
    about = About(task.task_id, account.id, what.kind, stream_id, booking_id)
    links = Links(unsubscribe=unsubscribe_link(hands.container.settings, account.id, what.group))
    deliver(hands, account, what, about, occasion, links)


def _stream(hands: Hands, stream_id: UUID) -> Sequence[Event]:
    return hands.loop.run(hands.container.log.read((stream_id,))).events[stream_id]


def _recipient(what: Message, occasion: Occasion) -> UUID:
    if what.to == "traveller":
        assert occasion.booking is not None
        return occasion.booking.traveller_id
    vendor_id: UUID | None = getattr(occasion.event, "vendor_id", None)
    if vendor_id is None:
        assert occasion.booking is not None
        vendor_id = occasion.booking.vendor_id
    return vendor_id
