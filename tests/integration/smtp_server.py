"""A mail server for tests: speaks as much SMTP (RFC 5321) as a client of ours asks for, and keeps what it is sent."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class SmtpServer:
    """`answers` replaces what is said to a command, such as {"RCPT": "550 no such user"}.

    `before_answer` is called when a mail has been received and nothing has been said to it yet.
    """

    url: str = ""
    received: list[EmailMessage] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    before_answer: Callable[[], object] = lambda: None


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        state: SmtpServer = self.server.state  # type: ignore[attr-defined]  # set below
        self._say("220 test")
        while line := self.rfile.readline():
            verb = line.split()[0].decode().upper() if line.split() else ""
            answer = state.answers.get(verb)
            if answer is None and verb == "DATA":
                self._say("354 go on")
                state.received.append(message_from_bytes(self._text(), policy=policy.default))
                state.before_answer()
            self._say(answer or ("221 bye" if verb == "QUIT" else "250 fine"))
            if verb == "QUIT":
                return

    def _text(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def smtp_server() -> Iterator[SmtpServer]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session) as server:
        server.daemon_threads = True
        state = SmtpServer(f"smtp://127.0.0.1:{server.server_address[1]}")
        server.state = state  # type: ignore[attr-defined]  # how a handler finds it
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
