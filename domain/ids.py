"""Identifiers that follow from others, so that asking twice names the same thing."""

from datetime import date
from uuid import UUID, uuid5

_NAMESPACE = UUID("6f1c1f0e-2f6d-4b57-9a55-0b7a2f4f8b11")


def derived_id(*parts: object) -> UUID:
    """The same parts give the same id, for ever: never change this function or the namespace."""
    return uuid5(_NAMESPACE, "/".join(str(part) for part in parts))


def request_key(name: str) -> UUID:
    """Of a request or a cause: the id that it is, or one that follows from whatever a client has called it."""
    try:
        return UUID(name)
    except ValueError:
        return derived_id("request", name)


def vendor_stream_id(vendor_id: UUID) -> UUID:
    return derived_id("vendor", vendor_id)


def ledger_stream_id(vendor_id: UUID, currency: str, number: int) -> UUID:
    """One ledger stream per vendor, currency and payout period, numbered from 1, so that streams stay short."""
    return derived_id("vendor_ledger", vendor_id, currency, number)


def payout_id(vendor_id: UUID, currency: str, period_end: date) -> UUID:
    return derived_id("payout", vendor_id, currency, period_end)


def payout_run_id(cadence: str, period_end: date) -> UUID:
    return derived_id("payout_run", cadence, period_end)
