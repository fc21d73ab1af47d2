"""What a setting may be: types that refuse everything else with the rest of a sentence that begins with its name."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from domain.iban import checked_bic, checked_iban
from infrastructure.vapid import vapid_public_key


def _begins(*starts: str, said: str | None = None) -> Callable[[str], str]:
    def checked(text: str) -> str:
        if not text.startswith(starts):
            raise ValueError(f"must start with {said or ' or '.join(starts)}")
        return text

    return checked


def _secret(check: Callable[[str], object]) -> Callable[[SecretStr], SecretStr]:
    def checked(secret: SecretStr) -> SecretStr:
        check(secret.get_secret_value())
        return secret

    return checked


def _exists(what: str, check: Callable[[str], str]) -> Callable[[str], str]:
    def checked(text: str) -> str:
        try:
            return check(text)
        except ValueError:
            raise ValueError(f"must be {what} that exists") from None

    return checked


def _absolute(path: Path) -> Path:
    return path.expanduser().resolve()


def _lower(text: Any) -> Any:
    return text.lower() if isinstance(text, str) else text


def _known_zone(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError("must be an IANA time zone such as UTC or Europe/Berlin")
    return zone


Folder = Annotated[Path, AfterValidator(_absolute)]
LogLevel = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
Iban = Annotated[str, AfterValidator(_exists("an IBAN", checked_iban))]
Bic = Annotated[str, AfterValidator(_exists("a BIC", checked_bic))]

PostgresUrl = Annotated[str, AfterValidator(_begins("postgresql://", "postgres://"))]
RedisUrl = Annotated[str, AfterValidator(_begins("redis://", "rediss://", "unix://"))]
HttpUrl = Annotated[str, AfterValidator(_begins("https://", "http://"))]
SmtpUrl = Annotated[SecretStr, AfterValidator(_secret(_begins("smtp://", "smtps://")))]
StripeKey = Annotated[
    SecretStr,
    AfterValidator(
        _secret(
            _begins("sk_test_", "sk_live_", "rk_test_", "rk_live_", said="sk_test_, sk_live_, rk_test_ or rk_live_")
        )
    ),
]
VapidKey = Annotated[SecretStr, AfterValidator(_secret(vapid_public_key))]

# "10/300": ten in 300 seconds; "0": no limit.
RateLimit = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,6}/[1-9][0-9]{0,5})$")]
