"""A vendor's webhook endpoints: its own only, signed by two secrets for a day after a rotation, disabled only by us."""

from dataclasses import replace

import pytest

from domain.refusal import NotAllowed, NotFound, VersionMismatch, WrongState
from domain.webhook_endpoint import WebhookEndpoint
from tests.unit.facts import DAY, OPERATOR, OTHER_VENDOR, TICK, TRAVELLER, VENDOR, VENDOR_ID
from tests.unit.story import T0, Step, fact, given
from tests.unit.webhook_facts import (
    DISABLE,
    DISABLED,
    ENDPOINT_ID,
    PAUSE,
    PAUSED,
    REGISTER,
    REGISTERED,
    REMOVE,
    REMOVED,
    RESUME,
    ROTATE,
    URL,
    change,
)


def test_it_is_registered_for_the_vendor_who_asks() -> None:
    facts = {"vendor_id": VENDOR_ID, "url": URL, "types": ("booking.confirmed",)}
    given().when(REGISTER, by=VENDOR).then(fact(WebhookEndpoint.Registered, **facts))


@pytest.mark.parametrize("by", [TRAVELLER, OPERATOR])
def test_only_vendors_have_any(by: object) -> None:
    given().when(REGISTER, by=by).then(NotAllowed)  # type: ignore[arg-type]  # an Actor


@pytest.mark.parametrize("command", [PAUSE, RESUME, ROTATE, REMOVE], ids=lambda c: type(c).__name__)
def test_another_vendors_is_not_there(command: object) -> None:
    given(REGISTERED).when(command, by=OTHER_VENDOR).then(NotFound)


@pytest.mark.parametrize("command", [PAUSE, RESUME, ROTATE, REMOVE], ids=lambda c: type(c).__name__)
def test_a_removed_one_is_not_there(command: object) -> None:
    given(REGISTERED, REMOVED).when(command, by=VENDOR).then(NotFound)


def test_what_is_not_given_stays_and_what_is_the_same_is_no_news() -> None:
    story = given(REGISTERED).when(change(types=()), by=VENDOR)
    story.then(fact(WebhookEndpoint.Changed, url=URL, types=()))
    story.when(change(types=()), by=VENDOR).then_nothing()


def test_somebody_else_was_faster() -> None:
    given(REGISTERED, PAUSED).when(replace(RESUME, version=1), by=VENDOR).then(VersionMismatch)


def test_one_that_we_disabled_is_revived_by_resuming_and_not_paused() -> None:
    given(REGISTERED, DISABLED).when(PAUSE, by=VENDOR).then(WrongState)
    story = given(REGISTERED, DISABLED).when(RESUME, by=VENDOR).then(WebhookEndpoint.Resumed)
    assert story.state(WebhookEndpoint, ENDPOINT_ID).disabled_because is None


def test_only_the_system_disables() -> None:
    given(REGISTERED).when(DISABLE, by=VENDOR).then(NotAllowed)
    given(REGISTERED).when(DISABLE).then(fact(WebhookEndpoint.Disabled, why="gone", vendor_id=VENDOR_ID))
    given(REGISTERED, DISABLED).when(DISABLE).then_nothing()
    given(REGISTERED, REMOVED).when(DISABLE).then_nothing()


def test_the_old_secret_signs_for_a_day_after_a_rotation() -> None:
    story = given(REGISTERED, Step(ROTATE, VENDOR, T0))
    endpoint = story.state(WebhookEndpoint, ENDPOINT_ID)
    assert endpoint.signing_generations(T0) == (2, 1)
    assert endpoint.signing_generations(T0 + DAY - TICK) == (2, 1)
    assert endpoint.signing_generations(T0 + DAY) == (2,)


def test_one_that_never_rotated_signs_by_one_secret() -> None:
    assert given(REGISTERED).state(WebhookEndpoint, ENDPOINT_ID).signing_generations(T0) == (1,)
