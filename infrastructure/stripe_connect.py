"""Transfers to vendors' accounts and back, and payouts from there to banks, in the words of our commands.

Each is found again by the id of our payout that it carries, by Stripe's lists and never its search, which lags.
"""

from typing import Any, cast
from uuid import UUID

from commands.record_payout import RecordBankPayout, RecordReversal, RecordTransfer
from domain.payout import Payout
from infrastructure.stripe_amounts import amount_of, minor_of
from infrastructure.stripe_client import V1, entry_of, metadata_of


class StripeConnect:
    """`v1` is the SDK's client of Stripe's API."""

    def __init__(self, v1: V1) -> None:
        self._v1 = v1

    def create_transfer(self, payout: Payout, *, key: str) -> RecordTransfer:
        made = self._v1.transfers.create(
            {
                **_sum(payout),
                "destination": payout.destination,
                "transfer_group": str(payout.id),
                "expand": ["balance_transaction"],
            },
            {"idempotency_key": key},
        )
        return _transfer(payout.id, made)

    def find_transfer(self, payout: Payout) -> RecordTransfer | None:
        """The transfer of this payout, by its transfer group."""
        listed = self._v1.transfers.list({"transfer_group": str(payout.id), "limit": 1})
        if not listed.data:
            return None
        return _transfer(payout.id, self._v1.transfers.retrieve(listed.data[0].id, {"expand": ["balance_transaction"]}))

    def transfer(self, transfer_id: str) -> RecordTransfer | None:
        """A transfer by Stripe's own id; None if it was not made for a payout of ours."""
        found = self._v1.transfers.retrieve(transfer_id, {"expand": ["balance_transaction"]})
        ours = metadata_of(found).get("payout_id")
        return _transfer(UUID(ours), found) if ours else None

    def create_bank_payout(self, payout: Payout, *, key: str) -> RecordBankPayout:
        options = {"idempotency_key": key, "stripe_account": payout.destination}
        return _bank_payout(payout.id, self._v1.payouts.create(_sum(payout), options))

    def find_bank_payout(self, payout: Payout) -> RecordBankPayout | None:
        """The bank payout of this payout, among all that were ever made on the vendor's account.

        All, because after a restored backup nothing here tells how long ago it was made; a vendor is paid once a week
        at most, so that two years are a page.
        """
        listed = self._v1.payouts.list({"limit": 100}, {"stripe_account": payout.destination})
        for found in listed.auto_paging_iter():
            if metadata_of(found).get("payout_id") == str(payout.id):
                return _bank_payout(payout.id, found)
        return None

    def bank_payout(self, stripe_payout_id: str, account_id: str) -> RecordBankPayout | None:
        """A payout on a vendor's account; None if it was not made by us."""
        found = self._v1.payouts.retrieve(stripe_payout_id, None, {"stripe_account": account_id})
        ours = metadata_of(found).get("payout_id")
        return _bank_payout(UUID(ours), found) if ours else None

    def reverse_transfer(self, payout: Payout, *, key: str) -> RecordReversal:
        """Take the whole transfer back. Raises stripe.InvalidRequestError while the account does not have it."""
        made = self._v1.transfers.reversals.create(
            str(payout.transfer_id),
            {
                "amount": amount_of(payout.amount_minor, payout.currency),
                "metadata": {"payout_id": str(payout.id)},
                "expand": ["balance_transaction"],
            },
            {"idempotency_key": key},
        )
        return _reversal(payout.id, made)

    def find_reversal(self, payout: Payout) -> RecordReversal | None:
        listed = self._v1.transfers.reversals.list(
            str(payout.transfer_id), {"limit": 100, "expand": ["data.balance_transaction"]}
        )
        for found in listed.auto_paging_iter():
            if metadata_of(found).get("payout_id") == str(payout.id):
                return _reversal(payout.id, found)
        return None


def _sum(payout: Payout) -> dict[str, Any]:
    return {
        "amount": amount_of(payout.amount_minor, payout.currency),
        "currency": payout.currency.lower(),
        "metadata": {"payout_id": str(payout.id)},
    }


def _transfer(payout_id: UUID, found: Any) -> RecordTransfer:
    amount_minor = minor_of(found.amount, found.currency.upper())
    return RecordTransfer(payout_id, found.id, entry_of(found.balance_transaction), amount_minor)


def _bank_payout(payout_id: UUID, found: Any) -> RecordBankPayout:
    amount_minor = minor_of(found.amount, found.currency.upper())
    return RecordBankPayout(payout_id, found.id, cast("Any", found.status), found.failure_code, amount_minor)


def _reversal(payout_id: UUID, found: Any) -> RecordReversal:
    amount_minor = minor_of(found.amount, found.currency.upper())
    return RecordReversal(payout_id, found.id, entry_of(found.balance_transaction), amount_minor)
