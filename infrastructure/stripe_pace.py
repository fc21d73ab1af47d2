"""How fast we ask Stripe: a little slower than it allows, so that it never has to refuse.

Stripe allows 100 requests a second with a live key, 25 for any one endpoint, and 25 in all with a test key
(docs.stripe.com/rate-limits).
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from infrastructure.stripe_mode import StripeMode

# Some room is left for what else uses the same key, such as a person at the dashboard.
LIVE_PER_SECOND: Final = 80.0
ENDPOINT_PER_SECOND: Final = 20.0
TEST_PER_SECOND: Final = 20.0
BURST_S: Final = 1.0


class Pace:
    """A token bucket for threads: `per_second` on average, and a second's worth at once after a pause."""

    def __init__(
        self,
        per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._per_second = per_second
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at = clock() - BURST_S

    def wait(self) -> None:
        """Until it is this caller's turn; callers are served in the order in which they came."""
        with self._lock:
            now = self._clock()
            turn = max(self._free_at, now - BURST_S)
            self._free_at = turn + 1 / self._per_second
        if turn > now:
            self._sleep(turn - now)


class Paces:
    """One for everything and one for each endpoint, such as `/v1/refunds`."""

    def __init__(
        self,
        mode: StripeMode,
        *,
        processes: int = 1,
        per_second: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`processes` share what Stripe allows; `per_second` if it allows this account something else, a quarter of it
        for each endpoint. Our own sandbox is asked as fast as Stripe with a live key.
        """

        def pace(per_second: float) -> Pace:
            return Pace(per_second / processes, clock=clock, sleep=sleep)

        in_all = per_second or (TEST_PER_SECOND if mode == "test" else LIVE_PER_SECOND)
        of_endpoint = per_second / 4 if per_second else ENDPOINT_PER_SECOND
        self._in_all = pace(in_all)
        self._endpoints: defaultdict[str, Pace] = defaultdict(lambda: pace(of_endpoint))

    def wait(self, url: str) -> None:
        endpoint = "/".join(urlsplit(url).path.split("/", 3)[:3])
        self._endpoints[endpoint].wait()
        self._in_all.wait()
