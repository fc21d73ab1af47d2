"""Settings come from the environment, refuse nonsense in plain sentences, and never mix test and live money."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infrastructure.secret_strength import SECRET_NAMES
from infrastructure.settings import Settings, load_settings, read_settings
from infrastructure.settings_error import SettingsError

STRONG = {
    "TRAVELLR_SECRET_KEY": "5f0c1a9be27d4836a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60717",
    "TRAVELLR_PEPPER": "e1d2c3b4a5968778695a4b3c2d1e0f00112233445566778899aabbccddeeff01",
    "TRAVELLR_MASTER_KEY": "t9DNOQ3wz4Wdf83XCYFw3I0nRtSJbLxwzzkoYR9eoYc=",
}


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("TRAVELLR_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRAVELLR_HOME", str(tmp_path / "home"))


def load_with(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def problems_with(monkeypatch: pytest.MonkeyPatch, **variables: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        load_with(monkeypatch, **variables)
    return refused.value.problems


def test_nothing_set_is_the_sandbox_with_demo_data() -> None:
    settings = load_settings()
    assert (settings.sandbox, settings.demo, settings.host, settings.port) == (True, True, "127.0.0.1", 8000)
    assert settings.commission_bp == 2000


def test_home_becomes_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRAVELLR_HOME")
    assert read_settings().home == tmp_path / ".travellr"


def test_generated_secrets_are_private_and_stay_the_same(tmp_path: Path) -> None:
    first, second = load_settings(), load_settings()
    file = tmp_path / "home" / "secrets.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert all(getattr(first, name) == getattr(second, name) for name in SECRET_NAMES)
    assert set(json.loads(file.read_text())) == set(SECRET_NAMES)


def test_two_starters_at_once_agree_on_the_generated_secrets(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = {pool.submit(load_settings).result().secret_key for _ in range(8)}
    assert len(keys) == 1
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["secrets.json"]


def test_a_given_secret_is_never_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_with(monkeypatch, TRAVELLR_PEPPER=STRONG["TRAVELLR_PEPPER"])
    assert settings.environment()["TRAVELLR_PEPPER"] == STRONG["TRAVELLR_PEPPER"]
    assert settings.secret_key is not None


def test_a_child_reads_the_same_settings_from_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = load_with(monkeypatch, TRAVELLR_PORT="9001", TRAVELLR_DEMO="0", TRAVELLR_REDIS_URL="unix:///x.sock")
    (parent.home / "secrets.json").unlink()
    child = load_with(monkeypatch, **parent.environment())
    assert child == parent
    assert not (parent.home / "secrets.json").exists()


def test_secrets_and_addresses_are_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_with(monkeypatch, TRAVELLR_DATABASE_URL="postgresql://u:hunter2@db/x", **STRONG)
    assert not [secret for secret in ("hunter2", *STRONG.values()) if secret in repr(settings)]


def test_every_bad_value_is_one_plain_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = problems_with(
        monkeypatch,
        TRAVELLR_PORT="eighty",
        TRAVELLR_COMMISSION_BP="20000",
        TRAVELLR_PLATFORM_TIME_ZONE="Mars/Olympus",
        TRAVELLR_DATABASE_URL="mysql://db",
        TRAVELLR_LOG_LEVEL="loud",
    )
    assert [problem.split()[0] for problem in problems] == [
        "TRAVELLR_PORT",
        "TRAVELLR_DATABASE_URL",
        "TRAVELLR_PLATFORM_TIME_ZONE",
        "TRAVELLR_COMMISSION_BP",
        "TRAVELLR_LOG_LEVEL",
    ]
    assert all("\n" not in problem and problem.endswith(".") and " must " in problem for problem in problems)


def test_a_bad_stripe_key_is_named_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems_with(monkeypatch, TRAVELLR_STRIPE_API_KEY="pk_live_abcdef")
    assert problem.startswith("TRAVELLR_STRIPE_API_KEY must start with sk_test_")
    assert "abcdef" not in problem


def test_a_misspelt_setting_is_refused_with_its_right_name(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems_with(monkeypatch, TRAVELLR_STRIPE_KEY="sk_live_x")
    assert problem == "TRAVELLR_STRIPE_KEY is not a setting; did you mean TRAVELLR_STRIPE_API_KEY?"


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_with(monkeypatch, TRAVELLR_REDIS_URL="", TRAVELLR_STRIPE_API_KEY="")
    assert settings.redis_url is None
    assert settings.sandbox


def test_a_test_key_with_another_server_is_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    base = "http://127.0.0.1:12111"
    settings = load_with(monkeypatch, TRAVELLR_STRIPE_API_KEY="sk_test_x", TRAVELLR_STRIPE_API_BASE=base)
    assert settings.stripe_mode == "sandbox"


@pytest.mark.parametrize("base", ["", "https://api.stripe.com", "https://api.stripe.com/"])
def test_a_test_key_for_stripe_itself_is_no_sandbox_and_has_no_demo(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    variables = {"TRAVELLR_STRIPE_API_KEY": "sk_test_x", "TRAVELLR_STRIPE_API_BASE": base, **STRONG}
    settings = load_with(monkeypatch, **variables)
    assert (settings.stripe_mode, settings.sandbox, settings.demo) == ("test", False, False)


def test_a_live_key_with_strong_secrets_is_live(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_with(monkeypatch, TRAVELLR_STRIPE_API_KEY="sk_live_x", **STRONG)
    assert (settings.stripe_mode, settings.sandbox, settings.demo) == ("live", False, False)


def test_a_live_key_generates_nothing_and_names_each_missing_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    problems = problems_with(monkeypatch, TRAVELLR_STRIPE_API_KEY="sk_live_x")
    assert [problem.split(";")[0] for problem in problems] == [f"{name} is missing" for name in STRONG]
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRAVELLR_SECRET_KEY", "short"),
        ("TRAVELLR_SECRET_KEY", "a" * 64),
        ("TRAVELLR_PEPPER", "please-changeme-before-production-use"),
        ("TRAVELLR_PEPPER", STRONG["TRAVELLR_SECRET_KEY"]),
        ("TRAVELLR_MASTER_KEY", "not base64 at all, but long enough to look good"),
        ("TRAVELLR_MASTER_KEY", "dG9vIHNob3J0"),
        ("TRAVELLR_MASTER_KEY", "A" * 43 + "="),
    ],
)
def test_a_weak_secret_is_refused_with_a_live_key(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    variables = {"TRAVELLR_STRIPE_API_KEY": "sk_live_x", **STRONG, name: value}
    (problem,) = problems_with(monkeypatch, **variables)
    assert name in problem
    assert value not in problem


def test_a_live_key_is_sent_to_nobody_but_stripe(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "TRAVELLR_STRIPE_API_KEY": "sk_live_x",
        "TRAVELLR_STRIPE_API_BASE": "http://127.0.0.1:12111",
        **STRONG,
    }
    (problem,) = problems_with(monkeypatch, **variables)
    assert "live key" in problem


@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_x", "sk_test_x"])
def test_demo_data_never_meets_stripe_itself(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    variables = {"TRAVELLR_STRIPE_API_KEY": key, "TRAVELLR_DEMO": "1", **STRONG}
    (problem,) = problems_with(monkeypatch, **variables)
    assert "TRAVELLR_DEMO" in problem


@pytest.mark.parametrize(
    ("name", "value"), [("TRAVELLR_SEPA_IBAN", "DE89370400440532013001"), ("TRAVELLR_SEPA_BIC", "COBADE")]
)
def test_our_own_bank_account_must_be_one_that_can_exist(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    (problem,) = problems_with(monkeypatch, **{name: value})
    assert name in problem
    assert value not in problem
