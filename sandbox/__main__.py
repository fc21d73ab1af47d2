"""`python -m sandbox --port N --data DIR`: the sandbox Stripe as a process of its own."""

import argparse
import signal
import socket
from pathlib import Path
from types import FrameType

import uvicorn

from sandbox.app import build
from sandbox.connection import ClosableProtocol
from sandbox.world import Settings


def main() -> None:
    options = _options()
    # Named as TCP, or asyncio would leave Nagle's algorithm on: 40 ms for every answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((options.host, options.port))
    url = f"http://{options.host}:{listener.getsockname()[1]}"
    settings = Settings(
        settle_seconds=options.settle_seconds,
        payout_seconds=options.payout_seconds,
        dispute_seconds=options.dispute_seconds,
        refund_seconds=options.refund_seconds,
        retry_seconds=options.retry_seconds,
        base_url=options.public_url or url,
    )
    config = uvicorn.Config(
        build(options.data, settings),
        http=ClosableProtocol,
        loop="asyncio",
        ws="none",
        log_level="warning",
        access_log=False,
        # A stop must not wait for clients that keep their connections open, nor for a delay that was ordered.
        timeout_graceful_shutdown=1,
    )
    # uvicorn raises the signal once more after it has stopped everything: this makes that the clean end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    _Announced(config, url).run(sockets=[listener])


class _Announced(uvicorn.Server):
    """Says where it listens as soon as it answers."""

    def __init__(self, config: uvicorn.Config, url: str) -> None:
        super().__init__(config)
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(f"sandbox stripe listening on {self._url}", flush=True)  # noqa: T201  this line is the interface


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A Stripe-compatible server for tests.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12111, help="0 takes a free port")
    parser.add_argument("--data", type=Path, required=True, help="folder of the state, made when missing")
    parser.add_argument("--settle-seconds", type=float, default=0.0, help="until a charge's money is available")
    parser.add_argument("--payout-seconds", type=float, default=0.5, help="until a payout is paid")
    parser.add_argument("--dispute-seconds", type=float, default=0.2, help="until pm_card_createDispute is disputed")
    parser.add_argument("--refund-seconds", type=float, default=0.3, help="until a failing or pending refund ends")
    parser.add_argument("--retry-seconds", type=float, default=0.5, help="first pause before a webhook is sent again")
    parser.add_argument("--public-url", help="where browsers reach the pages, when it is not the listening address")
    return parser.parse_args()


if __name__ == "__main__":
    main()
