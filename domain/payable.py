"""Whether a vendor is paid in a run, and if not, why not: the words that the vendor and finance are told."""

from domain.vendor_ledger import minimum_payout_minor


def why_not_paid(
    *, currency: str, payable_minor: int, on_hold: bool, ready: bool, last_is_unresolved: bool
) -> str | None:
    """None if `payable_minor` is paid now. The same for a run, its preview and a forecast."""
    if on_hold:
        return "payouts are on hold"
    if payable_minor < minimum_payout_minor(currency):
        return "below minimum"
    if not ready:
        return "payout account not ready"
    if last_is_unresolved:
        return "the payout before is unresolved"
    return None
