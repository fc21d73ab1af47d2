"""How long we wait for a client: uvicorn's protocol waits for ever for the rest of a request, and keeps any header.

A request has to be here, head and body, within a time each; a head that does not end is cut off. Almost every request
comes in one piece and starts no timer. Limits in front of the application's own (body_limit.py), which need a request.
An answer has to be taken, too: who leaves what we have written lying for too long, a download or a stream, is cut off.
"""

import asyncio
import resource
from http import HTTPStatus
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# A connection that says nothing more is closed after so long (uvicorn's timeout_keep_alive).
IDLE_S: Final = 15
_OWN_FILES: Final = 128  # Connections to the database and the like.
_CONNECTIONS_MAX: Final = 4_096


def connections_max() -> int:
    """How many clients one process may have at once: what the system lets it open, less what it needs itself."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(_OWN_FILES, min(_CONNECTIONS_MAX, files - _OWN_FILES))


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 on one connection. `HEAD_S` and `BODY_S` are how long either may take from its first moment.

    Within `TAKE_S` a client has to take enough of what waits for him, 48 KiB of 64, that more can be written.
    """

    HEAD_S = 10.0
    BODY_S = 30.0
    TAKE_S = 30.0
    HEAD_MAX_BYTES = 64 * 1024

    _waits_for_head = True
    _waits_for_body = False
    _head_bytes = 0
    _timer: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # a server's transports read and write
        self._wait(self.HEAD_S)

    def data_received(self, data: bytes) -> None:
        if self._waits_for_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._waits_for_head and self._head_bytes > self.HEAD_MAX_BYTES:
            self._end(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif not (self._waits_for_head or self._waits_for_body):
            self._stop_waiting()
        elif self._timer is None:
            self._wait(self.HEAD_S if self._waits_for_head else self.BODY_S)

    def on_message_begin(self) -> None:
        self._waits_for_head = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._waits_for_head, self._waits_for_body = False, True
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._waits_for_body = False
        super().on_message_complete()

    def pause_writing(self) -> None:
        """What was written waits. To say that it has waited too long would only be written behind it."""
        if self._taking is None:
            self._taking = self.loop.call_later(self.TAKE_S, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stop_taking()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_taking()
        super().connection_lost(exc)

    def _wait(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._end, HTTPStatus.REQUEST_TIMEOUT)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_taking(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _end(self, status: HTTPStatus) -> None:
        """Say why, unless an answer has begun, and close."""
        self._stop_waiting()
        answering = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if not answering:
            self.transport.write(
                f"HTTP/1.1 {status.value} {status.phrase}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".encode()
            )
        self.transport.close()
