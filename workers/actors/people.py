"""What is done about accounts: mail to people, the end of their sessions, and forgetting them."""

from typing import Final
from uuid import UUID

from domain.account import Account
from domain.root import replay
from infrastructure import letters
from infrastructure.forgetting import Erasure, forget, write_down
from infrastructure.keyring import Keyring
from infrastructure.known_account import KnownAccount, known
from infrastructure.letters import Letter
from infrastructure.mail_tokens import MailTokens, Purpose
from infrastructure.post import Addressed, keep_in_mailbox, send_by_smtp
from workers.actors.argument import uuid_of
from workers.board import Leased
from workers.hands import Hands

_LINKS: Final[dict[Purpose, str]] = {"verify_email": "verify-email", "reset_password": "reset-password"}


def mail(task: Leased, hands: Hands) -> None:
    """Write a letter and send it. Who is not known (any more) gets none, and nobody hears of that."""
    account = known_to(hands, uuid_of(task, "account_id"))
    if account is None:
        return
    kind = str(task.arguments["letter"])
    to = account.must_read("email")
    letter = _written(kind, account, hands)
    post(hands, account, Addressed(task.task_id, account.id, kind, to, letter))


def post(hands: Hands, account: KnownAccount, addressed: Addressed) -> None:
    """The one way mail leaves, for every actor that has something to say."""
    settings = hands.container.settings
    if settings.smtp_url is not None:
        send_by_smtp(settings.smtp_url.get_secret_value(), settings.mail_from, addressed)
        return
    with hands.pool.connection() as connection:
        keep_in_mailbox(connection, account.key, addressed)


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


def _written(kind: str, account: KnownAccount, hands: Hands) -> Letter:
    person = account.person()
    match kind:
        case "verify_email":
            return letters.verify_email(person, _link(hands, account, "verify_email"))
        case "password_reset":
            return letters.password_reset(person, _link(hands, account, "reset_password"))
        case "password_changed":
            return letters.password_changed(person)
    raise AssertionError(kind)


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
    """Destroy an erased person's key and all that is kept about them beside the log; write it down before."""
    account_id = uuid_of(task, "account_id")
    write_down(hands.container.settings.home, Erasure(account_id, task.created_at))
    with hands.pool.connection() as connection:
        forget(connection, account_id)
