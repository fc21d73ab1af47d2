"""`python -m bench.followers URL`: every follower in its own process, woken as in production, until stdin closes."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from projections.catalogue import PROJECTIONS
from workers.follower import Followed, FollowerThread
from workers.listener import listen
from workers.react import REACT


@contextmanager
def followers(url: str) -> Iterator[None]:
    with subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench.followers", url], stdin=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        try:
            yield
        finally:
            process.stdin.close()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


def main(url: str) -> None:
    stop = threading.Event()
    followed = [*(Followed(p) for p in PROJECTIONS.values()), Followed(REACT, schema="board")]
    threads = [FollowerThread(url, one, stop) for one in followed]
    listening = threading.Thread(target=listen, args=(url, threads, stop), daemon=True)
    for thread in (*threads, listening):
        thread.start()
    sys.stdin.read()
    stop.set()
    for follower in threads:
        follower.wake.set()
        follower.join(timeout=5)


if __name__ == "__main__":
    main(sys.argv[1])
