"""What can be set from outside, as TRAVELLR_ environment variables; a bad value is one plain sentence."""

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.payment_file import Debtor
from infrastructure.secret_strength import secret_problems
from infrastructure.setting_names import PREFIX, refuse_unknown, sentence, variable
from infrastructure.setting_types import (
    Bic,
    Folder,
    HttpUrl,
    Iban,
    LogLevel,
    PostgresUrl,
    RateLimit,
    RedisUrl,
    SmtpUrl,
    StripeKey,
    TimeZone,
    VapidKey,
)
from infrastructure.settings_error import SettingsError
from infrastructure.stripe_mode import STRIPE_ITSELF, StripeMode, stripe_mode


def _demo_unless_real(known: dict[str, Any]) -> bool:
    return stripe_mode(known.get("stripe_api_key"), known.get("stripe_api_base")) == "sandbox"


class Settings(BaseSettings):
    """The order matters in one place: `demo` is derived from the Stripe settings above it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, env_ignore_empty=True, extra="forbid", hide_input_in_errors=True
    )

    home: Folder = Field(default=Path(".travellr"), validate_default=True)
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)

    # Addresses may carry a password, therefore they are kept out of every repr.
    database_url: PostgresUrl | None = Field(default=None, repr=False)
    redis_url: RedisUrl | None = Field(default=None, repr=False)
    embedded: bool = False  # The servers belong to `travellr up`, which tells its children so.

    stripe_api_key: StripeKey | None = None
    stripe_api_base: HttpUrl | None = None
    stripe_webhook_secret: SecretStr | None = None
    # Requests a second, where Stripe allows this account another number than everybody (docs.stripe.com/rate-limits).
    stripe_per_second: int | None = Field(default=None, ge=1, le=10_000)
    demo: bool = Field(default_factory=_demo_unless_real)

    secret_key: SecretStr | None = None
    pepper: SecretStr | None = None
    master_key: SecretStr | None = None
    # What the three were before they were changed, several separated by spaces; see docs/operations.md, Secrets.
    secret_key_previous: SecretStr | None = None
    pepper_previous: SecretStr | None = None
    master_key_previous: SecretStr | None = None
    # Signs the heads of the log (ADR 0024); without it a key is derived from `secret_key`.
    seal_key: SecretStr | None = None
    seal_key_previous: SecretStr | None = None
    # Where signed heads are kept beside the database: a file, a store that takes PUT, and mail at the daily close.
    audit_heads: Path | None = None
    audit_store_url: HttpUrl | None = None
    audit_store_token: SecretStr | None = None
    audit_mail: str | None = None

    # How much of the log a replay reads in a second, beside live traffic (ADR 0027).
    replay_events_per_s: int = Field(default=20_000, ge=100, le=10_000_000)

    # Without an SMTP server mail is kept in a mailbox here (GET /sandbox/mailbox).
    smtp_url: SmtpUrl | None = None
    mail_from: str = "Travellr <no-reply@travellr.example>"
    public_url: HttpUrl | None = None
    # Without Twilio and without a VAPID key text and push messages are kept there, too.
    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_from: str | None = Field(default=None, pattern=r"^(\+[1-9][0-9]{5,14}|MG[0-9a-f]{32})$")
    twilio_api_base: str = "https://api.twilio.com"
    vapid_private_key: VapidKey | None = None
    vapid_contact: str = "mailto:no-reply@travellr.example"
    # Whom a browser may name as the one that takes its push messages; with a dot in front every host below it.
    push_hosts: str = (
        "fcm.googleapis.com updates.push.services.mozilla.com .push.services.mozilla.com .notify.windows.com"
        " .push.apple.com"
    )

    platform_time_zone: TimeZone = "UTC"
    commission_bp: int = Field(default=2000, ge=0, le=10_000)
    hold_minutes: int = Field(default=15, ge=1, le=24 * 60)
    holds_max: int = Field(default=10, ge=1, le=10_000)
    payment_grace_minutes: int = Field(default=15, ge=0, le=24 * 60)
    settlement_delay_hours: int = Field(default=48, ge=0, le=90 * 24)
    # What one person may refund, in whole units of the payment's currency; above it a second one must agree.
    refund_limit: Decimal = Field(default=Decimal("500.00"), ge=0, le=999_999)

    # The bank account that vendors are paid from by bank transfer; without one no payment file is made.
    sepa_name: str | None = Field(default=None, max_length=70)
    sepa_iban: Iban | None = None
    sepa_bic: Bic | None = None

    # So many tries in so many seconds; 0 is no limit. Only sign-ins that fail are counted.
    limit_login: RateLimit = "10/300"  # of one account, from one address
    limit_login_account: RateLimit = "100/3600"  # of one account, from addresses that it was never signed in from
    limit_login_address: RateLimit = "200/300"
    limit_register: RateLimit = "2000/3600"  # from one address
    limit_register_known: RateLimit = "60/3600"  # of addresses that have an account already, from one address
    limit_reset_account: RateLimit = "5/3600"
    limit_reset_address: RateLimit = "100/3600"
    limit_search: RateLimit = "6000/60"  # of one account

    # How many days are kept: tasks that are done, webhook deliveries that are over, the sandbox's mailbox, sessions
    # that have ended, what was signed in with (a sign-in looks back 30 days), log files before they are compressed.
    keep_tasks_days: int = Field(default=90, ge=7, le=36_500)
    keep_deliveries_days: int = Field(default=30, ge=7, le=36_500)
    keep_mailbox_days: int = Field(default=90, ge=1, le=36_500)
    keep_sessions_days: int = Field(default=90, ge=1, le=36_500)
    keep_devices_days: int = Field(default=30, ge=30, le=36_500)
    keep_logs_plain_days: int = Field(default=90, ge=1, le=36_500)

    worker_processes: int = Field(default=1, ge=1, le=64)
    worker_threads: int = Field(default=4, ge=1, le=64)
    api_processes: int = Field(default=1, ge=1, le=64)
    log_level: LogLevel = "info"

    @property
    def public_address(self) -> str:
        """Where people reach us, for links in mail."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def debtor(self) -> Debtor | None:
        """The account that bank transfers are paid from."""
        if self.sepa_name is None or self.sepa_iban is None:
            return None
        return Debtor(self.sepa_name, self.sepa_iban, self.sepa_bic)

    @property
    def stripe_mode(self) -> StripeMode:
        return stripe_mode(self.stripe_api_key, self.stripe_api_base)

    @property
    def sandbox(self) -> bool:
        """No real provider is asked, so the clock may be moved too."""
        return self.stripe_mode == "sandbox"

    def environment(self) -> dict[str, str]:
        """Every setting as the variables from which a child process reads exactly these settings again."""
        variables = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                value = value.get_secret_value()
            if value is not None:
                variables[variable(name)] = str(int(value)) if isinstance(value, bool) else str(value)
        return variables

    @model_validator(mode="after")
    def _whole_twilio(self) -> Self:
        given = [self.twilio_account_sid, self.twilio_auth_token, self.twilio_from]
        if any(given) and not all(given):
            raise SettingsError(
                "TRAVELLR_TWILIO_ACCOUNT_SID, TRAVELLR_TWILIO_AUTH_TOKEN and TRAVELLR_TWILIO_FROM go together."
            )
        return self

    @model_validator(mode="after")
    def _never_mix_test_and_live(self) -> Self:
        if self.stripe_api_base and self.stripe_api_key is None:
            raise SettingsError("TRAVELLR_STRIPE_API_BASE is set without TRAVELLR_STRIPE_API_KEY.")
        if self.stripe_mode == "live" and self.stripe_api_base not in {None, STRIPE_ITSELF, STRIPE_ITSELF + "/"}:
            raise SettingsError("TRAVELLR_STRIPE_API_KEY is a live key and may be sent to no other server than Stripe.")
        if self.demo and not self.sandbox:
            raise SettingsError("TRAVELLR_DEMO=1 works with the sandbox only, not with a key of Stripe itself.")
        return self


def load_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """The settings of this process.

    In the sandbox missing secrets are read from, or once written to, `home/secrets.json`; with a key of Stripe itself
    a missing or weak secret raises `SettingsError`, as does every other bad value.
    """
    from infrastructure.generated_secrets import with_generated_secrets

    refuse_unknown(os.environ if environ is None else environ, Settings.model_fields)
    settings = read_settings(**overrides)
    if settings.sandbox:
        settings = with_generated_secrets(settings)
    if problems := secret_problems(settings):
        raise SettingsError(*problems)
    return settings


def read_settings(**overrides: Any) -> Settings:
    """The settings as they are given, with nothing generated: for `doctor`, which must not write."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        # A derived default that could not be derived only repeats the problem it was to be derived from.
        own = [problem for problem in error.errors() if problem["type"] != "default_factory_not_called"]
        raise SettingsError(*(sentence(problem) for problem in own)) from None
