"""Accounts and their second factor; comparisons with Stripe, and what they find that nobody knows."""

from collections.abc import Callable
from typing import Any

from commands.administer_account import AdministerAccount
from commands.change_account import ChangePassword, ChangeProfile, VerifyEmail
from commands.erase_account import EraseAccount
from commands.explain_entry import ApproveExplanation, ProposeExplanation, RejectExplanation
from commands.reconcile import FinishReconciliation, IdentifyEntry, StartReconciliation, SuspendEntry
from commands.second_factor import ConfirmSecondFactor, OfferSecondFactor, RemoveSecondFactor, UseRecoveryCode
from commands.set_preferences import SetPreferences, Unsubscribe
from domain.account import Account, OpenMatter
from domain.reconciliation import Reconciliation
from domain.stray_entry import StrayEntry, stray_entry_id
from domain.stray_entry_events import Explanation
from tests.unit.account_life import ADMIN, PERSON_ID
from tests.unit.facts import FINANCE, OPERATOR, booking_id, entry_of, register
from tests.unit.lives.life import Ask, Life
from tests.unit.payment_life import COLLEAGUE
from tests.unit.story import Step, Story

SEALED = "c2VhbGVk"


def seen(command: type, *facts: Any, **more: Any) -> Callable[[Story], Any]:
    """A command for the account as it is now: what is sealed in it opens only in the next event."""
    return lambda story: command(PERSON_ID, len(story.log.stream(PERSON_ID)), *facts, **more)


def status(to: str) -> Callable[[Story], Any]:
    return seen(AdministerAccount, (SEALED,), status=to)


def role(to: str) -> Callable[[Story], Any]:
    return seen(AdministerAccount, (SEALED,), role=to)


_REGISTERED = Step(register("traveller", PERSON_ID, "6b86b273ff34fce1"))
_SUSPENDED = Step(AdministerAccount(PERSON_ID, 1, (SEALED,), status="suspended"), ADMIN)
_OFFERED = Step(OfferSecondFactor(PERSON_ID, 1, SEALED))
_CONFIRMED = Step(ConfirmSecondFactor(PERSON_ID, 2, SEALED))
_MATTER = OpenMatter("bookings", "A trip is still to come.")

ACCOUNTS = Life(
    title="Account",
    about="A suspended account can be changed by staff, and erased; an erased one is not there any more.",
    kind=Account,
    stream_id=PERSON_ID,
    state_of=lambda account: str(account.status),
    before=[],
    examples={
        "active": _REGISTERED,
        "suspended": [_REGISTERED, _SUSPENDED],
        "erased": [_REGISTERED, Step(EraseAccount(PERSON_ID))],
    },
    asks=(
        Ask(_REGISTERED.command, begins=True),
        Ask(VerifyEmail(PERSON_ID)),
        Ask(seen(ChangeProfile, {"full_name": SEALED})),
        Ask(seen(ChangePassword, SEALED, "changed")),
        Ask(SetPreferences(PERSON_ID, {"reminders.sms": True}, None)),
        Ask(Unsubscribe(PERSON_ID, "reminders", "email")),
        Ask(Unsubscribe(PERSON_ID, "security", "email"), words="what is needed"),
        Ask(status("suspended"), ADMIN, "suspend"),
        Ask(status("active"), ADMIN, "reinstate"),
        Ask(status("suspended"), OPERATOR, "suspend, by an operator"),
        Ask(role("operator"), ADMIN, "another role"),
        Ask(role("operator"), OPERATOR, "another role, by an operator"),
        Ask(EraseAccount(PERSON_ID)),
        Ask(EraseAccount(PERSON_ID, (_MATTER,)), words="while something is open"),
    ),
)
FACTORS = Life(
    title="Second factor of an account",
    about="Asked for at sign-in once it is *on*.",
    kind=Account,
    stream_id=PERSON_ID,
    state_of=lambda account: "erased" if account.status == "erased" else str(account.second_factor),
    before=[],
    examples={
        "off": _REGISTERED,
        "offered": [_REGISTERED, _OFFERED],
        "on": [_REGISTERED, _OFFERED, _CONFIRMED, Step(UseRecoveryCode(PERSON_ID, 1))],
        "erased": [_REGISTERED, _OFFERED, _CONFIRMED, Step(EraseAccount(PERSON_ID))],
    },
    asks=(
        Ask(_REGISTERED.command, begins=True),
        Ask(seen(OfferSecondFactor, SEALED)),
        Ask(seen(ConfirmSecondFactor, SEALED)),
        Ask(UseRecoveryCode(PERSON_ID, 2)),
        Ask(UseRecoveryCode(PERSON_ID, 1), words="used before"),
        Ask(RemoveSecondFactor(PERSON_ID)),
        Ask(EraseAccount(PERSON_ID)),
    ),
)
RUN_ID = booking_id(99)
_STRAY = entry_of("stray", -5_00)
_FINISH = FinishReconciliation(RUN_ID, matched=1, ours_only=0, theirs_only=1, different=0)
_SUSPEND = SuspendEntry(_STRAY, "other_adjustment", None)
_IDENTIFY = IdentifyEntry(_STRAY.balance_transaction_id)
_AGREE = ApproveExplanation(stray_entry_id(_STRAY.balance_transaction_id))
_PROPOSE = ProposeExplanation(_AGREE.entry_id, Explanation("stripe.fees", None, "fee", "FIN-7"))

COMPARISONS = Life(
    title="Reconciliation",
    about="A comparison of our journal with Stripe's balance transactions.",
    kind=Reconciliation,
    stream_id=RUN_ID,
    state_of=lambda run: "finished" if run.finished else "running",
    before=[],
    examples={
        "running": Step(StartReconciliation(RUN_ID)),
        "finished": [Step(StartReconciliation(RUN_ID)), Step(_FINISH)],
    },
    asks=(Ask(StartReconciliation(RUN_ID)), Ask(_FINISH)),
)
STRAYS = Life(
    title="Stray entry",
    about="A balance transaction of Stripe's that nothing of ours explains stands in suspense until something does.",
    kind=StrayEntry,
    stream_id=stray_entry_id(_STRAY.balance_transaction_id),
    state_of=lambda stray: str(stray.status),
    before=[],
    examples={
        "suspended": Step(_SUSPEND),
        "proposed": [Step(_SUSPEND), Step(_PROPOSE, FINANCE)],
        "explained": [Step(_SUSPEND), Step(_PROPOSE, FINANCE), Step(_AGREE, COLLEAGUE)],
        "identified": [Step(_SUSPEND), Step(_IDENTIFY)],
    },
    asks=(
        Ask(_SUSPEND),
        Ask(_IDENTIFY),
        Ask(_PROPOSE, FINANCE),
        Ask(_AGREE, COLLEAGUE, "by a second person"),
        Ask(_AGREE, FINANCE, "by the first"),
        Ask(RejectExplanation(_AGREE.entry_id), FINANCE),
    ),
)
LIVES = (ACCOUNTS, FACTORS, COMPARISONS, STRAYS)
