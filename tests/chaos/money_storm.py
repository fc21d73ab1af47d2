"""What a bad minute does to a system that takes money, drawn from a seed: killed, paused, cut off from Stripe."""

import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any, Final

import httpx

from tests.acceptance.system import System

VICTIMS: Final = ("api", "followers", "worker", "sandbox", "valkey")
STORM_S: Final = 35.0
PAUSE_S: Final = (0.3, 1.5)
HALT_S: Final = (0.3, 2.5)
# How the way to Stripe fails: `times` requests each. What was done there may or may not be known here afterwards.
CUTS: Final = (
    "drop_connection_before",
    "lose_answer",
    "truncate_answer",
    "error_500",
    "error_500_after_commit",
    "rate_limit",
    "duplicate_webhooks",
    "reorder_webhooks",
)


class Storm(threading.Thread):
    """Strikes for `STORM_S`; `struck` counts what it did. After it nobody is halted and the way to Stripe is free."""

    def __init__(self, system: System, random: Random) -> None:
        super().__init__(name="storm", daemon=True)
        self._system = system
        self._random = random
        self.struck: Counter[str] = Counter()

    def run(self) -> None:
        strikes: tuple[Callable[[], None], ...] = (self._kill, self._kill, self._halt, self._halt, self._cut)
        ends_at = time.monotonic() + STORM_S
        while time.monotonic() < ends_at:
            time.sleep(self._random.uniform(*PAUSE_S))
            # Whom it would hit may be down already, which is what it wanted.
            with suppress(ProcessLookupError, AssertionError, KeyError, httpx.HTTPError):
                self._random.choice(strikes)()
        for victim in VICTIMS:
            with suppress(ProcessLookupError, AssertionError, KeyError):
                os.kill(self._system.pid_of(victim), signal.SIGCONT)
        self._heal()

    def _kill(self) -> None:
        victim = self._random.choice(VICTIMS)
        os.kill(self._system.pid_of(victim), signal.SIGKILL)
        if victim == "valkey":
            for path in (self._system.home / "valkey").glob("**/appendonlydir"):
                shutil.rmtree(path, ignore_errors=True)
        self.struck[f"killed {victim}"] += 1

    def _halt(self) -> None:
        """It neither works nor dies, and whoever waits for it waits."""
        victim = self._random.choice(VICTIMS)
        pid = self._system.pid_of(victim)
        os.kill(pid, signal.SIGSTOP)
        self.struck[f"halted {victim}"] += 1
        time.sleep(self._random.uniform(*HALT_S))
        os.kill(pid, signal.SIGCONT)

    def _cut(self) -> None:
        kind = self._random.choice(CUTS)
        fault: dict[str, Any] = {"kind": kind, "times": self._random.randint(1, 8)}
        if not kind.endswith("webhooks"):
            fault |= {"method": "*", "path": "/v1/*"}
        self._steer("POST", json=fault)
        self.struck[f"cut: {kind}"] += 1

    def _steer(self, method: str, **how: Any) -> None:
        sandbox = self._system.state.sandbox
        httpx.request(method, f"{sandbox}/sandbox/faults", timeout=5, trust_env=False, **how).raise_for_status()

    def _heal(self) -> None:
        while True:
            try:
                self._steer("DELETE")
            except httpx.HTTPError:
                time.sleep(0.2)
            else:
                return
