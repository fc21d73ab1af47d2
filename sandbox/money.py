"""Currencies, amounts and fees, in minor units without floats."""

from sandbox.errors import malformed

ZERO_DECIMAL = frozenset({
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
})  # fmt: skip
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
# Sent with two decimals, yet no fractions exist (Stripe, "Special cases").
WHOLE_UNITS = frozenset({"isk", "ugx"})
TWO_DECIMAL = frozenset({
    "aed", "aud", "bgn", "brl", "cad", "chf", "cny", "czk", "dkk", "eur", "gbp", "hkd", "huf", "idr", "ils", "inr",
    "isk", "mad", "mxn", "myr", "nok", "nzd", "php", "pln", "ron", "sar", "sek", "sgd", "thb", "try", "twd", "ugx",
    "usd", "zar",
})  # fmt: skip
SUPPORTED = ZERO_DECIMAL | THREE_DECIMAL | TWO_DECIMAL

# Source: Stripe, "Minimum and maximum charge amounts". A currency that is not named starts at its smallest unit.
MINIMUM_MINOR = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300,
    "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
MAXIMUM_MINOR = 99_999_999

FEE_PER_MILLE = 29
# The fixed part of the processing fee; a currency that is not named pays 30 of its minor units.
FIXED_FEE_MINOR = {
    "usd": 30, "eur": 30, "gbp": 30, "aud": 30, "cad": 30, "chf": 30, "nzd": 30, "sgd": 50, "hkd": 235, "jpy": 30,
    "sek": 180, "nok": 200, "dkk": 180, "pln": 100, "czk": 650, "huf": 8500, "mxn": 300, "krw": 300, "bhd": 110,
    "kwd": 90, "jod": 210, "omr": 120, "tnd": 900,
}  # fmt: skip
# What a dispute costs when it opens.
DISPUTE_FEE_MINOR = {"usd": 1500, "eur": 2000, "gbp": 2000, "jpy": 1300, "chf": 2000, "cad": 1500, "aud": 2500}


def processing_fee_minor(amount_minor: int, currency: str) -> int:
    """2.9 % rounded half up, and the fixed part; never more than the amount, and nothing that the currency has not."""
    variable_minor = (amount_minor * FEE_PER_MILLE + 500) // 1000
    fee_minor = min(amount_minor, variable_minor + FIXED_FEE_MINOR.get(currency, 30))
    return -(-fee_minor // 100) * 100 if currency in WHOLE_UNITS else fee_minor


def dispute_fee_minor(currency: str) -> int:
    return DISPUTE_FEE_MINOR.get(currency, 1500)


def shown(amount_minor: int, currency: str) -> str:
    """An amount as Stripe writes it in messages: `$12.00`, `€0.50`, `¥500`."""
    sign = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}.get(currency, "")
    suffix = "" if sign else f" {currency.upper()}"
    if currency in ZERO_DECIMAL:
        return f"{sign}{amount_minor}{suffix}"
    places = 3 if currency in THREE_DECIMAL else 2
    whole, fraction = divmod(amount_minor, 10**places)
    return f"{sign}{whole:,}.{fraction:0{places}d}{suffix}"


def checked_currency(currency: str) -> str:
    lowered = currency.lower()
    if lowered not in SUPPORTED:
        raise malformed(f"Invalid currency: {lowered}.", param="currency")
    return lowered


def checked_charge_amount_minor(amount_minor: int, currency: str) -> int:
    """The amount of a payment, or a refusal: Stripe has a minimum for each currency and eight digits for all."""
    checked_positive_minor(amount_minor)
    if amount_minor > MAXIMUM_MINOR:
        most = shown(MAXIMUM_MINOR, currency)
        raise malformed(f"Amount must be no more than {most}", code="amount_too_large", param="amount")
    least = MINIMUM_MINOR.get(currency, 1)
    if amount_minor < least:
        message = f"Amount must be at least {shown(least, currency)} {currency}"
        raise malformed(message, code="amount_too_small", param="amount")
    checked_granularity(amount_minor, currency)
    return amount_minor


def checked_positive_minor(amount_minor: int, param: str = "amount") -> int:
    if amount_minor < 1:
        message = "This value must be greater than or equal to 1."
        raise malformed(message, code="parameter_invalid_integer", param=param)
    return amount_minor


def checked_granularity(amount_minor: int, currency: str) -> None:
    step = 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_UNITS else 1
    if amount_minor % step:
        message = f"Invalid integer: {amount_minor}. Amounts in {currency} must be a multiple of {step}."
        raise malformed(message, code="parameter_invalid_integer", param="amount")
