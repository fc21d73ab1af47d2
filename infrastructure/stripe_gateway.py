"""Stripe through its own SDK, answering in the words of our commands, by what is asked about.

Objects are always fetched and read as they are now; webhook payloads are hints (research, stripe-semantics).
"""

from pydantic import SecretStr

from infrastructure.stripe_accounts import StripeAccounts
from infrastructure.stripe_client import client
from infrastructure.stripe_connect import StripeConnect
from infrastructure.stripe_disputes import StripeDisputes
from infrastructure.stripe_ledger import StripeLedger
from infrastructure.stripe_mode import stripe_mode
from infrastructure.stripe_news import StripeNewsFeed
from infrastructure.stripe_pace import Paces
from infrastructure.stripe_payments import StripePayments
from infrastructure.stripe_refunds import StripeRefunds


class StripeGateway:
    """`api_base` is the sandbox's address, or None for Stripe itself; `processes` share what Stripe allows (Paces)."""

    def __init__(
        self, api_key: str, api_base: str | None, *, processes: int = 1, per_second: int | None = None
    ) -> None:
        mode = stripe_mode(SecretStr(api_key), api_base)
        v1 = client(api_key, api_base, Paces(mode, processes=processes, per_second=per_second))
        self.payments = StripePayments(v1)
        self.refunds = StripeRefunds(v1)
        self.accounts = StripeAccounts(v1)
        self.connect = StripeConnect(v1)
        self.disputes = StripeDisputes(v1)
        self.ledger = StripeLedger(v1)
        self.news = StripeNewsFeed(v1)
