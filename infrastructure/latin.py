"""Names in the Latin characters that every bank takes (EPC217-08, SEPA requirements for an extended character set)."""
# ruff: noqa: RUF001 -- letters of other alphabets are what this file is about

import re
import unicodedata
from typing import Final

_NOT_TAKEN: Final = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
# fmt: off
_WRITTEN: Final = str.maketrans({
    "ß": "ss", "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Œ": "OE", "œ": "oe", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d",
    "Ð": "D", "ð": "d", "Þ": "TH", "þ": "th", "ı": "i", "Ħ": "H", "ħ": "h", "&": "+", "_": "-", "–": "-", "—": "-",
    "’": "'", "‘": "'",
    # Greek.
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f",
    "χ": "ch", "ψ": "ps", "ω": "o",
    # Bulgarian, and the letters of its neighbours.
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "к": "k", "л": "l",
    "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "ts",
    "ч": "ch", "ш": "sh", "щ": "sht", "ъ": "a", "ь": "y", "ю": "yu", "я": "ya", "ы": "y", "э": "e",
})
# fmt: on


def latin(text: str, most: int) -> str:
    """The same in the characters that every bank takes; a full stop for what has no other way of writing it."""
    lowered = "".join(_letter(character) for character in unicodedata.normalize("NFKC", text))
    plain = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    # A slash at an end, or two of them, would be read as the bank's own marks.
    return re.sub("/{2,}", "/", _NOT_TAKEN.sub(".", plain.translate(_WRITTEN)))[:most].strip().strip("/") or "."


def _letter(character: str) -> str:
    """Greek and Cyrillic capitals are written as their small letters are, with a capital."""
    if character.isupper() and ord(character) >= ord("Ͱ"):
        bare = unicodedata.normalize("NFD", character.lower())[0]
        return bare.translate(_WRITTEN).capitalize()
    return character
