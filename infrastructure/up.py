"""`travellr up`: the whole system on one machine, with embedded servers for whatever is not configured."""

import os
import sys
from dataclasses import dataclass
from typing import Final

import httpx
from pydantic import SecretStr

from infrastructure import up_state
from infrastructure.address import address_of
from infrastructure.child_log import Say
from infrastructure.demo.accounts import demo_accounts
from infrastructure.embedded import postgres, valkey
from infrastructure.embedded.process import EmbeddedServerError
from infrastructure.home_lock import home_lock
from infrastructure.money_mode import settle_mode
from infrastructure.ports import kept_port, port_is_free
from infrastructure.setting_names import PREFIX
from infrastructure.settings import Settings
from infrastructure.settings_error import SettingsError
from infrastructure.supervisor import StartFailedError, StopRequestedError, Supervisor
from infrastructure.up_state import SANDBOX_KEY, UpState

DATABASE: Final = "travellr"
MIGRATION_SECONDS: Final = 600.0
SANDBOX_SECONDS: Final = 30.0
READY_SECONDS: Final = 120.0
SEED_SECONDS: Final = 120.0

# -P: a folder called `api` where somebody stands must not be taken for ours.
PYTHON: Final = (sys.executable, "-P", "-m")


@dataclass(frozen=True, slots=True)
class Commands:
    """What is run; tests put stand-ins here."""

    sandbox: tuple[str, ...] = (*PYTHON, "infrastructure.lifeline", "sandbox")
    migrate: tuple[str, ...] = (*PYTHON, "infrastructure.cli", "migrate")
    api: tuple[str, ...] = (*PYTHON, "infrastructure.cli", "api")
    followers: tuple[str, ...] = (*PYTHON, "infrastructure.cli", "follow")
    worker: tuple[str, ...] = (*PYTHON, "infrastructure.cli", "worker")
    seed: tuple[str, ...] = (*PYTHON, "infrastructure.cli", "seed")


def up(settings: Settings, say: Say, commands: Commands | None = None) -> int:
    """Runs until SIGINT or SIGTERM and returns the exit code: 0 after a clean stop, 1 when the start failed.

    Raises `AlreadyUpError` or `SettingsError` (exit code 2) before anything is started.
    """
    address = address_of(settings)
    with home_lock(settings.home, address):
        settle_mode(settings.home, settings.stripe_mode)
        up_state.end_left_behind(settings.home)
        if not port_is_free(settings.host, settings.port):
            raise SettingsError(f"Port {settings.port} on {settings.host} is in use; set TRAVELLR_PORT to another one.")
        supervisor = Supervisor(settings.home, UpState(os.getpid(), address), say)
        with supervisor.heeding_signals():
            return _run(supervisor, settings, commands or Commands())


def _run(supervisor: Supervisor, settings: Settings, commands: Commands) -> int:
    try:
        _start(supervisor, settings, commands)
        for line in demo_accounts(settings.home) if settings.demo else ():
            supervisor.say(line)
        supervisor.say(f"Travellr is ready at {supervisor.state.address}")
        supervisor.keep_alive()
    except StopRequestedError:
        pass
    except (StartFailedError, EmbeddedServerError, OSError) as error:
        supervisor.say(f"Travellr does not start: {error}")
        return 1
    finally:
        supervisor.stop()
    return 0


def _start(supervisor: Supervisor, settings: Settings, commands: Commands) -> None:
    settings = _with_servers(supervisor, settings)
    if settings.stripe_api_key is None:
        settings = _with_sandbox(supervisor, settings, commands.sandbox)
    environment = _environment(settings)
    supervisor.run("migrate", commands.migrate, environment, MIGRATION_SECONDS)
    api = supervisor.spawn("api", commands.api, environment)
    supervisor.spawn("followers", commands.followers, environment)
    for number in range(1, settings.worker_processes + 1):
        supervisor.spawn("worker" if number == 1 else f"worker-{number}", commands.worker, environment)
    ready = f"{supervisor.state.address}/readyz"
    supervisor.wait_for(lambda: _answers(ready), READY_SECONDS, f"{ready} does not become ready, see {api.log}")
    if settings.demo:
        supervisor.run("seed", commands.seed, environment, SEED_SECONDS)
    supervisor.publish(ready=True)


def _with_servers(supervisor: Supervisor, settings: Settings) -> Settings:
    found: dict[str, str] = {}
    home = settings.home
    if settings.database_url is None:
        database = supervisor.serve("postgres", lambda: postgres.start(home / "postgres"))
        database.ensure_database(DATABASE)
        found["database_url"] = database.url(DATABASE)
    if settings.redis_url is None:
        found["redis_url"] = supervisor.serve("valkey", lambda: valkey.start(home / "valkey")).url
    supervisor.publish(**found)
    return settings.model_copy(update={**found, "embedded": bool(found)})


def _with_sandbox(supervisor: Supervisor, settings: Settings, command: tuple[str, ...]) -> Settings:
    port = kept_port(settings.home, "sandbox")
    base = f"http://127.0.0.1:{port}"
    arguments = ("--port", str(port), "--data", str(settings.home / "stripe"))
    child = supervisor.spawn("sandbox", (*command, *arguments), _environment(settings))
    supervisor.wait_for(lambda: _answers(f"{base}/livez"), SANDBOX_SECONDS, f"sandbox does not answer, see {child.log}")
    supervisor.publish(sandbox=base)
    return settings.model_copy(update={"stripe_api_key": SecretStr(SANDBOX_KEY), "stripe_api_base": base})


def _environment(settings: Settings) -> dict[str, str]:
    """All settings, and what is not ours as it is: children read nothing else."""
    foreign = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**foreign, **settings.environment()}


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
