"""Travellers who book, pay and change their minds, and do not give up when the server does not answer."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from uuid import uuid4

import httpx

from infrastructure.demo.person import Json, Person

PATIENCE_S: Final = 90.0
ANSWER_S: Final = 10.0
AGAIN_S: Final = 0.2
OVER: Final = frozenset({"captured", "failed", "voided"})
CARDS: Final = ("pm_card_visa",) * 6 + ("pm_card_mastercard", "pm_card_chargeDeclined", "pm_card_pendingRefund")
# Answers that say nothing of whether the thing was done: the same key is sent again until one does.
_ASK_AGAIN: Final = frozenset({429, 500, 502, 503, 504})


class GaveUp(Exception):  # noqa: N818 - not an error of the test: too late to matter
    """The system did not answer for as long as anybody would wait."""


@dataclass
class Load:
    """`bookings` bookings by as many at once as there are travellers; `seen` counts how they went."""

    address: str
    travellers: list[Person]
    operator: Person
    listing_id: str
    starts_at: str
    bookings: int
    random: Random
    seen: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        threads = [threading.Thread(target=self._live, args=(person,)) for person in self.travellers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _live(self, person: Person) -> None:
        with httpx.Client(base_url=f"{self.address}/api/v1", timeout=ANSWER_S, trust_env=False) as http:
            while self._one_more():
                try:
                    outcome = self._trip(http, person)
                except GaveUp as why:
                    outcome = f"gave up: {why}"
                with self._lock:
                    self.seen[outcome] += 1

    def _one_more(self) -> bool:
        with self._lock:
            self.bookings -= 1
            return self.bookings >= 0

    def _draw(self, choose: Callable[[Random], Any]) -> Any:
        with self._lock:
            return choose(self.random)

    def _trip(self, http: httpx.Client, person: Person) -> str:
        booking = self._insist(
            http, person, "/bookings", {"listing_id": self.listing_id, "starts_at": self.starts_at, "quantity": 1}
        )
        path = f"/bookings/{booking['id']}"
        payment = self._insist(
            http, person, f"{path}/payments", {"payment_method": self._draw(lambda r: r.choice(CARDS))}
        )
        if self._draw(lambda r: r.random()) < 0.15:
            # In the middle of paying: whichever is first, the money comes back.
            self._insist(http, person, f"{path}/cancel", {})
            return "cancelled while paying"
        ended = self._until(http, person, f"/payments/{payment['id']}", lambda seen: seen["status"] in OVER)
        if ended["status"] != "captured":
            return f"payment {ended['status']}"
        mind = self._draw(lambda r: r.random())
        if mind < 0.5:
            self._insist(http, person, f"{path}/cancel", {})
            return "cancelled"
        if mind < 0.7:
            body = {"amount": {"amount": 1_000, "currency": "EUR"}, "reason": "sorry", "at_fault": "goodwill"}
            self._insist(http, self.operator, f"/payments/{payment['id']}/refunds", body)
            return "refunded in part"
        return "kept"

    def _insist(self, http: httpx.Client, person: Person, path: str, body: Json) -> Json:
        """Send it with one key until there is an answer; a refusal is an answer."""
        headers = {"Authorization": f"Bearer {person.token}", "Idempotency-Key": uuid4().hex}
        return self._ask(lambda: http.post(path, json=body, headers=headers))

    def _until(self, http: httpx.Client, person: Person, path: str, holds: Callable[[Json], bool]) -> Json:
        headers = {"Authorization": f"Bearer {person.token}"}
        deadline = time.monotonic() + PATIENCE_S
        while not holds(seen := self._ask(lambda: http.get(path, headers=headers))):
            if time.monotonic() > deadline:
                raise GaveUp(f"{path} stays {seen['status']}")
            time.sleep(AGAIN_S)
        return seen

    def _ask(self, request: Callable[[], httpx.Response]) -> Json:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                answer = request()
            except httpx.HTTPError:
                time.sleep(AGAIN_S)
                continue
            if answer.status_code not in _ASK_AGAIN:
                body: Json = answer.json()
                if answer.is_error:
                    raise GaveUp(body.get("code"))
                return body
            time.sleep(AGAIN_S)
        raise GaveUp("no answer")
