"""What several commands take, and whose settings they act with; nothing here may be slow to import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from infrastructure.settings_error import SettingsError

if TYPE_CHECKING:
    from infrastructure.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def attached_settings() -> Settings:
    """As configured, with the addresses of what runs on the same folder where they name none themselves."""
    from infrastructure.settings import load_settings
    from infrastructure.up_state import attached

    return attached(load_settings())


def running() -> tuple[Settings, str]:
    """The attached settings and the address of their database. Raises SettingsError if there is none."""
    settings = attached_settings()
    if settings.database_url is None:
        raise SettingsError(f"Nothing runs on {settings.home}: start `travellr up`, or set TRAVELLR_DATABASE_URL.")
    return settings, settings.database_url
