"""docs/event_registry.json: every topic and version that was ever written, its facts, and the commands that write it.

`TRAVELLR_WRITE_REGISTRY=1 pytest tests/unit/test_event_registry.py` adds what is new, and changes nothing that is there
but who writes an event. A fact that comes or goes without a new version is red, and so is a topic that has gone.
"""

import json
import os
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from infrastructure.event_codec import event_classes
from infrastructure.events_document import REGISTRY, facts_of, read_registry
from tests.unit.lives.every import LIVES, asked_in
from tests.unit.memory_log import MemoryLog
from tests.unit.payment_life import CAREFUL
from tests.unit.story import given
from tests.unit.test_golden_events import GOLDEN, life, shape_of

CLASSES = event_classes()
_OF_EVERY_EVENT = {"timestamp", "originator_topic", "class_version"}


@cache
def writers() -> Mapping[str, list[str]]:
    """By topic, the commands that wrote it in any story: the long one, and every command in every state."""
    found: dict[str, set[str]] = defaultdict(set)
    logs: list[MemoryLog] = [given(life(), policy=CAREFUL).log]
    for one in LIVES:
        logs += [story.log for story in one.told().values()]
        logs += [asked.story.log for asked in asked_in(one.title)]
    for log in logs:
        for append in log.appends:
            for event in append.events:
                found[event.TOPIC].add(append.meta.command)
    return {topic: sorted(commands - {"given"}) for topic, commands in found.items()}


def facts_of_golden(topic: str, version: int) -> dict[str, str]:
    """Of a shape that no class has any more: which facts it had, from the example that was kept."""
    state: dict[str, Any] = json.loads((GOLDEN / f"{topic}.v{version}.json").read_text())["state"]
    return {name: type(value).__name__ for name, value in state.items() if name not in _OF_EVERY_EVENT}


def add_what_is_new() -> None:
    registry = read_registry() if REGISTRY.exists() else {}
    for topic, kind in CLASSES.items():
        known = registry.setdefault(topic, {"written_by": [], "versions": {}})
        known["written_by"] = writers().get(topic, [])
        newest = shape_of(kind)
        for version in range(1, newest + 1):
            facts = facts_of(kind) if version == newest else facts_of_golden(topic, version)
            known["versions"].setdefault(str(version), facts)
    REGISTRY.write_text(json.dumps(dict(sorted(registry.items())), indent=1) + "\n")


if os.environ.get("TRAVELLR_WRITE_REGISTRY"):
    add_what_is_new()
REGISTERED = read_registry()


def test_every_topic_that_was_ever_written_is_known_and_no_other() -> None:
    assert set(REGISTERED) == set(CLASSES)


@pytest.mark.parametrize("topic", sorted(CLASSES))
def test_what_an_event_says_changes_only_with_a_new_version(topic: str) -> None:
    newest = shape_of(CLASSES[topic])
    versions = REGISTERED[topic]["versions"]
    assert list(versions) == [str(version) for version in range(1, newest + 1)]
    assert versions[str(newest)] == facts_of(CLASSES[topic]), f"{topic}: a new shape needs a new version (ADR 0002)"


@pytest.mark.parametrize("topic", sorted(CLASSES))
def test_every_version_that_was_ever_written_has_an_example_that_is_replayed(topic: str) -> None:
    for version in REGISTERED[topic]["versions"]:
        facts = facts_of_golden(topic, int(version))
        assert facts.keys() <= REGISTERED[topic]["versions"][version].keys(), f"{topic}.v{version}"


def test_who_writes_an_event_is_what_the_registry_says() -> None:
    assert {topic: REGISTERED[topic]["written_by"] for topic in CLASSES} == {t: writers()[t] for t in CLASSES}
