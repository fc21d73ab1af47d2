"""Whether a vendor is paid in a run, and if not, why not: the words that the vendor and finance are told."""

# The least that is paid out, in minor units (domain.md, "Payout runs": 50.00, with a table for other currencies).
_MINIMUM_MINOR = {"JPY": 5_000, "KRW": 50_000, "HUF": 15_000_00, "KWD": 15_000, "BHD": 20_000, "OMR": 20_000}


def minimum_payout_minor(currency: str) -> int:
    return _MINIMUM_MINOR.get(currency, 50_00)


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
