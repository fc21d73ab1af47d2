"""Fields as requests may write them: strict, bounded and harmless. Every request body is a `Body`."""

import re
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    StringConstraints,
    WithJsonSchema,
)

from api.refusals import FieldError, ValidationFailed
from domain.money import AMOUNT_MAX_MINOR, Money
from infrastructure.enrolment import PASSWORD_MIN_CHARACTERS, normal_email
from infrastructure.vault import PASSWORD_MAX_CHARACTERS
from infrastructure.weak_passwords import weakness

_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?P<time>[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(?P<zone>[Zz]|[+-]\d\d:\d\d)?)?"
)
_SPACED_ZONE: Final = re.compile(r"(?<=\d) (?=\d\d:\d\d$)")
_YEARS: Final = range(2000, 2201)
EMAIL_MAX_CHARACTERS: Final = 254

When = datetime | date


class Body(BaseModel):
    """Fields that are not known are refused: a misspelt one would otherwise be ignored without a word."""

    model_config = ConfigDict(extra="forbid")


def _storable(value: Any) -> Any:
    """PostgreSQL keeps no NUL, and half a surrogate pair is no text at all."""
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("must not contain NUL")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("must be well-formed Unicode") from None
    return value


def _not_guessed_first(password: SecretStr) -> SecretStr:
    weak = weakness(password.get_secret_value())
    if weak is not None:
        raise ValueError(weak)
    return password


def _when(value: Any) -> When:
    """A day, a local time (naive), or an instant in UTC. In a query an unescaped + arrives as a space."""
    if not isinstance(value, str):
        raise ValueError("must be a text like 2026-07-01T09:00:00Z")  # noqa: TRY004 -- pydantic reads ValueError only
    text = _SPACED_ZONE.sub("+", value) if "T" in value.upper() else value
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError("must be RFC 3339, like 2026-07-01T09:00:00Z")
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise ValueError("is not a time that exists") from None
    if moment.year not in _YEARS:
        raise ValueError(f"must be between the years {_YEARS[0]} and {_YEARS[-1]}")
    if match["time"] is None:
        return moment.date()
    return moment.astimezone(UTC) if moment.tzinfo else moment


def _instant(value: Any) -> datetime:
    moment = _when(value)
    if not isinstance(moment, datetime):
        raise ValueError("must be a date and a time")  # noqa: TRY004 -- pydantic reads ValueError only
    return moment


def _day(value: Any) -> date:
    day = _when(value)
    if isinstance(day, datetime):
        raise ValueError("must be a day like 2026-07-01")  # noqa: TRY004 -- pydantic reads ValueError only
    return day


def _utc(value: Any) -> datetime:
    moment = _instant(value)
    if moment.tzinfo is None:
        raise ValueError("must say its time zone, like 2026-07-01T09:00:00Z")
    return moment


def _time_zone(value: str) -> str:
    if value not in time_zones():
        raise ValueError("must be an IANA time zone such as Europe/Lisbon")
    return value


@cache
def time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


_DATE_TIME = WithJsonSchema({"type": "string", "format": "date-time"})

Text = Annotated[str, BeforeValidator(_storable)]
ShortText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_storable)
]
PlaceName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_storable)]
LocalTime = Annotated[
    Text,
    StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$"),
    WithJsonSchema({"type": "string", "examples": ["15:00"]}),
]
Letter = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_storable)]
LongText = Annotated[Text, StringConstraints(max_length=10_000)]
Word = Annotated[Text, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")]
Whole = Annotated[int, Field(strict=True)]
Email = Annotated[Text, StringConstraints(max_length=EMAIL_MAX_CHARACTERS), AfterValidator(normal_email)]
TimeZone = Annotated[Text, StringConstraints(max_length=64), AfterValidator(_time_zone)]
NewPassword = Annotated[
    SecretStr,
    BeforeValidator(_storable),
    Field(
        min_length=PASSWORD_MIN_CHARACTERS,
        max_length=PASSWORD_MAX_CHARACTERS,
        description="Not one of those that are guessed first, and not your own name or address.",
    ),
    AfterValidator(_not_guessed_first),
]
Phone = Annotated[Text, StringConstraints(pattern=r"^\+?[0-9 ()./-]{4,32}$")]
Locale = Annotated[Text, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$")]
Code = Annotated[Text, StringConstraints(min_length=6, max_length=32)]
MailedToken = Annotated[Text, StringConstraints(min_length=1, max_length=2_000)]
Password = Annotated[SecretStr, BeforeValidator(_storable), Field(min_length=1, max_length=PASSWORD_MAX_CHARACTERS)]
Reference = Annotated[
    Text,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9 _./:#-]*$"),
    Field(description="Where the reason can be read, such as a ticket; never a person's name.", examples=["FIN-142"]),
]

# With a time zone it is UTC already; without one it is local and has to be placed by `placed`.
LocalOrInstant = Annotated[datetime, PlainValidator(_instant), _DATE_TIME]
Instant = Annotated[datetime, PlainValidator(_utc), _DATE_TIME]
Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
DayOrInstant = Annotated[When, PlainValidator(_when), _DATE_TIME]


class Price(Body):
    amount: Annotated[Whole, Field(ge=1, le=AMOUNT_MAX_MINOR, description="Minor units.", examples=[12550])]
    currency: Annotated[Text, StringConstraints(max_length=16)] = Field(description="ISO 4217", examples=["EUR"])

    def as_money(self) -> Money:
        return Money(self.amount, self.currency)


def placed(moment: When, time_zone: str | None, field: str) -> datetime:
    """The instant in UTC. A local time that comes twice is its first one.

    Raises ValidationFailed for a local time that the clocks jump over, and for a time without any zone to read it in.
    """
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment
    if time_zone is None:
        raise ValidationFailed(FieldError(field, "must say its time zone, like 2026-07-01T09:00:00Z"))
    local = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    zone = ZoneInfo(time_zone)
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    if isinstance(moment, datetime) and instant.astimezone(zone).replace(tzinfo=None) != local:
        raise ValidationFailed(FieldError(field, f"does not exist in {time_zone}: the clocks are put forward then"))
    return instant


def bound(moment: When | None, time_zone: str | None, day_zone: str, field: str) -> datetime | None:
    """One end of a range that was asked for: a day begins at midnight, in `day_zone` where no other zone is given."""
    if moment is None:
        return None
    return placed(moment, time_zone if isinstance(moment, datetime) else time_zone or day_zone, field)
