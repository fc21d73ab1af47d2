"""Plays the demo against what runs, or against a system of its own that is started for it and stopped afterwards."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx
import psycopg
from rich.console import Console

from infrastructure import up_state
from infrastructure.demo.person import Person, StoryBroken
from infrastructure.demo.show import Stage
from infrastructure.demo.story import play
from infrastructure.embedded.postgres_place import discard_place
from infrastructure.invariants import check
from infrastructure.ports import free_port
from infrastructure.settings import Settings, load_settings
from infrastructure.settings_error import SettingsError
from infrastructure.staff import ensure

START_S: Final = 110.0
REST_S: Final = 20.0


def run(settings: Settings, *, own: bool) -> int:
    """The exit code: 0 if the story went as it should and every invariant holds, 1 if not."""
    if own:
        with _own_system() as theirs:
            return _play(theirs)
    if not settings.sandbox:
        raise SettingsError("The demo plays with a sandbox only, never with Stripe itself.")
    if up_state.read(settings.home) is None:
        raise SettingsError("Nothing runs here: start `travellr up` first, or use `travellr demo --own`.")
    return _play(settings)


def _play(settings: Settings) -> int:
    state = up_state.read(settings.home)
    assert state is not None
    assert settings.database_url is not None
    stage = Stage(Console(highlight=False, soft_wrap=True))
    email, password = f"finance.{uuid4().hex[:8]}@example.com", secrets.token_urlsafe(12)
    asyncio.run(ensure(settings, email, "finance", password))
    with httpx.Client(base_url=state.address, timeout=90, trust_env=False) as http:
        try:
            play(http, Person(http, email, password).login(), stage)
        except (StoryBroken, httpx.HTTPError) as error:
            stage.console.print(f"\n[red]The story broke[/red]: {error}")
            return 1
        stage.console.print(f"\nThe API by hand: {state.address}/docs   Stripe's side of it: {state.sandbox}")
    return 0 if _invariants_hold(settings.database_url, stage) else 1


def _invariants_hold(database_url: str, stage: Stage) -> bool:
    """Check every invariant once the system has come to rest, and show each."""
    stage.scene("Every invariant, checked against the log")
    deadline = time.monotonic() + REST_S
    with psycopg.connect(database_url, autocommit=True) as database:
        while True:
            findings = check(database)
            if all(finding.holds for finding in findings) or time.monotonic() > deadline:
                break
            time.sleep(0.2)
    for finding in findings:
        verdict = "[green]holds[/green]" if finding.holds else "[red]BROKEN[/red]"
        stage.console.print(f"   {verdict} {finding.invariant}")
        for contradiction in finding.contradictions[:10]:
            stage.console.print(f"          {contradiction}")
    return all(finding.holds for finding in findings)


@contextmanager
def _own_system() -> Iterator[Settings]:
    """A system in a folder and on a port of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="travellr-demo-") as folder:
        home = Path(folder)
        own = {name: value for name, value in os.environ.items() if not name.startswith("TRAVELLR_")}
        own |= {"TRAVELLR_HOME": folder, "TRAVELLR_PORT": str(free_port()), "TRAVELLR_DEMO": "0"}
        system = subprocess.Popen([sys.executable, "-P", "-m", "infrastructure.cli", "up"], env=own)
        try:
            deadline = time.monotonic() + START_S
            while (state := up_state.read(home)) is None or not state.ready:
                if system.poll() is not None or time.monotonic() > deadline:
                    raise SettingsError("The system for the demo did not start; see what it said above.")
                time.sleep(0.1)
            os.environ.clear()
            os.environ.update(own)
            yield up_state.attached(load_settings())
        finally:
            system.send_signal(signal.SIGTERM)
            system.wait(timeout=60)
            discard_place(home / "postgres")
