"""What pip-audit says is understood: a hole fails, nothing looked at is said and does not."""

import json
import sys
from typing import Any

import pytest

from infrastructure.vulnerabilities import look


def saying(*pins: dict[str, Any], status: int = 0) -> list[str]:
    """A command that says what pip-audit would say."""
    text = json.dumps({"dependencies": pins, "fixes": []})
    return [sys.executable, "-c", f"import sys; print({text!r}); sys.exit({status})"]


SOUND: dict[str, Any] = {"name": "fastapi", "version": "1", "vulns": []}
UNKNOWN: dict[str, Any] = {"name": "x", "version": "1", "skip_reason": "not found"}
HOLED: dict[str, Any] = {"name": "jwt", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}


def test_a_hole_fails_and_says_where() -> None:
    assert look(saying(SOUND, HOLED, status=1)) == (1, "Vulnerability PYSEC-1: jwt 2; mended in 2.1.")


def test_how_many_were_looked_at_is_said() -> None:
    assert look(saying(SOUND, UNKNOWN)) == (0, "Vulnerabilities: none known of 1 of 2 pins.")


@pytest.mark.parametrize(
    "command",
    [
        saying(UNKNOWN, UNKNOWN),
        [sys.executable, "-c", "raise SystemExit('no network')"],
        [sys.executable, "-c", "import time; time.sleep(60)"],
    ],
    ids=["a mirror without any", "no network", "no answer"],
)
def test_where_no_database_is_to_be_had_it_says_so_and_does_not_fail(command: list[str]) -> None:
    status, said = look(command, deadline_s=1.5)
    assert status == 0
    assert "not looked at" in said
