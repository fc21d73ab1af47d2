"""docs/events.md tells what the code says: it is generated, and this compares it."""

from pathlib import Path

from infrastructure.event_codec import event_classes
from infrastructure.events_document import DOCUMENT
from workers.events_document import render_all


def test_the_document_of_events_is_up_to_date() -> None:
    assert DOCUMENT.read_text() == render_all(), "Write it anew: python -m workers.events_document"


def test_the_document_names_every_event_and_every_fact() -> None:
    text = render_all()
    for topic, kind in event_classes().items():
        assert f"`{topic}`" in text
        for name in kind.__annotations__.keys() - {"TOPIC"}:
            assert f"`{name}`" in text


def test_it_lies_where_people_look() -> None:
    assert Path(__file__).parents[2] / "docs" / "events.md" == DOCUMENT
