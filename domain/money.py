"""Money: integer minor units and an ISO 4217 currency; and the split of an amount between vendor and platform."""

from dataclasses import dataclass
from decimal import Decimal

from domain.refusal import UnsupportedCurrency

# ISO 4217, list one, by how many decimals the minor unit stands for.
# fmt: off
_ZERO_DECIMALS = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
)
_TWO_DECIMALS = (
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BMD", "BND",
    "BOB", "BRL", "BSD", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY", "COP", "CRC", "CVE", "CZK", "DKK", "DOP",
    "DZD", "EGP", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF",
    "IDR", "ILS", "INR", "JMD", "KES", "KGS", "KHR", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL",
    "MGA", "MKD", "MMK", "MNT", "MOP", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR",
    "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "SAR", "SBD", "SCR", "SEK", "SGD", "SHP",
    "SLE", "SOS", "SRD", "STN", "SZL", "THB", "TJS", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "UYU", "UZS",
    "WST", "XCD", "YER", "ZAR", "ZMW",
)
_THREE_DECIMALS = (
    "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND",
)
# fmt: on
_EXPONENTS = {
    **dict.fromkeys(_ZERO_DECIMALS, 0),
    **dict.fromkeys(_TWO_DECIMALS, 2),
    **dict.fromkeys(_THREE_DECIMALS, 3),
}
CURRENCIES = frozenset(_EXPONENTS)

BASIS_POINTS = 10_000
AMOUNT_MAX_MINOR = 99_999_999  # Stripe takes at most eight digits (docs.stripe.com/currencies).


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in minor units (cents, yen, fils) of `currency`."""

    amount: int
    currency: str


def exponent(currency: str) -> int:
    """How many decimals the currency's minor unit stands for: 0, 2 or 3. Raises UnsupportedCurrency."""
    if currency in _EXPONENTS:
        return _EXPONENTS[currency]
    raise UnsupportedCurrency(f"{currency} is not a currency supported here.")


def major(money: Money) -> Decimal:
    """In major units, with the currency's own decimals: 8000 EUR is 80.00, 8000 JPY is 8000."""
    return Decimal(money.amount).scaleb(-exponent(money.currency))


def platform_share_minor(amount_minor: int, commission_bp: int) -> int:
    """What the platform keeps of an amount, rounded down; the vendor has the rest (domain.md, "The split")."""
    return amount_minor * commission_bp // BASIS_POINTS


def refund_shares_minor(refunded_before: int, refund_minor: int, commission_bp: int) -> tuple[int, int]:
    """(vendor's, platform's) part of one more refund, in minor units, exact however a price is refunded in parts.

    The platform bears `share(all refunds so far) - share(refunds before)`: cumulative, so that the parts always add up.
    """
    platform = platform_share_minor(refunded_before + refund_minor, commission_bp) - platform_share_minor(
        refunded_before, commission_bp
    )
    return refund_minor - platform, platform
