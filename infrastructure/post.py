"""The one way mail leaves: by an SMTP server, or else into a mailbox kept here, sealed under the recipient's key."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

from psycopg import Connection

from infrastructure.letters import Letter
from infrastructure.vault import Place, Vault

TIMEOUT_S: Final = 20.0
_PORTS: Final = {"smtp": 587, "smtps": 465}


class MailAway(Exception):  # noqa: N818 -- somebody else's outage
    """The mail server cannot be reached, or asks for patience."""


class MailRefused(Exception):  # noqa: N818 -- sending it again would not help
    """The mail server will not take this mail."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A letter on its way. Nothing of it may be written to a log, a task or an error."""

    mail_id: UUID
    account_id: UUID
    kind: str
    to: str = field(repr=False)
    letter: Letter = field(repr=False)


def send_by_smtp(smtp_url: str, sender: str, mail: Addressed) -> None:
    """Raises MailAway and MailRefused, without a word of what the server said: it likes to repeat the address.

    `smtp_url` is smtp://user:password@host:587 (STARTTLS if the server offers it) or smtps://…:465. A mail that is sent
    twice, because a worker died between the sending and the noting of it, has the same Message-ID both times.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, mail.to, mail.letter.subject
    message["Message-ID"] = f"<{mail.mail_id}@travellr>"
    message.set_content(mail.letter.text)
    try:
        with _connected(smtp_url) as server:
            server.send_message(message)
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, smtplib.SMTPHeloError) as error:
        raise MailAway(type(error).__name__) from None
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise _by_code(max(codes, default=550)) from None
    except smtplib.SMTPResponseException as error:
        raise _by_code(error.smtp_code) from None
    except OSError as error:
        raise MailAway(type(error).__name__) from None


def _by_code(code: int) -> Exception:
    """4xx means later, 5xx never (RFC 5321, 4.2.1)."""
    return MailRefused(f"SMTP {code}") if code >= 500 else MailAway(f"SMTP {code}")


@contextmanager
def _connected(smtp_url: str) -> Iterator[smtplib.SMTP]:
    url = urlsplit(smtp_url)
    host, port = url.hostname or "localhost", url.port or _PORTS[url.scheme]
    context = ssl.create_default_context()
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    with server:
        if url.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server


def keep_in_mailbox(connection: Connection[Any], key: bytes, mail: Addressed) -> None:
    """Kept once, however often it is sent, and unreadable as soon as its recipient is forgotten."""
    connection.execute(
        "INSERT INTO people.mailbox (mail_id, account_id, kind, subject_sealed, text_sealed)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (mail_id) DO NOTHING",
        (
            mail.mail_id,
            mail.account_id,
            mail.kind,
            Vault.seal(key, Place(mail.mail_id, 1, "subject"), mail.letter.subject),
            Vault.seal(key, Place(mail.mail_id, 1, "text"), mail.letter.text),
        ),
    )


def opened(key: bytes, mail_id: UUID, subject_sealed: str, text_sealed: str) -> Letter:
    """A letter of the mailbox, in clear again. Raises InvalidTag with another person's key."""
    return Letter(
        Vault.open(key, Place(mail_id, 1, "subject"), subject_sealed),
        Vault.open(key, Place(mail_id, 1, "text"), text_sealed),
    )
