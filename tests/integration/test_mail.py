"""Mail leaves one way, by a task: through a real socket to an SMTP server, once, and with nobody's address in a log."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr

from commands.erase_account import EraseAccount
from domain.ids import derived_id
from tests.integration.journey import registered
from tests.integration.smtp_server import SmtpServer, smtp_server
from tests.integration.world import World, world_on
from workers.board import ATTEMPTS_MAX
from workers.perform import perform


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with smtp_server() as running:
        yield running


@pytest.fixture
def world(database_url: str, tmp_path: Path, server: SmtpServer) -> Iterator[World]:
    """A world whose mail goes to a server."""
    with world_on(database_url, tmp_path) as plain:
        settings = plain.settings.model_copy(update={"smtp_url": SecretStr(server.url)})
        container = replace(plain.hands.container, settings=settings)
        yield replace(plain, settings=settings, hands=replace(plain.hands, container=container))


def person(world: World) -> UUID:
    account_id = registered(world, "traveller").account_id
    assert account_id is not None
    return account_id


def test_a_letter_reaches_the_server_and_is_kept_nowhere(world: World, server: SmtpServer) -> None:
    account_id = person(world)
    world.settle()
    (mail,) = server.received
    assert mail["To"] == f"{account_id}@example.com"
    assert mail["From"] == "Travellr <no-reply@travellr.example>"
    text = mail.get_body(("plain",))
    assert text is not None
    assert "/verify-email#" in text.get_content()
    assert mail["Message-ID"] == f"<{derived_id('message', world.task('mail'), 'email')}@travellr>"
    assert world.rows("SELECT * FROM people.mailbox") == []
    assert world.in_peace()


def test_a_task_that_is_done_sends_nothing_more(world: World, server: SmtpServer) -> None:
    person(world)
    world.settle()
    perform(world.task("mail"), world.board, world.hands)
    assert len(server.received) == 1


def test_a_server_that_asks_for_patience_gets_it_for_as_long_as_it_likes(world: World, server: SmtpServer) -> None:
    person(world)
    server.answers["RCPT"] = "451 not now"
    world.follow()
    for _ in range(ATTEMPTS_MAX + 2):
        world.work()
        world.hurry()
    assert world.row("SELECT state, last_error FROM board.task") == ("due", "ProviderAway: SMTP 451")
    server.answers.clear()
    world.work()
    assert len(server.received) == 1


@pytest.mark.parametrize("verb", ["MAIL", "DATA"])
def test_what_the_server_will_never_take_is_parked_without_a_word_of_whose_it_is(
    world: World, server: SmtpServer, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    account_id = person(world)
    server.answers[verb] = f"550 <{account_id}@example.com> is not known here"
    world.settle()
    assert world.row("SELECT state, last_error FROM board.task") == ("parked", "MessageRefused: SMTP 550")
    told = capsys.readouterr()
    assert "task_parked" in told.out + told.err
    assert f"{account_id}@example.com" not in told.out + told.err


def test_without_a_server_in_reach_it_is_tried_again(world: World, server: SmtpServer) -> None:
    person(world)
    server.answers["EHLO"] = server.answers["HELO"] = "421 going down"
    world.settle()
    (state, error) = world.row("SELECT state, last_error FROM board.task")
    assert (state, error.startswith("ProviderAway: ")) == ("due", True)


def test_a_recipient_that_is_not_there_is_noted_without_a_word_of_whose_it_is(
    world: World, server: SmtpServer, capsys: pytest.CaptureFixture[str]
) -> None:
    account_id = person(world)
    server.answers["RCPT"] = f"550 <{account_id}@example.com> is not known here"
    world.settle()
    assert world.in_peace()
    assert world.row("SELECT state FROM people.message") == ("bounced",)
    assert world.row("SELECT channel, why FROM people.dead_address") == ("email", "SMTP 550")
    told = capsys.readouterr()
    assert f"{account_id}@example.com" not in told.out + told.err


def test_who_was_erased_gets_no_mail_but_the_last(world: World, server: SmtpServer) -> None:
    account_id = person(world)
    world.follow()
    world.do(EraseAccount(account_id))
    world.settle()
    assert [mail["Subject"] for mail in server.received] == ["Your account is erased"]
    assert world.in_peace()
