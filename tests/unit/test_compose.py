"""The compose file, the image and the example settings agree with the code, as no Docker engine runs in the tests."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from infrastructure.cli import app
from infrastructure.setting_names import variable
from infrastructure.settings import Settings

ROOT = Path(__file__).parents[2]
OURS = ("migrate", "api", "followers", "worker")
SERVERS = ("database", "queue")
VARIABLES = {variable(name) for name in Settings.model_fields}
OF_CHILDREN_ONLY = {"TRAVELLR_EMBEDDED"}
SECRET = re.compile(r"(?i)(password|secret|pepper|_key)\w*\s*[:=]\s*['\"]?[^\s'\"$?]")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def text(name: str) -> str:
    return (ROOT / name).read_text()


def test_the_services_are_the_processes_and_their_servers(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {*OURS, *SERVERS}
    assert compose["services"]["database"]["image"] == "postgres:18"
    assert compose["services"]["queue"]["image"] == "valkey/valkey:9"


@pytest.mark.parametrize("name", [*OURS, *SERVERS])
def test_every_lasting_service_is_checked_and_restarted(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["restart"] == ("on-failure" if name == "migrate" else "unless-stopped")
    assert name == "migrate" or {"test", "interval", "timeout", "retries"} <= set(service["healthcheck"])


@pytest.mark.parametrize("name", ["api", "followers", "worker"])
def test_nothing_starts_before_what_it_needs(compose: dict[str, Any], name: str) -> None:
    conditions = {needed: how["condition"] for needed, how in compose["services"][name]["depends_on"].items()}
    assert conditions == {
        "database": "service_healthy",
        "queue": "service_healthy",
        "migrate": "service_completed_successfully",
    }
    assert compose["services"]["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_data_lies_in_named_volumes(compose: dict[str, Any]) -> None:
    for name in (*SERVERS, "api", "followers", "worker"):
        for mount in compose["services"][name]["volumes"]:
            assert mount.split(":")[0] in compose["volumes"]
    # From version 18 on the image keeps its data one folder higher than before; the old path would lose it.
    assert "database:/var/lib/postgresql" in compose["services"]["database"]["volumes"]


def test_the_queue_keeps_what_it_is_given(compose: dict[str, Any]) -> None:
    command = " ".join(compose["services"]["queue"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_only_the_api_is_published_and_on_this_machine_only(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert published == {"api": ["127.0.0.1:8000:8000"]}


def test_settings_come_from_the_env_file_and_no_secret_is_written_down(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if service.get("env_file") == ".env"] == list(OURS)
    assert compose["services"]["database"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    for file in ("docker-compose.yml", "Dockerfile"):
        assert not SECRET.search(text(file))
    filled = [line for line in text(".env.example").splitlines() if SECRET.search(line) and not line.startswith("#")]
    assert filled == []


@pytest.mark.parametrize("file", ["docker-compose.yml", ".env.example", "Dockerfile"])
def test_every_variable_that_is_named_is_a_setting(file: str) -> None:
    assert set(re.findall(r"\bTRAVELLR_[A-Z0-9_]+", text(file))) <= VARIABLES


def test_every_setting_is_explained_with_its_default() -> None:
    example = dict(re.findall(r"^#?(TRAVELLR_\w+)=(.*)$", text(".env.example"), re.MULTILINE))
    assert set(example) == VARIABLES - OF_CHILDREN_ONLY
    for name, field in Settings.model_fields.items():
        shown = example.get(variable(name))
        if isinstance(field.default, int | str) and shown is not None:
            assert shown == str(field.default)


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(compose: dict[str, Any], name: str) -> None:
    program, command = compose["services"][name]["command"]
    assert program == "travellr"
    assert command in typer.main.get_command(app).commands  # type: ignore[attr-defined]  # A group, as there are several.


def test_the_image_holds_every_package_installs_by_hash_and_is_not_run_by_root() -> None:
    dockerfile = text("Dockerfile")
    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert set(re.findall(r"^COPY (\w+) \1$", dockerfile, re.MULTILINE)) == packages
    assert {line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")} == {
        "requirements.lock",
        *packages,
    }
    assert "--require-hashes -r requirements.lock" in dockerfile
    assert "USER travellr" in dockerfile
    assert "index-url" not in dockerfile
