"""`travellr housekeep --sandbox-data`: all of a sandbox goes, and nothing that is not a sandbox's."""

from pathlib import Path
from typing import Any

import pytest

from infrastructure.embedded import postgres
from infrastructure.home_lock import AlreadyUpError, home_lock
from infrastructure.housekeeping.sandbox_data import check, remove
from infrastructure.settings import Settings, load_settings
from infrastructure.settings_error import SettingsError

KEPT = {"erasures", "logs", "ports.json", "secrets.json", "stripe-mode"}


def sandbox(home: Path, **more: Any) -> Settings:
    """A folder as `travellr up` leaves it, without its servers."""
    for folder in ("valkey", "stripe", "erasures", "logs"):
        (home / folder).mkdir(parents=True)
        (home / folder / "file").write_text("something")
    for file in ("demo-accounts.json", "audit-heads.jsonl", "up.json", "ports.json"):
        (home / file).write_text("{}")
    (home / "stripe-mode").write_text("sandbox\n")
    return load_settings({}, home=home, **more)


def names(home: Path) -> set[str]:
    return {path.name for path in home.iterdir()} - {"up.lock"}


def test_all_of_it_goes_with_a_server_that_was_left_running(tmp_path: Path) -> None:
    settings = sandbox(tmp_path / "home")
    server = postgres.start(settings.home / "postgres", durable=False)
    removed = remove(settings)
    assert not server.alive()
    assert not server.data.exists()
    assert set(removed) == {"postgres", "valkey", "stripe", "demo-accounts.json", "audit-heads.jsonl", "up.json"}
    assert names(settings.home) == KEPT
    assert remove(settings) == []


def test_not_while_the_system_runs(tmp_path: Path) -> None:
    settings = sandbox(tmp_path / "home")
    before = names(settings.home)
    with home_lock(settings.home, "here"), pytest.raises(AlreadyUpError):
        remove(settings)
    assert names(settings.home) == before


@pytest.mark.parametrize(
    "named",
    [
        {"database_url": "postgresql://elsewhere/bookings"},
        {"redis_url": "redis://elsewhere"},
        {"stripe_api_key": "sk_test_1", "stripe_api_base": "http://elsewhere"},
        {"audit_heads": "/elsewhere"},
    ],
    ids=lambda named: next(iter(named)),
)
def test_not_when_something_of_it_is_elsewhere(tmp_path: Path, named: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="is set"):
        check(sandbox(tmp_path / "home", **named))


def test_not_where_real_money_was_seen(tmp_path: Path) -> None:
    settings = sandbox(tmp_path / "home")
    (settings.home / "stripe-mode").write_text("live\n")
    with pytest.raises(SettingsError, match="live mode"):
        remove(settings)
    assert "stripe" in names(settings.home)


def test_not_outside_the_sandbox(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, stripe_api_key="sk_test_1")  # type: ignore[arg-type]  # pydantic reads text
    with pytest.raises(SettingsError, match="Only the sandbox"):
        remove(settings)
