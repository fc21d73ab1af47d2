"""The one way every message leaves: by the channels that its recipient wants, each once, at worst twice, never zero.

Each channel of a message has a row that says what became of it, so an outage of one does not repeat the others.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from domain.account import Account
from domain.preferences import Channel, is_wanted
from domain.root import replay
from infrastructure import local_mailbox, outbox
from infrastructure.known_account import KnownAccount, known
from infrastructure.letters import Letter, Links
from infrastructure.local_mailbox import Kept
from infrastructure.messages.catalogue import Message
from infrastructure.messages.letter import written
from infrastructure.messages.occasion import Occasion
from infrastructure.outbox import About
from infrastructure.post import Addressed, send_by_smtp
from infrastructure.provider import AddressDead, MessageRefused, ProviderAway
from infrastructure.push import Subscription, send_push
from infrastructure.sms import send_by_twilio
from infrastructure.vault import Place, Vault
from workers.hands import Hands, NotYet

T = TypeVar("T")

# The sandbox's clock may be moved past the end of somebody's quiet hours at any moment.
SANDBOX_LOOKS_AGAIN_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message on its way to one person. Nothing of it may be written to a log, a task or an error."""

    hands: Hands
    account: KnownAccount
    message: Message
    about: About
    letter: Letter = field(repr=False)
    links: Links = field(repr=False)

    def mailbox(self, channel: Channel, kept: Kept) -> None:
        with self.hands.pool.connection() as connection:
            about, message_id = self.about, self.about.message_id(channel)
            local_mailbox.keep(connection, self.account.key, message_id, about.account_id, about.kind, channel, kept)


def known_to(hands: Hands, account_id: UUID) -> KnownAccount | None:
    """The account with its key, or None if there is none or it was erased."""
    found = replay(hands.loop.run(hands.container.log.read((account_id,))).events[account_id])
    with hands.pool.connection() as connection:
        row = connection.execute(
            "SELECT wrapped_key FROM people.identity WHERE account_id = %s", (account_id,)
        ).fetchone()
    if row is None or not isinstance(found, Account) or found.status == "erased":
        return None
    return known(hands.container.vault, found, row[0])


def deliver(
    hands: Hands, account: KnownAccount, message: Message, about: About, occasion: Occasion, links: Links
) -> None:
    """Raises NotYet in quiet hours, ProviderAway and MessageRefused after every channel was tried."""
    with hands.pool.connection() as connection:
        wanted = [channel for channel in message.channels if _reaches(hands, account, message, channel)]
        outbox.dropped(connection, about, [channel for channel in message.channels if channel not in wanted])
        left = outbox.opened(connection, about, wanted)
    if left and not message.urgent:
        _wait_out_the_quiet(hands, account.account, about, left)
    words = written(message.kind, account.must_read("full_name"), account.read("locale"), occasion, links)
    parcel = Parcel(hands, account, message, about, words, links)
    troubles = [trouble for channel in left if (trouble := _sent(parcel, channel)) is not None]
    for trouble in sorted(troubles, key=lambda trouble: isinstance(trouble, MessageRefused)):
        raise trouble


def _reaches(hands: Hands, account: KnownAccount, message: Message, channel: Channel) -> bool:
    """Whether it is wanted by this channel, and there is an address to send it to."""
    if not is_wanted(account.account.preferences, message.group, channel):
        return False
    if channel == "sms":
        return _number(account) is not None
    if channel == "push":
        with hands.pool.connection() as connection:
            return bool(outbox.subscriptions(connection, account.id))
    return True


def _wait_out_the_quiet(hands: Hands, account: Account, about: About, channels: list[Channel]) -> None:
    now = _business_now(hands)
    until = account.quiet_hours.until(now) if account.quiet_hours else None
    if until is None:
        return
    with hands.pool.connection() as connection:
        for channel in channels:
            outbox.noted(connection, about, channel, "quiet")
    after_s = (until - now).total_seconds()
    sandbox = hands.container.settings.sandbox
    raise NotYet(min(after_s, SANDBOX_LOOKS_AGAIN_S) if sandbox else after_s, "quiet hours")


def _business_now(hands: Hands) -> datetime:
    with hands.pool.connection() as connection:
        row = connection.execute("SELECT ops.business_now()").fetchone()
    assert row is not None
    now: datetime = row[0]
    return now


def _sent(parcel: Parcel, channel: Channel) -> ProviderAway | MessageRefused | None:
    """Send it and write that down; what went wrong with the provider, if anything did."""
    try:
        provider_id = _SENDERS[channel](parcel)
    except AddressDead:
        with parcel.hands.pool.connection() as connection:
            outbox.noted(connection, parcel.about, channel, "bounced")
        return None
    except (ProviderAway, MessageRefused) as trouble:
        return trouble
    with parcel.hands.pool.connection() as connection:
        outbox.noted(connection, parcel.about, channel, "sent", provider_id)
    return None


def post(hands: Hands, account: KnownAccount, mail: Addressed) -> None:
    """Mail to somebody with an account here, by the server or into the mailbox. Raises as `send_by_smtp`."""
    settings = hands.container.settings
    if settings.smtp_url is not None:
        send_by_smtp(settings.smtp_url.get_secret_value(), settings.mail_from, mail)
        return
    kept = Kept(mail.letter.subject, mail.letter.text, mail.letter.html)
    with hands.pool.connection() as connection:
        local_mailbox.keep(connection, account.key, mail.mail_id, mail.account_id, mail.kind, "email", kept)


def _mail(parcel: Parcel) -> str | None:
    about, to = parcel.about, parcel.account.must_read("email")
    mail = Addressed(about.message_id("email"), about.account_id, about.kind, to, parcel.letter, parcel.links)
    _unless_dead(parcel, "email", to, lambda: post(parcel.hands, parcel.account, mail))
    return f"<{mail.mail_id}@travellr>"


def _text_message(parcel: Parcel) -> str | None:
    settings, text = parcel.hands.container.settings, f"Travellr: {parcel.letter.subject}"
    if settings.twilio_account_sid is None or settings.twilio_auth_token is None or settings.twilio_from is None:
        parcel.mailbox("sms", Kept(parcel.letter.subject, text))
        return None
    sid, token, sender = (
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        settings.twilio_from,
    )
    number = _number(parcel.account)
    assert number is not None
    return _unless_dead(
        parcel,
        "sms",
        number,
        lambda: send_by_twilio(sid, token, sender, number, text, base=settings.twilio_api_base),
    )


def _push(parcel: Parcel) -> str | None:
    """To every browser of theirs; one that is gone is forgotten. Raises AddressDead if none is left."""
    settings, letter = parcel.hands.container.settings, parcel.letter
    if settings.vapid_private_key is None:
        parcel.mailbox("push", Kept(letter.subject, letter.short))
        return None
    key, contact = settings.vapid_private_key.get_secret_value(), settings.vapid_contact
    booking_id = str(parcel.about.booking_id) if parcel.about.booking_id else None
    said = {"title": letter.subject, "body": letter.short, "kind": parcel.about.kind, "booking_id": booking_id}
    with parcel.hands.pool.connection() as connection:
        sealed = outbox.subscriptions(connection, parcel.account.id)
    places = []
    for subscription_id, text in sealed.items():
        place = Place(parcel.account.id, 1, f"push/{subscription_id}")
        subscription = Subscription.read(Vault.open(parcel.account.key, place, text))
        try:
            places.append(send_push(key, contact, subscription, said, urgent=parcel.message.urgent))
        except AddressDead:
            with parcel.hands.pool.connection() as connection:
                outbox.unsubscribed(connection, subscription_id)
    if not places:
        raise AddressDead("push")
    return places[-1]


_SENDERS: Final[dict[Channel, Callable[[Parcel], str | None]]] = {
    "email": _mail,
    "sms": _text_message,
    "push": _push,
}


def _unless_dead(parcel: Parcel, channel: Channel, address: str, send: Callable[[], T]) -> T:
    """Nothing is sent where mail bounced before, but what the person has just asked for. Raises AddressDead."""
    index = parcel.hands.container.vault.pseudonym("dead address", address)
    account_id = parcel.account.id
    with parcel.hands.pool.connection() as connection:
        dead = outbox.is_dead(connection, account_id, channel, index)
    if dead and not parcel.message.asked:
        raise AddressDead(channel)
    try:
        answer = send()
    except AddressDead as why:
        with parcel.hands.pool.connection() as connection:
            outbox.bury(connection, account_id, channel, index, str(why))
        raise
    if dead:
        with parcel.hands.pool.connection() as connection:
            outbox.revive(connection, account_id, channel, index)
    return answer


def _number(account: KnownAccount) -> str | None:
    """The phone in E.164, if it was given with its country: nobody knows which other one would be meant."""
    phone = account.read("phone")
    if phone is None or not phone.startswith("+"):
        return None
    return "+" + "".join(digit for digit in phone if digit.isdigit())
