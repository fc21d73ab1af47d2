"""Accounts as staff look for them. Who they are stands in the log and nowhere else: here is nothing to forget."""

from collections.abc import Iterator

from domain.account import Account
from domain.root import Event
from projections.change import Change, Projection, Put, Set


def project(event: Event, _position: int) -> Iterator[Change]:
    key = {"account_id": event.originator_id}
    version = {"version": event.originator_version}
    match event:
        case Account.Registered() as e:
            facts = {"role": e.role, "status": "active", "created_at": e.timestamp}
            yield Put("account", key, {**facts, "email_verified": False, "second_factor": False, **version})
        case Account.EmailVerified():
            yield Set("account", key, {"email_verified": True, **version})
        case Account.Suspended():
            yield Set("account", key, {"status": "suspended", **version})
        case Account.Reinstated():
            yield Set("account", key, {"status": "active", **version})
        case Account.RoleChanged() as e:
            yield Set("account", key, {"role": e.role, **version})
        case Account.SecondFactorConfirmed():
            yield Set("account", key, {"second_factor": True, **version})
        case Account.SecondFactorRemoved():
            yield Set("account", key, {"second_factor": False, **version})
        case Account.Erased():
            yield Set("account", key, {"status": "erased", "second_factor": False, **version})
        case _:
            yield Set("account", key, version)


ACCOUNTS = Projection(
    "accounts",
    (
        Account.Registered,
        Account.EmailVerified,
        Account.ProfileChanged,
        Account.PasswordChanged,
        Account.Suspended,
        Account.Reinstated,
        Account.RoleChanged,
        Account.SecondFactorOffered,
        Account.SecondFactorConfirmed,
        Account.RecoveryCodeUsed,
        Account.SecondFactorRemoved,
        Account.Erased,
    ),
    project,
    ("account",),
)
