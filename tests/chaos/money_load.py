"""Travellers who book, pay and change their minds, and do not give up when the server does not answer."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
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
KEY: Final = "sk_test_bank"
# What banks decide about a contested charge, one thing after the other; nothing: they still think.
VERDICTS: Final = (("won",), ("lost",), ("won", "lost"), ("won", "taken_again"), ())
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
    sandbox: Callable[[], str]
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
        if mind < 0.65:
            body = {"amount": {"amount": 1_000, "currency": "EUR"}, "reason": "sorry", "at_fault": "goodwill"}
            self._insist(http, self.operator, f"/payments/{payment['id']}/refunds", body)
            return "refunded in part"
        if mind < 0.85:
            return self._contest(payment["id"])
        return "kept"

    def _contest(self, payment_id: str) -> str:
        """The cardholder goes to the bank, which decides, and perhaps once more."""
        verdicts = self._draw(lambda r: r.choice(VERDICTS))
        with httpx.Client(auth=(KEY, ""), timeout=ANSWER_S, trust_env=False) as bank:
            self._steer(bank, lambda: f"charges/{self._charge_of(bank, payment_id)}/dispute")
            for verdict in verdicts:
                self._steer(bank, partial(self._decision, bank, payment_id, verdict))
        return f"contested: {', '.join(verdicts) or 'undecided'}"

    def _decision(self, bank: httpx.Client, payment_id: str, verdict: str) -> str:
        return f"disputes/{self._dispute_of(bank, payment_id)}/{verdict}"

    def _charge_of(self, bank: httpx.Client, payment_id: str) -> str:
        return self._found(bank, "charges", lambda one: one["metadata"].get("payment_id") == payment_id)

    def _dispute_of(self, bank: httpx.Client, payment_id: str) -> str:
        charge_id = self._charge_of(bank, payment_id)
        return self._found(bank, "disputes", lambda one: one["charge"] == charge_id)

    def _found(self, bank: httpx.Client, what: str, wanted: Callable[[Json], bool]) -> str:
        after: dict[str, str] = {}
        while True:
            page = bank.get(f"{self.sandbox()}/v1/{what}", params={"limit": 100, **after}).raise_for_status().json()
            for one in page["data"]:
                if wanted(one):
                    return str(one["id"])
            after = {"starting_after": page["data"][-1]["id"]}

    def _steer(self, bank: httpx.Client, path: Callable[[], str]) -> None:
        """Until it is done; to be told that it was done before is an answer, too."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with suppress(httpx.HTTPError, ValueError, LookupError, AssertionError):
                if bank.post(f"{self.sandbox()}/sandbox/{path()}").status_code < 500:
                    return
            time.sleep(AGAIN_S)
        raise GaveUp("the bank does not answer")

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
