"""The Stripe accounts that vendors are paid to: made, looked at, and the page on which their owners answer Stripe."""

from datetime import datetime
from typing import Any
from uuid import UUID

from commands.vendor_settings import RecordPayoutAccount
from infrastructure.stripe_client import V1, maybe, metadata_of


class StripeAccounts:
    """`v1` is the SDK's client of Stripe's API."""

    def __init__(self, v1: V1) -> None:
        self._v1 = v1

    def create(self, vendor_id: UUID, *, key: str) -> RecordPayoutAccount:
        """An account whose losses and fees are ours, and whose payouts are ours to make."""
        made = self._v1.accounts.create(
            {
                "controller": {
                    "losses": {"payments": "application"},
                    "fees": {"payer": "application"},
                    "stripe_dashboard": {"type": "express"},
                },
                "capabilities": {"transfers": {"requested": True}},
                "settings": {"payouts": {"schedule": {"interval": "manual"}}},
                "metadata": {"vendor_id": str(vendor_id)},
            },
            {"idempotency_key": key},
        )
        return _account(vendor_id, made)

    def find(self, vendor_id: UUID, *, since: datetime) -> RecordPayoutAccount | None:
        listed = self._v1.accounts.list({"created": {"gte": int(since.timestamp()) - 60}, "limit": 100})
        for found in listed.auto_paging_iter():
            if metadata_of(found).get("vendor_id") == str(vendor_id):
                return _account(vendor_id, found)
        return None

    def fetch(self, account_id: str) -> RecordPayoutAccount | None:
        """The account as it is now; None if it was not made by us."""
        found = self._v1.accounts.retrieve(account_id)
        ours = metadata_of(found).get("vendor_id")
        return _account(UUID(ours), found) if ours else None

    def onboarding_url(self, account_id: str, *, return_url: str) -> str:
        """A page of Stripe's, good for minutes and for one use, on which the owner gives what Stripe wants to know."""
        asked = {
            "account": account_id,
            "type": "account_onboarding",
            "refresh_url": return_url,
            "return_url": return_url,
        }
        url: str = self._v1.account_links.create(asked).url
        return url


def _account(vendor_id: UUID, account: Any) -> RecordPayoutAccount:
    """What Stripe still wants to know stands here in its own words, such as `external_account`, without any answer."""
    transfers = maybe(maybe(account, "capabilities"), "transfers")
    wanted = maybe(maybe(account, "requirements"), "currently_due") or ()
    return RecordPayoutAccount(
        vendor_id,
        account.id,
        ready=transfers == "active" and bool(maybe(account, "payouts_enabled")),
        requirements=tuple(sorted(wanted)),
        bank_account_id=_bank_account_of(account),
    )


def _bank_account_of(account: Any) -> str | None:
    """Where payouts of this account go, by Stripe's id of it."""
    banks = maybe(maybe(account, "external_accounts"), "data") or ()
    return next((bank.id for bank in banks if maybe(bank, "default_for_currency")), None)
