"""IBANs and BICs that can exist, and those that cannot."""

import pytest

from domain.iban import InvalidBic, InvalidIban, checked_bic, checked_iban, masked_iban


@pytest.mark.parametrize(
    ("text", "iban"),
    [
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("gb29nwbk60161331926819", "GB29NWBK60161331926819"),
        ("NO9386011117947", "NO9386011117947"),
        ("MT84MALT011000012345MTLCAST001S", "MT84MALT011000012345MTLCAST001S"),
        (" FR14 2004 1010 0505 0001 3M02 606\n", "FR1420041010050500013M02606"),
    ],
)
def test_spaces_and_small_letters_do_not_matter(text: str, iban: str) -> None:
    assert checked_iban(text) == iban


@pytest.mark.parametrize(
    "text",
    [
        "DE89370400440532013001",  # A digit is wrong.
        "DE98370400440532013000",  # Two have changed places.
        "DE8937040044053201300",  # One is missing.
        "US89370400440532013000",  # Not in the area.
        "DE89370400440532O13000",
        "٨٩DE370400440532013000",
        "",
        "DE",
        "=DE89370400440532013000",
    ],
)
def test_what_cannot_be_one_is_refused(text: str) -> None:
    with pytest.raises(InvalidIban, match="not an IBAN"):
        checked_iban(text)


def test_a_bic_has_eight_or_eleven_characters() -> None:
    assert checked_bic(" cobadeff xxx ") == "COBADEFFXXX"
    assert checked_bic("COBADEFF") == "COBADEFF"
    for text in ("COBADEFFX", "C0BADEFF", "COBADE", ""):
        with pytest.raises(InvalidBic):
            checked_bic(text)


def test_most_of_an_iban_is_hidden() -> None:
    assert masked_iban("NO9386011117947") == "NO*********7947"
