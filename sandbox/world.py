"""What every endpoint and every timer works with: the store, the clock, the settings, and who is asking."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.documents import PLATFORM, Doc
from sandbox.errors import missing
from sandbox.faults import Faults
from sandbox.store import Store


@dataclass(frozen=True)
class Settings:
    """Delays in seconds of sandbox time, save the pause between two tries of a webhook, which is real time."""

    settle_seconds: float = 0.0
    payout_seconds: float = 0.5
    dispute_seconds: float = 0.2
    refund_seconds: float = 0.3
    retry_seconds: float = 0.5
    base_url: str = "http://127.0.0.1"


class Clock:
    """Sandbox time: the machine's clock plus what was put forward by hand, which a restart remembers."""

    def __init__(self, store: Store) -> None:
        self._store = store
        rows = store.run("SELECT value FROM facts WHERE name = 'clock_offset'")
        self.offset_seconds: float = rows[0][0] if rows else 0.0

    def now(self) -> float:
        return time.time() + self.offset_seconds

    def advance(self, seconds: float) -> None:
        self._store.run("INSERT OR REPLACE INTO facts VALUES ('clock_offset', ?)", self.offset_seconds + seconds)
        self.offset_seconds += seconds


@dataclass(frozen=True)
class World:
    store: Store
    clock: Clock
    settings: Settings
    faults: Faults
    # Rung after a commit that left work for the background: deliveries and timers.
    wake: Callable[[], None]


@dataclass(frozen=True)
class Call:
    """One request, or one turn of a timer (then without a request id)."""

    world: World
    account: str = PLATFORM
    params: Doc = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    request_id: str | None = None
    idempotency_key: str | None = None

    @property
    def store(self) -> Store:
        return self.world.store

    @property
    def settings(self) -> Settings:
        return self.world.settings

    def now(self) -> int:
        return int(self.world.clock.now())

    def given(self, *names: str) -> Doc:
        """Those of the named parameters that the request carries."""
        return {name: self.params[name] for name in names if name in self.params}

    def found(self, kind: str, object_id: str, *, param: str | None = None) -> Doc:
        """The account's object with this id; `param` names the parameter it came in, none means the path."""
        doc = self.store.get(kind, object_id, self.account)
        if doc is None:
            raise missing(kind, object_id, param=param or "id", in_path=param is None)
        return doc

    def chosen(self, name: str, otherwise: Any) -> Any:
        """The parameter, or what holds without it."""
        return self.params.get(name, otherwise)

    def on(self, account: str) -> "Call":
        """The same cause, seen from another account: a transfer writes on both sides."""
        return Call(self.world, account, request_id=self.request_id, idempotency_key=self.idempotency_key)

    def schedule(self, kind: str, object_id: str, *, after_seconds: float) -> None:
        due_at: Any = self.world.clock.now() + after_seconds
        self.store.run(
            "INSERT INTO timers (due_at, kind, object, account) VALUES (?, ?, ?, ?)",
            due_at, kind, object_id, self.account,
        )  # fmt: skip
