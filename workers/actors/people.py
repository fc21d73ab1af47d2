"""What is done about accounts: mail to people, the end of their sessions, and forgetting them."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from domain.account import Account
from domain.root import replay
from infrastructure.forgetting import Erasure, forget, write_down
from infrastructure.keyring import Keyring
from infrastructure.known_account import KnownAccount, known
from infrastructure.letters import Links
from infrastructure.mail_tokens import MailTokens, Purpose
from infrastructure.messages.catalogue import BY_KIND
from infrastructure.messages.occasion import Occasion
from infrastructure.outbox import About
from infrastructure.provider import MessageRefused, ProviderAway
from workers.actors.argument import uuid_of
from workers.board import Leased
from workers.delivery import deliver, known_to
from workers.hands import Hands

PATIENCE: Final = timedelta(hours=24)
_PURPOSES: Final[dict[str, Purpose]] = {"verify_email": "verify_email", "password_reset": "reset_password"}
_LINKS: Final[dict[Purpose, str]] = {"verify_email": "verify-email", "reset_password": "reset-password"}


def mail(task: Leased, hands: Hands) -> None:
    """Write a letter about an account itself. Who is not known (any more) gets none, and nobody hears of that."""
    what = BY_KIND[str(task.arguments["letter"])]
    account = known_to(hands, uuid_of(task, "account_id"))
    if account is None:
        return
    purpose = _PURPOSES.get(what.kind)
    links = Links(secret=_link(hands, account, purpose) if purpose else None)
    about = About(task.task_id, account.id, what.kind, stream_id=account.id)
    deliver(hands, account, what, about, Occasion(task.created_at), links)


def _link(hands: Hands, account: KnownAccount, purpose: Purpose) -> str:
    """The token stands behind a #: browsers send that part to no server, so no server's log has it."""
    settings = hands.container.settings
    tokens = MailTokens(Keyring.of(settings.secret_key, settings.secret_key_previous))
    token = tokens.make(purpose, account.id, account.account.password_version)
    return f"{settings.public_address}/{_LINKS[purpose]}#{token}"


def end_sessions(task: Leased, hands: Hands) -> None:
    """End what was signed in before this happened: what the API did at once, in case that it could not."""
    kept = task.arguments.get("kept_session")
    with hands.pool.connection() as connection:
        connection.execute(
            "UPDATE ops.session SET ended_at = clock_timestamp()"
            " WHERE account_id = %s AND session_id IS DISTINCT FROM %s::uuid AND ended_at IS NULL"
            " AND created_at <= (SELECT e.recorded_at FROM log.events AS e JOIN board.task AS t"
            " ON e.notification_id = t.caused_by WHERE t.task_id = %s)",
            (uuid_of(task, "account_id"), kept, task.task_id),
        )


def forget_person(task: Leased, hands: Hands) -> None:
    """Say good-bye, then destroy an erased person's key and all that is kept about them beside the log."""
    account_id = uuid_of(task, "account_id")
    _say_good_bye(task, hands, account_id)
    write_down(hands.container.settings.home, Erasure(account_id, task.created_at))
    with hands.pool.connection() as connection:
        forget(connection, account_id)


def _say_good_bye(task: Leased, hands: Hands, account_id: UUID) -> None:
    """The last message, by what was known just before the erasure. Raises ProviderAway for at most `PATIENCE`.

    Kept in the mailbox here it would be forgotten together with its reader: without a mail server nobody is written to.
    """
    if hands.container.settings.smtp_url is None:
        return
    events = hands.loop.run(hands.container.log.read((account_id,))).events[account_id]
    before = replay(event for event in events if not isinstance(event, Account.Erased))
    with hands.pool.connection() as connection:
        row = connection.execute(
            "SELECT wrapped_key FROM people.identity WHERE account_id = %s", (account_id,)
        ).fetchone()
    if row is None or not isinstance(before, Account):
        return
    person = known(hands.container.vault, before, row[0])
    about = About(task.task_id, account_id, "erasure_done", stream_id=account_id)
    try:
        deliver(hands, person, BY_KIND["erasure_done"], about, Occasion(task.created_at), Links())
    except ProviderAway:
        # The right to be forgotten does not wait for a mail server for ever.
        if hands.database_now() - task.created_at < PATIENCE:
            raise
    except MessageRefused:
        return
