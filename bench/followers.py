"""`python -m bench.followers URL`: every follower in its own process, woken as in production, until stdin closes."""

import sys
import threading

from projections.catalogue import PROJECTIONS
from workers.follower import Followed, FollowerThread
from workers.processes import _listen
from workers.react import REACT


def main(url: str) -> None:
    stop = threading.Event()
    followed = [*(Followed(p) for p in PROJECTIONS.values()), Followed(REACT, schema="board")]
    followers = [FollowerThread(url, one, stop) for one in followed]
    listening = threading.Thread(target=_listen, args=(url, followers, stop), daemon=True)
    for thread in (*followers, listening):
        thread.start()
    sys.stdin.read()
    stop.set()
    for follower in followers:
        follower.wake.set()
        follower.join(timeout=5)


if __name__ == "__main__":
    main(sys.argv[1])
