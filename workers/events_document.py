"""Writes docs/events.md: `python -m workers.events_document`. Only here are all followers known."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from infrastructure.events_document import DOCUMENT, render
from projections.catalogue import PROJECTIONS
from workers.react import REACT
from workers.webhook_fan_out import WEBHOOKS_OUT


def readers() -> Mapping[str, Sequence[str]]:
    """By topic, the followers that want it; the seal, which wants everything, is not among them."""
    found: dict[str, list[str]] = defaultdict(list)
    for follower in (*PROJECTIONS.values(), REACT, WEBHOOKS_OUT):
        for topic in dict.fromkeys(follower.topics):
            found[topic].append(follower.name)
    return found


def render_all() -> str:
    return render(readers())


if __name__ == "__main__":
    DOCUMENT.write_text(render_all())
