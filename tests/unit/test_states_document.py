"""docs/states.md tells what the code does: every command was carried out in every state, and this compares.

`TRAVELLR_WRITE_STATES=1 pytest tests/unit/test_states_document.py` writes it anew.
"""

import os
from pathlib import Path

import pytest

from infrastructure.states_document import DOCUMENT, NOT_YET, Matrix, Outcome, render
from tests.unit.lives.every import LIVES, asked_in
from tests.unit.lives.life import matrix_of


@pytest.fixture(scope="module")
def text() -> str:
    return render(matrix_of(life, asked_in(life.title)) for life in LIVES)


def test_the_document_of_states_is_up_to_date(text: str) -> None:
    if os.environ.get("TRAVELLR_WRITE_STATES"):
        DOCUMENT.write_text(text)
    assert DOCUMENT.read_text() == text, (
        "Write it anew: TRAVELLR_WRITE_STATES=1 pytest tests/unit/test_states_document.py"
    )


def test_the_document_names_every_state_and_every_command(text: str) -> None:
    for life in LIVES:
        section = text.partition(f"\n## {life.title}\n")[2].partition("\n## ")[0]
        assert all(f'state "{state}" as' in section for state in life.examples)
        assert all(f"\n| {asked.command} |" in section for asked in asked_in(life.title))


def test_a_diagram_says_each_command_once_and_a_table_every_way_of_it() -> None:
    outcomes = {
        ("Make", NOT_YET): Outcome("moves", "new"),
        ("Make", "new"): Outcome("nothing"),
        ("End: at once", "new"): Outcome("moves", "over"),
        ("End: at once, by force", "new"): Outcome("moves", "over"),
        ("End: at once", "over"): Outcome("refused", "wrong_state"),
        ("End: at once, by force", "over"): Outcome("done"),
    }
    text = render([Matrix("Thing", "It is.", (NOT_YET, "new", "over"), outcomes)])
    assert text.endswith("""
## Thing

It is.

```mermaid
stateDiagram-v2
    state "new" as new
    state "over" as over
    [*] --> new: Make
    new --> over: End at once
    over --> [*]
```

| command | nothing yet | new | over |
|---|---|---|---|
| Make | **new** | - |  |
| End: at once |  | **over** | `wrong_state` |
| End: at once, by force |  | **over** | *done* |
""")


def test_it_lies_where_people_look() -> None:
    assert Path(__file__).parents[2] / "docs" / "states.md" == DOCUMENT
