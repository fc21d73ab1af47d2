"""Takes a signed head out of the database's reach: into an object store, or to the auditor by mail."""

from typing import Final
from uuid import UUID

from infrastructure.audit.heads import kept_heads
from infrastructure.audit.targets import letter, put
from infrastructure.post import Addressed, send_by_smtp
from infrastructure.provider import MessageRefused
from workers.board import Leased
from workers.delivery import known_to, post
from workers.hands import Hands

_NOBODY: Final = UUID(int=0)


def deliver_head(task: Leased, hands: Hands) -> None:
    """The same head under the same name every time, so once more does no harm."""
    settings = hands.container.settings
    number = int(task.arguments["number"])
    with hands.pool.connection() as database:
        head = next(iter(kept_heads(database, after=number - 1)))
    if task.arguments["target"] == "store":
        put(settings, head)
        return
    to = settings.audit_mail
    assert to is not None
    written = letter(head)
    if settings.smtp_url is not None:
        addressed = Addressed(task.task_id, _NOBODY, "seal_head", to, written)
        send_by_smtp(settings.smtp_url.get_secret_value(), settings.mail_from, addressed)
        return
    account_id = _account_of(hands, to)
    account = known_to(hands, account_id) if account_id else None
    if account is None:
        raise MessageRefused("without TRAVELLR_SMTP_URL the address TRAVELLR_AUDIT_MAIL must be an account's here")
    post(hands, account, Addressed(task.task_id, account.id, "seal_head", to, written))


def _account_of(hands: Hands, email: str) -> UUID | None:
    with hands.pool.connection() as database:
        row = database.execute(
            "SELECT account_id FROM people.identity WHERE email_index = ANY(%s)",
            (list(hands.container.vault.email_indexes(email)),),
        ).fetchone()
    return row[0] if row else None
