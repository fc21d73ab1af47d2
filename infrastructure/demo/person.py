"""Somebody who uses Travellr over HTTP, as the demo's people do."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import httpx

Json = dict[str, Any]
PATIENCE_S: Final = 90.0
LOOK_EVERY_S: Final = 0.05


class StoryBroken(Exception):  # noqa: N818 - what it says is the message
    """The story did not go as it should."""


class Refused(StoryBroken):
    """The server said no."""

    def __init__(self, status: int, problem: Json) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')} {problem.get('errors') or ''}")
        self.status = status
        self.code = problem.get("code")


@dataclass(slots=True)
class Person:
    """One account and its token; every POST carries a key of its own, so that a retry can never do a thing twice."""

    http: httpx.Client
    email: str
    password: str
    token: str | None = field(default=None, repr=False)
    account_id: str = ""

    def register(self, full_name: str, role: str) -> "Person":
        """Register and sign in; somebody known only signs in."""
        body = {"email": self.email, "password": self.password, "full_name": full_name, "role": role}
        try:
            self.post("/auth/register", body)
        except Refused as refused:
            if refused.code != "email_taken":
                raise
        return self.login()

    def login(self) -> "Person":
        answer = self.post("/auth/login", {"email": self.email, "password": self.password})
        self.token = answer["access_token"]
        self.account_id = self.get("/users/me")["id"]
        return self

    def post(self, path: str, body: Json | None = None) -> Json:
        return self._ask("POST", path, json=body if body is not None else {}, headers={"Idempotency-Key": uuid4().hex})

    def put(self, path: str, body: Json) -> Json:
        return self._ask("PUT", path, json=body)

    def get(self, path: str) -> Json:
        return self._ask("GET", path)

    def until(self, path: str, holds: Callable[[Json], bool], what: str) -> Json:
        """Look until it is so. Raises StoryBroken after a while, saying what was seen instead."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds(seen := self.get(path)):
            if time.monotonic() > deadline:
                raise StoryBroken(f"{what} did not come about: {seen}")
            time.sleep(LOOK_EVERY_S)
        return seen

    def _ask(self, method: str, path: str, **how: Any) -> Json:
        headers = how.pop("headers", {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        answer = self.http.request(method, f"/api/v1{path}", headers=headers, **how)
        body: Json = answer.json() if answer.content else {}
        if answer.is_error:
            raise Refused(answer.status_code, body)
        return body


def now_of(person: Person) -> datetime:
    return datetime.fromisoformat(person.get("/sandbox/clock")["now"])


def move_clock(person: Person, by: timedelta) -> datetime:
    """Move the sandbox clock on; everything that falls due on the way has happened when this returns."""
    wanted = now_of(person) + by
    person.post("/sandbox/clock", {"at": wanted.isoformat()})
    person.until("/sandbox/clock", lambda seen: datetime.fromisoformat(seen["now"]) >= wanted, "the clock's move")
    return wanted
