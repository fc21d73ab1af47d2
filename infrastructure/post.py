"""The one way mail leaves: by an SMTP server, as text and HTML, with a way out in its head where there is one."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

from infrastructure.letters import Letter, Links
from infrastructure.provider import AddressDead, MessageRefused, ProviderAway

TIMEOUT_S: Final = 20.0
_PORTS: Final = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Addressed:
    """A letter on its way. Nothing of it may be written to a log, a task or an error."""

    mail_id: UUID
    account_id: UUID
    kind: str
    to: str = field(repr=False)
    letter: Letter = field(repr=False)
    links: Links = field(default_factory=Links, repr=False)


def send_by_smtp(smtp_url: str, sender: str, addressed: Addressed) -> None:
    """Raises ProviderAway, MessageRefused and AddressDead, without a word of what the server said: it may name people.

    `smtp_url` is smtp://user:password@host:587 (STARTTLS if the server offers it) or smtps://…:465. A mail that is sent
    twice, because a worker died between the sending and the noting of it, has the same Message-ID both times.
    """
    mail = _mail(sender, addressed)
    try:
        with _connected(smtp_url) as server:
            server.send_message(mail)
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, smtplib.SMTPHeloError) as error:
        raise ProviderAway(type(error).__name__) from None
    except smtplib.SMTPRecipientsRefused as error:
        code = max((code for code, _ in error.recipients.values()), default=550)
        raise (AddressDead if code >= 500 else ProviderAway)(f"SMTP {code}") from None
    except smtplib.SMTPAuthenticationError as error:
        # Our own password is wrong: every mail waits until somebody has put it right.
        raise ProviderAway(f"SMTP {error.smtp_code}") from None
    except smtplib.SMTPResponseException as error:
        raise _by_code(error.smtp_code) from None
    except OSError as error:
        raise ProviderAway(type(error).__name__) from None


def _mail(sender: str, addressed: Addressed) -> EmailMessage:
    """The same words twice; the head says how to get no more of them in one click (RFC 8058)."""
    letter, links = addressed.letter, addressed.links
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, addressed.to, letter.subject
    mail["Message-ID"] = f"<{addressed.mail_id}@travellr>"
    if links.unsubscribe is not None:
        mail["List-Unsubscribe"] = f"<{links.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text)
    if letter.html is not None:
        mail.add_alternative(letter.html, subtype="html")
    return mail


def _by_code(code: int) -> Exception:
    """4xx means later, 5xx never (RFC 5321, 4.2.1)."""
    return MessageRefused(f"SMTP {code}") if code >= 500 else ProviderAway(f"SMTP {code}")


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
