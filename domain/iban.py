"""IBAN and BIC: whether one can exist (ISO 13616, ISO 9362). That the account exists, only its bank can say."""

import re
from typing import Final

# How long an IBAN is in each country of the SEPA scheme (SWIFT, IBAN registry; EPC409-09, list of SEPA countries).
_LENGTHS: Final = {
    "AD": 24, "AL": 28, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
    "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27,
    "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MT": 31, "NL": 18, "NO": 15,
    "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "VA": 22,
}  # fmt: skip
_BIC: Final = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_SHOWN_CHARACTERS: Final = 4


class InvalidIban(ValueError):  # noqa: N818 -- pydantic knows ValueError, a person the sentence
    """That is not an IBAN of a country in the SEPA area, or a digit of it is wrong."""


class InvalidBic(ValueError):  # noqa: N818 -- as above
    """That is not a BIC: eight or eleven letters and digits."""


def checked_iban(text: str) -> str:
    """The IBAN as it is kept: without spaces, in capitals. Raises InvalidIban."""
    iban = "".join(text.split()).upper()
    if not (iban.isascii() and iban.isalnum()) or len(iban) != _LENGTHS.get(iban[:2]) or not iban[2:4].isdigit():
        raise InvalidIban(InvalidIban.__doc__)
    # ISO 7064, MOD 97-10: letters count from A = 10, the first four characters go to the end.
    if int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 != 1:
        raise InvalidIban(InvalidIban.__doc__)
    return iban


def checked_bic(text: str) -> str:
    """The BIC in capitals. Raises InvalidBic."""
    bic = "".join(text.split()).upper()
    if _BIC.fullmatch(bic) is None:
        raise InvalidBic(InvalidBic.__doc__)
    return bic


def masked_iban(iban: str) -> str:
    """What may be shown: the country and the last four characters."""
    hidden = len(iban) - 2 - _SHOWN_CHARACTERS
    return iban[:2] + "*" * hidden + iban[-_SHOWN_CHARACTERS:]
