"""Account: a person or a machine that can sign in. Personal data stands in its events only as ciphertext."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from domain import account_events as events
from domain.account_events import WhyPassword
from domain.actor import STAFF, Role
from domain.preferences import QuietHours, checked
from domain.refusal import NotFound, Refusal
from domain.root import Root

AccountStatus = Literal["active", "suspended", "erased"]


class EmailTaken(Refusal):
    """There is an account with this e-mail address already."""


class AccountErased(Refusal):
    """Somebody who belongs to this has just been erased."""


class RoleFixed(Refusal):
    """A vendor stays a vendor: its listings and its money hang on its account."""


class SecondFactorState(Refusal):
    """The second factor is not in a state in which that can be done."""


class CodeUsed(Refusal):
    """This recovery code was used before."""


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """Why an account cannot be erased yet: what it concerns, and a sentence about it."""

    field: str
    message: str


class StillOpen(Refusal):
    """Money or trips are open; the account can be erased once they are settled."""

    def __init__(self, errors: tuple[OpenMatter, ...]) -> None:
        super().__init__(None)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Sealed:
    """Ciphertext, and the number of the event that it was sealed for: it opens nowhere else."""

    version: int
    text: str


class Account(Root):
    TOPIC = "account"

    Registered = events.Registered
    EmailVerified = events.EmailVerified
    ProfileChanged = events.ProfileChanged
    PasswordChanged = events.PasswordChanged
    Suspended = events.Suspended
    Reinstated = events.Reinstated
    RoleChanged = events.RoleChanged
    SecondFactorOffered = events.SecondFactorOffered
    SecondFactorConfirmed = events.SecondFactorConfirmed
    RecoveryCodeUsed = events.RecoveryCodeUsed
    SecondFactorRemoved = events.SecondFactorRemoved
    PreferencesChanged = events.PreferencesChanged
    Erased = events.Erased

    def __init__(self) -> None:
        self.role: Role = "traveller"
        self.status: AccountStatus = "active"
        self.sealed: dict[str, Sealed] = {}
        self.email_verified = False
        self.password_version = 0
        self.second_factor: Literal["off", "offered", "on"] = "off"
        self.recovery_used: frozenset[int] = frozenset()
        self.preferences: dict[str, bool] = {}
        self.quiet_hours: QuietHours | None = None

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF

    @classmethod
    def register(
        cls, *, account_id: UUID, role: Role, sealed: dict[str, str], password_sealed: str, now: datetime
    ) -> Account:
        """A new account. `sealed` maps field names to ciphertext under the person's own key."""
        return cls.begin(
            cls.Registered,
            stream_id=account_id,
            now=now,
            role=role,
            sealed=sealed,
            password_sealed=password_sealed,
        )

    def verify_email(self, *, now: datetime) -> None:
        """Raises NotFound once it is erased."""
        self._must_be_known()
        if not self.email_verified:
            self.record(self.EmailVerified, now=now)

    def change_profile(self, *, sealed: dict[str, str], removed: tuple[str, ...], now: datetime) -> None:
        """`sealed` are the fields that are others now, `removed` those that should be forgotten."""
        self._must_be_known()
        gone = tuple(name for name in removed if name in self.sealed)
        if sealed or gone:
            self.record(self.ProfileChanged, now=now, sealed=sealed, removed=gone)

    def change_password(
        self, *, password_sealed: str, why: WhyPassword, kept_session: UUID | None, now: datetime
    ) -> None:
        self._must_be_known()
        self.record(self.PasswordChanged, now=now, password_sealed=password_sealed, why=why, kept_session=kept_session)

    def suspend(self, *, reason_sealed: str, now: datetime) -> None:
        self._must_be_known()
        if self.status != "suspended":
            self.record(self.Suspended, now=now, reason_sealed=reason_sealed)

    def reinstate(self, *, reason_sealed: str, now: datetime) -> None:
        self._must_be_known()
        if self.status != "active":
            self.record(self.Reinstated, now=now, reason_sealed=reason_sealed)

    def change_role(self, role: Role, *, reason_sealed: str, now: datetime) -> None:
        """Raises RoleFixed for a vendor."""
        self._must_be_known()
        if role == self.role:
            return
        if self.role == "vendor":
            raise RoleFixed
        self.record(self.RoleChanged, now=now, role=role, reason_sealed=reason_sealed)

    def offer_second_factor(self, *, secret_sealed: str, now: datetime) -> None:
        """A new secret; one that was offered before is replaced. Raises SecondFactorState if it is on already."""
        self._must_be_known()
        if self.second_factor == "on":
            raise SecondFactorState
        self.record(self.SecondFactorOffered, now=now, secret_sealed=secret_sealed)

    def confirm_second_factor(self, *, recovery_sealed: str, now: datetime) -> None:
        """Raises SecondFactorState unless one was offered."""
        self._must_be_known()
        if self.second_factor != "offered":
            raise SecondFactorState
        self.record(self.SecondFactorConfirmed, now=now, recovery_sealed=recovery_sealed)

    def use_recovery_code(self, number: int, *, now: datetime) -> None:
        """Raises CodeUsed the second time, SecondFactorState while no second factor is asked for."""
        self._must_be_known()
        if self.second_factor != "on":
            raise SecondFactorState
        if number in self.recovery_used:
            raise CodeUsed
        self.record(self.RecoveryCodeUsed, now=now, number=number)

    def remove_second_factor(self, *, now: datetime) -> None:
        self._must_be_known()
        if self.second_factor != "off":
            self.record(self.SecondFactorRemoved, now=now)

    def set_preferences(self, chosen: Mapping[str, bool], quiet_hours: QuietHours | None, *, now: datetime) -> None:
        """What it wants to be told from now on, as a whole. Raises CannotSwitchOff; the same again is no event."""
        self._must_be_known()
        wanted = checked(chosen)
        if (wanted, quiet_hours) != (self.preferences, self.quiet_hours):
            self.record(self.PreferencesChanged, now=now, chosen=wanted, quiet_hours=quiet_hours)

    def erase(self, open_matters: tuple[OpenMatter, ...], *, now: datetime) -> None:
        """Once and for all. Raises StillOpen while anything is."""
        if self.status == "erased":
            return
        if open_matters:
            raise StillOpen(open_matters)
        self.record(self.Erased, now=now)

    def keep(self, version: int, sealed: Mapping[str, str]) -> None:
        """Remember ciphertexts with the event that brought them; for the events' `apply` only."""
        self.sealed |= {name: Sealed(version, text) for name, text in sealed.items()}

    def _must_be_known(self) -> None:
        if self.status == "erased":
            raise NotFound
