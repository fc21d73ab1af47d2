"""What follows from what happens to accounts: letters, ended sessions, forgetting."""

from typing import Any

from commands.administer_account import AdministerAccount
from commands.change_account import ChangePassword
from commands.erase_account import EraseAccount
from domain.actor import Actor
from tests.unit.facts import OTHER_TRAVELLER, TRAVELLER_ID, register
from tests.unit.story import Given, Step, given
from workers.react import REACT

REGISTERED = Step(register("traveller", TRAVELLER_ID))
ADMIN = Actor(OTHER_TRAVELLER.account_id, "admin")


def then_tasks(*story: Given) -> list[tuple[str, dict[str, Any]]]:
    """Kind and arguments of what the last event of a story makes due."""
    event = given(*story).log.events_after(0)[-1]
    changes = REACT.project(event, 7) if type(event) in REACT.events else ()
    found = []
    for change in changes:
        values: Any = getattr(change, "values", {})
        found.append((values["kind"], values["arguments"]))
    return found


def test_who_registers_is_asked_to_confirm_the_address() -> None:
    assert then_tasks(REGISTERED) == [("mail", {"account_id": TRAVELLER_ID, "letter": "verify_email"})]


def test_who_changes_a_password_is_told_and_signed_out_elsewhere() -> None:
    changed = Step(ChangePassword(TRAVELLER_ID, 1, "sealed", "changed", ADMIN.account_id))
    assert then_tasks(REGISTERED, changed) == [
        ("mail", {"account_id": TRAVELLER_ID, "letter": "password_changed"}),
        ("end_sessions", {"account_id": TRAVELLER_ID, "kept_session": ADMIN.account_id}),
    ]


def test_a_password_that_is_only_hashed_anew_is_nobodys_news() -> None:
    assert then_tasks(REGISTERED, Step(ChangePassword(TRAVELLER_ID, 1, "sealed", "rehashed"))) == []


def test_who_is_suspended_or_gets_another_role_is_signed_out() -> None:
    out = [("end_sessions", {"account_id": TRAVELLER_ID})]
    for what in ({"status": "suspended"}, {"role": "finance"}):
        change: Any = AdministerAccount(TRAVELLER_ID, 1, ("reason", "reason"), **what)  # type: ignore[arg-type]
        assert then_tasks(REGISTERED, Step(change, ADMIN)) == out


def test_who_is_erased_is_forgotten() -> None:
    assert then_tasks(REGISTERED, Step(EraseAccount(TRAVELLER_ID))) == [("forget_person", {"account_id": TRAVELLER_ID})]
