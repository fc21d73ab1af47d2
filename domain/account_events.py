"""What happens to an account. What is personal stands here as ciphertext under the person's own key, nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from uuid import UUID

from domain.actor import Role
from domain.preferences import QuietHours
from domain.root import Event, FirstEvent

if TYPE_CHECKING:
    from domain.account import Account

WhyPassword = Literal["changed", "reset", "rehashed"]


class Registered(FirstEvent):
    """Someone can sign in from now on; all that is personal stands here as ciphertext."""

    TOPIC = "account.registered"
    role: Role
    sealed: dict[str, str]
    password_sealed: str

    def apply(self, aggregate: Account) -> None:
        aggregate.role = self.role
        aggregate.keep(self.originator_version, {**self.sealed, "password": self.password_sealed})
        aggregate.password_version = self.originator_version


class EmailVerified(Event):
    """Whoever reads the mail of that address has said that it is theirs."""

    TOPIC = "account.email_verified"

    def apply(self, aggregate: Account) -> None:
        aggregate.email_verified = True


class ProfileChanged(Event):
    """Name, phone or locale are others now; those in `removed` are not known any more."""

    TOPIC = "account.profile_changed"
    sealed: dict[str, str]
    removed: tuple[str, ...]

    def apply(self, aggregate: Account) -> None:
        aggregate.keep(self.originator_version, self.sealed)
        for name in self.removed:
            aggregate.sealed.pop(name, None)


class PasswordChanged(Event):
    """The password is another one, or the same hashed anew; every session but `kept_session` ends."""

    TOPIC = "account.password_changed"
    password_sealed: str
    why: WhyPassword
    kept_session: UUID | None

    def apply(self, aggregate: Account) -> None:
        aggregate.keep(self.originator_version, {"password": self.password_sealed})
        aggregate.password_version = self.originator_version


class Suspended(Event):
    """It may not sign in until it is reinstated; its sessions end."""

    TOPIC = "account.suspended"
    reason_sealed: str

    def apply(self, aggregate: Account) -> None:
        aggregate.status = "suspended"
        aggregate.keep(self.originator_version, {"reason": self.reason_sealed})


class Reinstated(Event):
    """It may sign in again."""

    TOPIC = "account.reinstated"
    reason_sealed: str

    def apply(self, aggregate: Account) -> None:
        aggregate.status = "active"
        aggregate.keep(self.originator_version, {"reason": self.reason_sealed})


class RoleChanged(Event):
    """It may do other things now; its sessions end, because they say what it might."""

    TOPIC = "account.role_changed"
    role: Role
    reason_sealed: str

    def apply(self, aggregate: Account) -> None:
        aggregate.role = self.role
        aggregate.keep(self.originator_version, {"reason": self.reason_sealed})


class SecondFactorOffered(Event):
    """A secret for one-time codes was handed out; it counts once a code of it was given back."""

    TOPIC = "account.second_factor_offered"
    secret_sealed: str

    def apply(self, aggregate: Account) -> None:
        aggregate.second_factor = "offered"
        aggregate.keep(self.originator_version, {"totp": self.secret_sealed})


class SecondFactorConfirmed(Event):
    """From now on signing in needs a one-time code, or one of the recovery codes."""

    TOPIC = "account.second_factor_confirmed"
    recovery_sealed: str

    def apply(self, aggregate: Account) -> None:
        aggregate.second_factor = "on"
        aggregate.recovery_used = frozenset()
        aggregate.keep(self.originator_version, {"recovery": self.recovery_sealed})


class RecoveryCodeUsed(Event):
    """Someone signed in with recovery code `number`, which is good no more."""

    TOPIC = "account.recovery_code_used"
    number: int

    def apply(self, aggregate: Account) -> None:
        aggregate.recovery_used |= {self.number}


class SecondFactorRemoved(Event):
    """A password is enough again."""

    TOPIC = "account.second_factor_removed"

    def apply(self, aggregate: Account) -> None:
        aggregate.second_factor = "off"
        for name in ("totp", "recovery"):
            aggregate.sealed.pop(name, None)


class PreferencesChanged(Event):
    """What it wants to be told, as "group.channel" (the rest is as for everybody), and when not to be disturbed."""

    TOPIC = "account.preferences_changed"
    chosen: dict[str, bool]
    quiet_hours: QuietHours | None

    def apply(self, aggregate: Account) -> None:
        aggregate.preferences = dict(self.chosen)
        aggregate.quiet_hours = self.quiet_hours


class Erased(Event):
    """The person is forgotten: their key is destroyed, so what stands sealed in the log is noise from now on."""

    TOPIC = "account.erased"

    def apply(self, aggregate: Account) -> None:
        aggregate.status = "erased"
        aggregate.second_factor = "off"
        aggregate.sealed.clear()
