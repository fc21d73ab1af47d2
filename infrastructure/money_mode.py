"""A folder that has seen sandbox money never sees real money, and the other way round."""

from pathlib import Path
from typing import Final

from infrastructure.settings_error import SettingsError
from infrastructure.stripe_mode import StripeMode

FILE_NAME: Final = "stripe-mode"


def settle_mode(home: Path, mode: StripeMode) -> None:
    """Writes the mode at the first start; later a different one raises `SettingsError`."""
    file = home / FILE_NAME
    if not file.exists():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(f"{mode}\n")
    elif (first := file.read_text().strip()) != mode:
        raise SettingsError(
            f"{home} holds bookings of Stripe mode {first}, and TRAVELLR_STRIPE_API_KEY now means {mode}; "
            "use another TRAVELLR_HOME (and another database)."
        )
