"""Faults to order: what a network and a provider do on bad days, switched on over HTTP."""

import json
from fnmatch import fnmatchcase
from typing import Any

from sandbox.documents import Doc
from sandbox.store import Store

REQUEST_FAULTS = frozenset({
    "rate_limit",  # 429 before anything is looked at.
    "drop_connection_before",  # The connection closes and nothing is done.
    "delay",  # Waits `seconds` before the work; meanwhile the idempotency key is in use.
    "delay_answer",  # Does the work durably, then waits `seconds` before it answers.
    "error_500",  # 500 without any work; saved under the key, as Stripe does.
    "error_500_after_commit",  # Does the work durably, answers 500 and saves the 500 under the key.
    "lose_answer",  # Does the work durably and closes the connection without a byte.
    "truncate_answer",  # Does the work durably and closes the connection in the middle of the body.
})  # fmt: skip
WORK_FAULTS = frozenset({
    "late_fee",  # The charge's balance transaction comes after `seconds`, as `automatic_async` capture may do.
    "refuse_capture",  # What was authorised cannot be captured any more.
    "pending_refund",  # The refund stays `pending` for want of funds until it is settled by hand.
})  # fmt: skip
WEBHOOK_FAULTS = frozenset({
    "duplicate_webhooks",  # Each of the next `times` deliveries is sent twice.
    "reorder_webhooks",  # Waits for `times` deliveries (or `seconds`) and sends them last first.
    "hold_webhooks",  # Sends nothing until the fault is deleted or `seconds` have passed.
})  # fmt: skip
KINDS = REQUEST_FAULTS | WORK_FAULTS | WEBHOOK_FAULTS


class Faults:
    """The switched-on faults. They are kept in the file, so that a restart does not heal the world."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._active: list[Doc] = [
            json.loads(text) | {"id": row_id} for row_id, text in store.run("SELECT id, json FROM faults ORDER BY id")
        ]

    def switch_on(self, kind: str, **details: Any) -> Doc:
        fault = {"kind": kind, "method": "*", "path": "*", "times": 1, "skip": 0, "seconds": 0.0, "type": "*"}
        fault.update(details)
        fault["id"] = self._store.run("INSERT INTO faults (json) VALUES (?) RETURNING id", json.dumps(fault))[0][0]
        self._active.append(fault)
        return fault

    def switch_off(self, fault_id: int | None = None) -> None:
        """Takes one fault away, or all of them."""
        for fault in [fault for fault in self._active if fault_id in {None, fault["id"]}]:
            self._forget(fault)

    def active(self) -> list[Doc]:
        return list(self._active)

    def first(self, kind: str) -> Doc | None:
        return next((fault for fault in self._active if fault["kind"] == kind), None)

    def take(self, kind: str, *, method: str = "*", path: str = "*", event_type: str = "*") -> Doc | None:
        """Uses up one time of the first fault of this kind that fits, if there is one."""
        for fault in self._active:
            if fault["kind"] == kind and _fits(fault, method, path, event_type):
                return self._use(fault)
        return None

    def forget(self, fault: Doc) -> None:
        if fault in self._active:
            self._forget(fault)

    def _use(self, fault: Doc) -> Doc | None:
        if fault["skip"] > 0:
            fault["skip"] -= 1
            self._save(fault)
            return None
        fault["times"] -= 1
        if fault["times"] <= 0:
            self._forget(fault)
        else:
            self._save(fault)
        return fault

    def _save(self, fault: Doc) -> None:
        self._store.run("UPDATE faults SET json = ? WHERE id = ?", json.dumps(fault), fault["id"])

    def _forget(self, fault: Doc) -> None:
        self._store.run("DELETE FROM faults WHERE id = ?", fault["id"])
        self._active.remove(fault)


def _fits(fault: Doc, method: str, path: str, event_type: str) -> bool:
    return (
        fault["method"] in {"*", method}
        and (path == "*" or fnmatchcase(path, fault["path"]))
        and (event_type == "*" or fnmatchcase(event_type, fault["type"]))
    )
