"""The limits there are, as set by TRAVELLR_LIMIT_..., and who counts."""

from dataclasses import dataclass

from infrastructure.rate_limits import Limit, RateLimits
from infrastructure.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    counts: RateLimits
    login: Limit
    login_address: Limit
    login_account: Limit
    register: Limit
    register_known: Limit
    reset_account: Limit
    reset_address: Limit
    search: Limit

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        return cls(
            counts=RateLimits(settings.redis_url),
            login=Limit.of("login", settings.limit_login),
            login_address=Limit.of("login-address", settings.limit_login_address),
            login_account=Limit.of("login-account", settings.limit_login_account),
            register=Limit.of("register", settings.limit_register),
            register_known=Limit.of("register-known", settings.limit_register_known),
            reset_account=Limit.of("reset-account", settings.limit_reset_account),
            reset_address=Limit.of("reset-address", settings.limit_reset_address),
            search=Limit.of("search", settings.limit_search),
        )
