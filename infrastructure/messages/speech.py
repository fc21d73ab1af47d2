"""How money, instants and lengths of time are said in a person's language; English and German are complete."""

from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, get_timezone_name

from domain.duration import Duration
from domain.money import exponent

Language = Literal["en", "de"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "de")
_INSTANT: Final[dict[Language, str]] = {"en": "EEE, d MMMM yyyy, HH:mm", "de": "EEE, d. MMMM yyyy, HH:mm 'Uhr'"}
_UNITS: Final[dict[Language, tuple[tuple[str, str], ...]]] = {
    "en": (("day", "days"), ("hour", "hours"), ("minute", "minutes")),
    "de": (("Tag", "Tage"), ("Stunde", "Stunden"), ("Minute", "Minuten")),
}
_PLACES: Final[dict[Language, tuple[str, str]]] = {"en": ("place", "places"), "de": ("Platz", "Plätze")}


@dataclass(frozen=True, slots=True)
class Speech:
    """`locale` may be finer than the language of the texts: de_AT writes amounts in its own way."""

    language: Language
    locale: Locale

    def money(self, amount_minor: int, currency: str) -> str:
        """As "€12.50" or "12,50 €", with as many decimals as the currency has."""
        decimals = exponent(currency)
        # Our own decimals, which are ISO 4217's: those that a language prefers may hide what is owed.
        pattern = copy(self.locale.currency_formats["standard"])
        pattern.frac_prec = (decimals, decimals)
        amount = Decimal(amount_minor).scaleb(-decimals)
        said: str = pattern.apply(amount, self.locale, currency=currency, currency_digits=False)
        return said.replace("\xa0", " ")

    def instant(self, at: datetime, time_zone: str) -> str:
        """The local time with the zone's name, as "Mon, 20 April 2026, 10:00 Central European Summer Time"."""
        local = at.astimezone(ZoneInfo(time_zone))
        said = format_datetime(local, _INSTANT[self.language], locale=self.locale)
        return f"{said} {get_timezone_name(local, locale=self.locale)}"

    def day(self, at: datetime, time_zone: str) -> str:
        """The local day."""
        return self.date(at.astimezone(ZoneInfo(time_zone)).date())

    def date(self, day: date) -> str:
        return format_date(day, "long", locale=self.locale)

    def duration(self, duration: Duration) -> str:
        """As "7 days", "36 hours", "1 day, 12 hours"."""
        minutes = duration.seconds // 60
        amounts = (duration.days, minutes // 60, minutes % 60)
        units = zip(amounts, _UNITS[self.language], strict=True)
        return ", ".join(f"{amount} {words[amount != 1]}" for amount, words in units if amount)

    def places(self, number: int) -> str:
        """As "1 place", "2 places"."""
        return f"{number} {_PLACES[self.language][number != 1]}"


def speech_of(locale: str | None) -> Speech:
    """The language that a person's locale asks for; English if it is one that we do not speak, or none at all."""
    tag = (locale or "en").replace("-", "_")
    first = tag.partition("_")[0].lower()
    language: Language = "de" if first == "de" else "en"
    try:
        return Speech(language, Locale.parse(tag if first == language else language))
    except (UnknownLocaleError, ValueError):
        return Speech(language, Locale(language))
