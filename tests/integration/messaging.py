"""People who are told things: who they are, what they want to hear and where, and what they were sent."""

import json
from dataclasses import replace
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

from commands.place_hold import PlaceHold
from commands.register_account import RegisterAccount
from commands.set_preferences import SetPreferences
from domain.actor import Actor
from domain.preferences import QuietHours
from infrastructure.settings import Settings
from infrastructure.vault import Place, Vault
from tests.integration.journey import Journey
from tests.integration.people_servers import Browser, Carrier
from tests.integration.world import World

PHONE = "+49 30 901820"


def with_settings(world: World, settings: Settings) -> World:
    container = replace(world.hands.container, settings=settings)
    return replace(world, settings=settings, hands=replace(world.hands, container=container))


def joins(world: World, locale: str = "en", phone: str | None = PHONE) -> Actor:
    """A traveller with a phone."""
    account_id, vault = uuid4(), world.hands.container.vault
    key, wrapped = vault.new_key(account_id)
    words = {"email": f"{account_id}@example.com", "full_name": "Ada Lovelace", "phone": phone, "locale": locale}
    sealed = {name: vault.seal(key, Place(account_id, 1, name), text) for name, text in words.items() if text}
    world.do(RegisterAccount(account_id, "traveller", vault.email_index(str(words["email"])), wrapped, sealed, "no"))
    return Actor(account_id, "traveller")


def wants(world: World, person: Actor, quiet: QuietHours | None = None, **chosen: bool) -> None:
    assert person.account_id is not None
    names = {name.replace("_", "."): wanted for name, wanted in chosen.items()}
    world.do(SetPreferences(person.account_id, names, quiet), person)


def subscribes(world: World, person: Actor, carrier: Carrier) -> Browser:
    """A browser of theirs takes push messages; as the API would keep it."""
    assert person.account_id is not None
    browser, subscription_id = Browser(f"{carrier.url}/push/{uuid4()}"), uuid4()
    (wrapped,) = world.row("SELECT wrapped_key FROM people.identity WHERE account_id = %s", person.account_id)
    key = world.hands.container.vault.unwrap(person.account_id, wrapped)
    said = browser.subscription()
    text = json.dumps(said)
    sealed = Vault.seal(key, Place(person.account_id, 1, f"push/{subscription_id}"), text)
    world.own.execute(
        "INSERT INTO people.push_subscription (subscription_id, account_id, endpoint_index, sealed)"
        " VALUES (%s, %s, %s, %s)",
        (subscription_id, person.account_id, str(subscription_id), sealed),
    )
    return browser


def holds(world: World, journey: Journey, person: Actor) -> UUID:
    booking_id = uuid4()
    world.do(PlaceHold(booking_id, journey.listing_id, journey.starts_at, None, 1), person)
    return booking_id


def states(world: World, kind: str) -> list[tuple[Any, ...]]:
    return world.rows("SELECT channel, state FROM people.message WHERE kind = %s ORDER BY channel, at", kind)


def about(mails: list[EmailMessage], word: str) -> list[EmailMessage]:
    return [mail for mail in mails if word in mail["Subject"]]
