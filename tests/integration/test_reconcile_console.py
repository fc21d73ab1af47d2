"""`travellr reconcile`, as people and machines call it, against a running worker and the sandbox Stripe."""

import json
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from tests.integration.command_line import command
from tests.integration.journey import PRICE, Journey
from tests.integration.servers import StripeSandbox, start_sandbox
from tests.integration.world import World, world_on


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[StripeSandbox]:
    sandbox = start_sandbox(tmp_path / "sandbox")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def world(database_url: str, tmp_path: Path, sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=sandbox.url) as world:
        yield world


def ended(world: World, process: Popen[str]) -> tuple[int, str]:
    """Its exit code and what it said, while a worker does what there is to do."""
    while process.poll() is None:
        world.settle()
    assert process.stdout is not None
    return process.returncode, process.stdout.read()


def test_it_agrees_and_then_names_what_does_not(world: World, sandbox: StripeSandbox, tmp_path: Path) -> None:
    Journey(world).paying()
    world.settle()
    with command(world, tmp_path, "reconcile") as process:
        code, said = ended(world, process)
    assert (code, said.splitlines()[-1]) == (
        0, "1 balance transactions agree, 0 differ, 0 only we know, 0 only Stripe knows."
    ), said  # fmt: skip
    elsewhere: dict[str, Any] = {
        "amount": PRICE,
        "currency": "eur",
        "payment_method": "pm_card_bypassPending",
        "payment_method_types[]": "card",
        "confirm": "true",
    }
    sandbox.ask("POST", "/v1/payment_intents", data=elsewhere)
    with command(world, tmp_path, "reconcile", "--json") as process:
        code, said = ended(world, process)
    report = json.loads(said)
    assert (code, report["holds"], report["counts"]["theirs_only"]) == (1, False, 1)
    assert [item["state"] for item in report["items"]] == ["theirs_only"]
