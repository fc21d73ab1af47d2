"""What staff do to somebody's account, and what they may not."""

from typing import Any
from uuid import UUID

import pytest

from commands.administer_account import AdministerAccount, NotYourself
from commands.erase_account import EraseAccount
from domain.account import Account, RoleFixed
from domain.actor import Actor, Role
from domain.refusal import NotAllowed, NotFound, VersionMismatch
from domain.vendor import Vendor
from tests.unit.facts import OPERATOR, TRAVELLER_ID, VENDOR_ID, register
from tests.unit.story import Step, Story, fact, given

ADMIN = Actor(UUID("0198a000-0000-7000-8000-000000000009"), "admin")
TRAVELLER = Step(register("traveller", TRAVELLER_ID))


def change(account_id: UUID = TRAVELLER_ID, version: int = 1, **what: Any) -> AdministerAccount:
    return AdministerAccount(account_id, version, ("first", "second"), **what)


def a(role: Role) -> Story:
    return given(Step(register(role, TRAVELLER_ID)))


def test_someone_is_suspended_and_reinstated_each_with_a_reason() -> None:
    story = given(TRAVELLER).when(change(status="suspended"), by=OPERATOR)
    story.then(fact(Account.Suspended, reason_sealed="first"))
    assert story.state(Account, TRAVELLER_ID).status == "suspended"
    story.when(change(version=2, status="suspended"), by=OPERATOR).then_nothing()
    story.when(change(version=2, status="active"), by=OPERATOR).then(fact(Account.Reinstated, reason_sealed="first"))
    assert story.state(Account, TRAVELLER_ID).status == "active"


def test_role_and_status_at_once_are_two_events_with_a_reason_sealed_for_each() -> None:
    story = given(TRAVELLER).when(change(role="finance", status="suspended"), by=ADMIN)
    story.then(
        fact(Account.RoleChanged, role="finance", reason_sealed="first"),
        fact(Account.Suspended, reason_sealed="second"),
    )


def test_who_becomes_a_vendor_can_be_paid() -> None:
    story = given(TRAVELLER).when(change(role="vendor"), by=ADMIN)
    story.then(Account.RoleChanged, fact(Vendor.Enrolled, vendor_id=TRAVELLER_ID))


def test_a_vendor_stays_a_vendor() -> None:
    given(Step(register())).when(change(VENDOR_ID, role="traveller"), by=ADMIN).then(RoleFixed)


def test_the_role_that_one_has_is_no_change() -> None:
    given(TRAVELLER).when(change(role="traveller"), by=OPERATOR).then_nothing()


def test_roles_and_staff_are_for_admins() -> None:
    given(TRAVELLER).when(change(role="admin"), by=OPERATOR).then(NotAllowed)
    a("finance").when(change(status="suspended"), by=OPERATOR).then(NotAllowed)
    a("finance").when(change(status="suspended"), by=ADMIN).then(Account.Suspended)


@pytest.mark.parametrize("what", [{"role": "traveller"}, {"status": "suspended"}])
def test_nobody_changes_the_account_that_is_their_own(what: dict[str, Any]) -> None:
    assert ADMIN.account_id is not None
    own = Step(register("admin", ADMIN.account_id))
    given(own).when(change(ADMIN.account_id, **what), by=ADMIN).then(NotYourself)


def test_reasons_that_were_sealed_for_other_events_are_refused() -> None:
    given(TRAVELLER).when(change(version=2, status="suspended"), by=OPERATOR).then(VersionMismatch)


def test_who_was_erased_stays_erased() -> None:
    given(TRAVELLER, Step(EraseAccount(TRAVELLER_ID))).when(change(version=2, status="active"), by=OPERATOR).then(
        NotFound
    )
