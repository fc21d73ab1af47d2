"""Passwords that are guessed first: refused when somebody chooses one, offline (NIST SP 800-63B, 3.1.1.2).

Known from every published breach: the list has the most frequent ones of eight characters and more. No rule asks for
capitals, digits or signs: such rules make passwords worse (same source).
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

# A longer one that repeats itself is no worse than what people think of otherwise.
_REPEATED_MAX: Final = 24
_UNIT_MAX: Final = 4
_ROWS: Final = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "1234567890",
    "abcdefghijklmnopqrstuvwxyz",
)


def weakness(password: str, personal: Iterable[str] = ()) -> str | None:
    """Why nobody should choose this password, as the end of a sentence that begins with it; None if there is no reason.

    `personal` is what others know about its owner: name, address.
    """
    plain = unicodedata.normalize("NFKC", password).casefold().strip()
    if plain in common_passwords():
        return "is one of those that very many people have, and that are guessed first"
    if _is_repeated(plain) or _is_run(plain):
        return "only repeats or counts on, which is guessed first"
    if plain in {part for words in personal for part in _parts(words)}:
        return "must not be your own name or address"
    return None


@cache
def common_passwords() -> frozenset[str]:
    """In small letters."""
    return frozenset((files("infrastructure") / "common_passwords.txt").read_text(encoding="utf-8").split())


def _is_repeated(plain: str) -> bool:
    return len(plain) <= _REPEATED_MAX and any(
        plain == (plain[:size] * len(plain))[: len(plain)] for size in range(1, _UNIT_MAX + 1)
    )


def _is_run(plain: str) -> bool:
    """Along the alphabet, the digits or a row of the keyboard, forwards or backwards, round the end as well."""
    return any(plain in (row * 4) or plain[::-1] in (row * 4) for row in _ROWS)


def _parts(words: str) -> set[str]:
    known = unicodedata.normalize("NFKC", words).casefold().strip()
    return {known, known.partition("@")[0], known.replace(" ", ""), known[::-1]}
