"""React to what happens to accounts, beside what people are told of it: sessions end, a person is forgotten."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.account import Account
from domain.root import Event


@dataclass(frozen=True, slots=True)
class Due:
    """A kind of task, and its arguments beside `account_id`."""

    kind: str
    more: Mapping[str, Any]


def _password_changed(event: Any) -> tuple[Due, ...]:
    if event.why == "rehashed":
        return ()
    return (Due("end_sessions", {"kept_session": event.kept_session}),)


PEOPLE: Final[dict[type[Event], Callable[[Any], tuple[Due, ...]]]] = {
    Account.PasswordChanged: _password_changed,
    Account.Suspended: lambda _: (Due("end_sessions", {}),),
    Account.RoleChanged: lambda _: (Due("end_sessions", {}),),
    Account.Erased: lambda _: (Due("forget_person", {}),),
}


def due_for_people(event: Event) -> list[tuple[str, dict[str, Any]]]:
    """The tasks of an event of `PEOPLE`: kind and arguments."""
    return [(due.kind, {"account_id": event.originator_id, **due.more}) for due in PEOPLE[type(event)](event)]
