"""What is kept about a person under their own key, opened for them: it stands nowhere else."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from infrastructure.known_account import KnownAccount
from infrastructure.push import Subscription
from infrastructure.stripe_disputes import evidence_place
from infrastructure.vault import Place, Vault
from queries.kept_about import evidence_about, push_subscriptions_of
from queries.rows import Connection

# Sealed like the rest, but secrets that nobody is shown again: who could read them could sign in.
SECRETS: Final = frozenset({"password", "totp", "recovery"})
# Which sealed fields of events are opened where in the export, for the test that knows all of them.
OPENED: Final[Mapping[str, str]] = {
    "account.registered.sealed": "profile",
    "account.registered.password_sealed": "not_here",
    "account.profile_changed.sealed": "profile, personal",
    "account.password_changed.password_sealed": "not_here",
    "account.suspended.reason_sealed": "personal",
    "account.reinstated.reason_sealed": "personal",
    "account.role_changed.reason_sealed": "personal",
    "account.second_factor_offered.secret_sealed": "not_here",
    "account.second_factor_confirmed.recovery_sealed": "not_here",
    "dispute.evidence_requested.sealed": "evidence",
}


class EvidenceView(BaseModel):
    dispute_id: UUID
    text: str


class Opened(BaseModel):
    """`personal` is every field of the account as it is now; `push_endpoints` where browsers take messages."""

    personal: dict[str, str]
    notification_settings: dict[str, Any]
    push_endpoints: list[str]
    evidence: list[EvidenceView]


async def opened_for(known: KnownAccount, connection: Connection) -> Opened:
    """Of the person whose key it is, and of nobody else."""
    account = known.account
    return Opened(
        personal={name: known.must_read(name) for name in sorted(account.sealed) if name not in SECRETS},
        notification_settings={
            "chosen": dict(account.preferences),
            "quiet_hours": asdict(account.quiet_hours) if account.quiet_hours else None,
        },
        push_endpoints=[
            _endpoint(known, row.about, row.sealed) for row in await push_subscriptions_of(connection, known.id)
        ],
        evidence=[
            EvidenceView(dispute_id=row.about, text=Vault.open(known.key, evidence_place(row.about), row.sealed))
            for row in await evidence_about(connection, known.id)
        ],
    )


def _endpoint(known: KnownAccount, subscription_id: UUID, sealed: str) -> str:
    text = Vault.open(known.key, Place(known.id, 1, f"push/{subscription_id}"), sealed)
    return Subscription.read(text).endpoint
