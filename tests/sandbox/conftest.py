"""One sandbox for the tests of a worker, and fresh ones for those that restart it or need other delays."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import stripe

from tests.sandbox.server import Sandbox
from tests.sandbox.spec import StripeSpec

FAST = ("--payout-seconds", "0.1", "--dispute-seconds", "0.05", "--refund-seconds", "0.05", "--retry-seconds", "0.05")


@pytest.fixture(scope="session")
def spec(pytestconfig: pytest.Config) -> StripeSpec:
    assert pytestconfig.cache is not None
    return StripeSpec(pytestconfig.cache.mkdir("stripe-spec"))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, spec: StripeSpec) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"), spec, *FAST)
    yield sandbox
    sandbox.stop()
    assert sandbox.complaints() == ""


@pytest.fixture
def sandbox(shared: Sandbox) -> Iterator[Sandbox]:
    yield shared
    shared.control("DELETE", "/sandbox/faults")


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    return sandbox.client()


@pytest.fixture
def fresh(tmp_path: Path, spec: StripeSpec) -> Iterator[Callable[..., Sandbox]]:
    """Starts a sandbox of the test's own, with more options."""
    started: list[Sandbox] = []

    def start(*options: str) -> Sandbox:
        started.append(Sandbox(tmp_path / f"sandbox-{len(started)}", spec, *FAST, *options))
        return started[-1]

    yield start
    for sandbox in started:
        if sandbox.process.poll() is None:
            sandbox.stop()
        assert sandbox.complaints() == ""
