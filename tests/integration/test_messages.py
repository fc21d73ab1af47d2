"""Messages leave by each channel a person wants: once, at worst twice, never zero; each says why it was sent."""

import random
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from psycopg.types.json import Json
from pydantic import SecretStr

from commands.erase_account import EraseAccount
from domain.preferences import QuietHours
from infrastructure import outbox
from infrastructure.housekeeping.reminders import REMINDERS
from infrastructure.post import send_by_smtp
from tests.integration.crash_points import Died
from tests.integration.journey import Journey
from tests.integration.messaging import about, holds, joins, states, subscribes, wants, with_settings
from tests.integration.people_servers import Carrier, carrier
from tests.integration.smtp_server import SmtpServer, smtp_server
from tests.integration.world import World, world_on

ROUNDS = 50


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with smtp_server() as running:
        yield running


@pytest.fixture
def twilio() -> Iterator[Carrier]:
    with carrier() as running:
        yield running


@pytest.fixture
def pushed() -> Iterator[Carrier]:
    with carrier() as running:
        yield running


@pytest.fixture
def plain(database_url: str, tmp_path: Path) -> Iterator[World]:
    """A world without any provider."""
    with world_on(database_url, tmp_path) as world:
        yield world


@pytest.fixture
def world(plain: World, server: SmtpServer, twilio: Carrier) -> World:
    """A world with all of them."""
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    update = {
        "smtp_url": SecretStr(server.url),
        "twilio_account_sid": "AC" + "0" * 32,
        "twilio_auth_token": SecretStr("token"),
        "twilio_from": "+15005550006",
        "twilio_api_base": twilio.url,
        "vapid_private_key": SecretStr(urlsafe_b64encode(key).decode()),
    }
    return with_settings(plain, plain.settings.model_copy(update=update))


def test_without_providers_everything_lies_in_the_mailbox_with_what_caused_it(plain: World) -> None:
    journey = Journey(plain)
    booking_id = journey.confirmed()
    plain.settle()
    kinds = plain.rows("SELECT kind, channel FROM people.mailbox WHERE kind LIKE '%%_confirmed' ORDER BY kind")
    assert kinds == [("booking_confirmed", "email"), ("sale_confirmed", "email")]
    rows = plain.rows(
        "SELECT m.kind, e.topic, m.account_id, m.state FROM people.message AS m"
        " JOIN log.events AS e ON e.notification_id = m.caused_by AND e.originator_id = m.stream_id"
        " WHERE m.booking_id = %s ORDER BY m.kind",
        booking_id,
    )
    assert rows == [
        ("booking_confirmed", "booking.confirmed", journey.traveller.account_id, "sent"),
        ("booking_held", "booking.held", journey.traveller.account_id, "sent"),
        ("sale_confirmed", "booking.confirmed", journey.vendor_id, "sent"),
    ]


def test_a_mail_has_text_and_html_and_a_way_out_where_there_is_one(world: World, server: SmtpServer) -> None:
    journey = Journey(world)
    person = joins(world, "de-DE")
    holds(world, journey, person)
    world.settle()
    (mail,) = about(server.received, "reserviert")
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Guten Tag Ada Lovelace" in text.get_content()
    assert "<p>Guten Tag Ada Lovelace,</p>" in html.get_content()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/api/v1/unsubscribe/" in mail["List-Unsubscribe"]
    assert mail["List-Unsubscribe"].strip("<>") in text.get_content().replace("\n", "")
    (account,) = [mail for mail in server.received if mail["To"] == f"{person.account_id}@example.com"][:1]
    assert account["List-Unsubscribe"] is None
    assert world.in_peace()


def test_a_person_gets_it_by_every_channel_that_they_want(
    world: World, server: SmtpServer, twilio: Carrier, pushed: Carrier
) -> None:
    journey = Journey(world)
    person = journey.traveller = joins(world)
    wants(world, person, bookings_sms=True)
    browser = subscribes(world, person, pushed)
    journey.confirmed()
    world.settle()
    assert states(world, "booking_confirmed") == [("email", "sent"), ("push", "sent"), ("sms", "sent")]
    (text,) = twilio.received
    assert (text["To"], text["From"]) == ("+4930901820", "+15005550006")
    assert text["Body"].startswith("Travellr: Confirmed: Tour, ")
    said = [browser.reads(message["body"]) for message in pushed.received]
    assert {message["kind"] for message in said} == {"booking_held", "booking_confirmed"}
    assert len(about(server.received, "Confirmed: Tour")) == 1
    sent: dict[str, str] = dict(
        world.rows(
            "SELECT channel, provider_id FROM people.message WHERE kind = 'booking_confirmed' AND account_id = %s",
            person.account_id,
        )
    )
    assert sent["sms"].startswith("SM")
    assert world.in_peace()


def test_what_is_not_wanted_is_not_sent(world: World, server: SmtpServer, twilio: Carrier) -> None:
    journey = Journey(world)
    person = joins(world)
    wants(world, person, payments_email=False)
    holds(world, journey, person)
    world.settle()
    assert about(server.received, "Held for you") == []
    assert states(world, "booking_held") == []
    assert twilio.received == []


def test_quiet_hours_put_off_what_can_wait(world: World, server: SmtpServer) -> None:
    journey = Journey(world)
    person = journey.traveller = joins(world)
    now = world.now()
    quiet = QuietHours(f"{now - timedelta(hours=1):%H:%M}", f"{now + timedelta(hours=2):%H:%M}", "UTC")
    wants(world, person, quiet)
    journey.confirmed()
    world.settle()
    assert len(about(server.received, "Held for you")) == 1
    assert about(server.received, "Confirmed: Tour") == []
    assert states(world, "booking_confirmed") == [("email", "quiet")]
    world.travel(now + timedelta(hours=2, minutes=1))
    world.hurry()
    world.settle()
    assert len(about(server.received, "Confirmed: Tour")) == 1
    assert states(world, "booking_confirmed") == [("email", "sent")]


def test_a_provider_that_is_away_for_an_hour_delays_and_repeats_nothing_else(
    world: World, server: SmtpServer, twilio: Carrier
) -> None:
    journey = Journey(world)
    person = journey.traveller = joins(world)
    wants(world, person, bookings_sms=True)
    twilio.answer = (503, 20500)
    journey.confirmed()
    for _ in range(30):
        world.settle()
        world.travel(world.now() + timedelta(minutes=2))
        world.hurry()
    assert len(about(server.received, "Confirmed: Tour")) == 1
    assert states(world, "booking_confirmed") == [("email", "sent"), ("sms", "due")]
    assert world.rows("SELECT last_error FROM board.task WHERE state = 'due'") == [("ProviderAway: Twilio 503",)]
    twilio.answer = None
    world.hurry()
    world.settle()
    assert len(twilio.received) == 1
    assert len(about(server.received, "Confirmed: Tour")) == 1
    assert world.in_peace()


def test_a_number_that_wants_nothing_is_left_alone(world: World, twilio: Carrier) -> None:
    journey = Journey(world)
    person = journey.traveller = joins(world)
    wants(world, person, bookings_sms=True)
    twilio.answer = (400, 21610)
    journey.confirmed()
    world.settle()
    assert ("sms", "bounced") in states(world, "booking_confirmed")
    twilio.answer = None
    journey.confirmed()
    world.settle()
    assert twilio.received == []
    assert world.row("SELECT channel, why FROM people.dead_address") == ("sms", "Twilio 21610")
    assert world.in_peace()


def test_an_address_that_bounced_is_left_alone_until_its_person_asks(world: World, server: SmtpServer) -> None:
    journey = Journey(world)
    person = joins(world)
    world.settle()
    server.answers["RCPT"] = "550 no such user"
    holds(world, journey, person)
    world.settle()
    assert states(world, "booking_held") == [("email", "bounced")]
    server.answers.clear()
    holds(world, journey, person)
    world.settle()
    assert about(server.received, "Held for you") == []
    arguments = Json({"letter": "password_reset", "account_id": str(person.account_id)})
    world.own.execute("INSERT INTO board.task (task_id, kind, arguments) VALUES (%s, 'mail', %s)", (uuid4(), arguments))
    world.settle()
    assert len(about(server.received, "Set a new password")) == 1
    assert world.rows("SELECT * FROM people.dead_address") == []
    holds(world, journey, person)
    world.settle()
    assert len(about(server.received, "Held for you")) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(world: World, pushed: Carrier, status: int) -> None:
    journey = Journey(world)
    person = joins(world)
    subscribes(world, person, pushed)
    pushed.answer = (status, None)
    holds(world, journey, person)
    world.settle()
    assert states(world, "booking_held") == [("email", "sent"), ("push", "bounced")]
    assert world.rows("SELECT * FROM people.push_subscription") == []
    assert world.in_peace()


def test_a_worker_killed_between_sending_and_noting_sends_twice_at_worst_and_never_not_at_all(
    world: World, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each round a worker dies once, before or after the mail has left, and another one takes the task over."""
    journey = Journey(world)
    people = [joins(world) for _ in range(ROUNDS)]
    world.settle()
    server.received.clear()
    dice = random.Random(8)  # noqa: S311 -- the same rounds every time
    noted = outbox.noted
    dying = {"before": False, "after": False}

    def watched_send(*arguments: Any) -> None:
        if dying.pop("before", False):
            raise Died
        send_by_smtp(*arguments)

    def watched_noted(*arguments: Any) -> None:
        if dying.pop("after", False):
            raise Died
        noted(*arguments)

    monkeypatch.setattr("workers.delivery.send_by_smtp", watched_send)
    monkeypatch.setattr(outbox, "noted", watched_noted)
    died = 0
    for person in people:
        holds(world, journey, person)
        dying[dice.choice(["before", "after"])] = True
        try:
            world.settle()
        except Died:
            died += 1
            world.own.execute(
                "UPDATE board.task SET lease_until = clock_timestamp() - interval '1 ms' WHERE state = 'running'"
            )
        dying.clear()
        world.settle()
    counts = [sum(mail["To"] == f"{person.account_id}@example.com" for mail in server.received) for person in people]
    assert died == ROUNDS
    assert set(counts) == {1, 2}
    assert {state for _, state in states(world, "booking_held")} == {"sent"}
    assert world.in_peace()


def test_nothing_is_sent_again_when_the_log_is_read_again(world: World, server: SmtpServer) -> None:
    journey = Journey(world)
    journey.confirmed()
    world.settle()
    sent, tasks = len(server.received), world.row("SELECT count(*) FROM board.task")
    world.own.execute("UPDATE ops.follower SET position = 0 WHERE name = 'react'")
    world.settle()
    assert (len(server.received), world.row("SELECT count(*) FROM board.task")) == (sent, tasks)
    # Even tasks that were swept away and made again find what they had sent.
    world.own.execute("DELETE FROM board.task")
    world.own.execute("UPDATE ops.follower SET position = 0 WHERE name = 'react'")
    world.settle()
    assert len(server.received) == sent


def test_the_last_message_goes_before_the_key(world: World, server: SmtpServer) -> None:
    person = joins(world)
    world.settle()
    assert person.account_id is not None
    world.do(EraseAccount(person.account_id))
    server.answers["EHLO"] = server.answers["HELO"] = "421 going down"
    world.settle()
    assert world.rows("SELECT 1 FROM people.identity WHERE account_id = %s", person.account_id)
    server.answers.clear()
    world.hurry()
    world.settle()
    assert server.received[-1]["Subject"] == "Your account is erased"
    assert server.received[-1]["To"] == f"{person.account_id}@example.com"
    assert world.rows("SELECT 1 FROM people.identity WHERE account_id = %s", person.account_id) == []
    assert world.in_peace()


def test_who_was_erased_is_told_nothing_more_and_nothing_of_theirs_is_left(
    world: World, server: SmtpServer, pushed: Carrier
) -> None:
    journey = Journey(world)
    person = joins(world)
    subscribes(world, person, pushed)
    holds(world, journey, person)
    world.follow()
    assert person.account_id is not None
    world.do(EraseAccount(person.account_id))
    world.settle()
    told = [mail["Subject"] for mail in server.received if mail["To"] == f"{person.account_id}@example.com"]
    assert told == ["Your account is erased"]
    assert pushed.received == []
    for table in ("push_subscription", "dead_address", "device", "mailbox"):
        assert world.own.execute(f"SELECT 1 FROM people.{table}".encode()).fetchall() == []


def test_reminders_fall_due_once(world: World, server: SmtpServer) -> None:
    journey = Journey(world)
    held = journey.held()
    world.settle()

    def due() -> list[tuple[str, UUID]]:
        world.follow()
        found = [(what, command) for what, ask, _ in REMINDERS for command in ask(world.own, world.now(), "UTC")]
        for _, command in found:
            world.do(command)
        return [(what, command.booking_id) for what, command in found]

    assert due() == []
    (payment_at,) = [at for _, _, ask in REMINDERS if (at := ask(world.own, world.now(), "UTC")) is not None]
    world.travel(payment_at)
    assert due() == [("payment", held)]
    assert due() == []
    booked = journey.confirmed()
    world.settle()
    trip_at = min(
        at
        for _, _, ask in REMINDERS
        if (at := ask(world.own, world.now(), "UTC")) is not None and at > world.now() + timedelta(hours=1)
    )
    assert trip_at == journey.starts_at - timedelta(hours=24)
    world.travel(trip_at)
    assert due() == [("trip", booked)]
    assert due() == []
    world.settle()
    assert len(about(server.received, "Not paid yet")) == 1
    assert len(about(server.received, "Soon: Tour")) == 1
