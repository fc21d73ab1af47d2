"""`python -m infrastructure.vulnerabilities`: whether anything that runs in production has a known hole, by pip-audit.

Fails if something has. Where no database of vulnerabilities is to be had (no network, or a mirror that knows none), it
says that nothing was looked at, and does not fail: a build must be possible anywhere.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

from infrastructure.sbom import LOCK

DEADLINE_S: Final = 120
_COMMAND: Final = (
    *(sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--require-hashes", "--disable-pip"),
    *("--format", "json", "--progress-spinner", "off", "--timeout", "5"),
)
_SKIPPED: Final = "Vulnerabilities: not looked at, because no database of them can be reached from here."


def look(command: Sequence[str] = _COMMAND, deadline_s: float = DEADLINE_S) -> tuple[int, str]:
    """Exit status and what to say."""
    try:
        ended = subprocess.run(  # noqa: S603 -- the command stands above
            command, capture_output=True, text=True, timeout=deadline_s, check=False
        )
        pins: list[dict[str, Any]] = json.loads(ended.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError, KeyError):
        return 0, _SKIPPED
    looked_at = [pin for pin in pins if "vulns" in pin]
    if not looked_at:
        return 0, _SKIPPED
    found = list(_found(looked_at))
    if found:
        return 1, "\n".join(found)
    return 0, f"Vulnerabilities: none known of {len(looked_at)} of {len(pins)} pins."


def _found(pins: list[dict[str, Any]]) -> Iterator[str]:
    for pin in pins:
        for hole in pin["vulns"]:
            mended = ", ".join(hole.get("fix_versions", ())) or "no version yet"
            yield f"Vulnerability {hole['id']}: {pin['name']} {pin['version']}; mended in {mended}."


if __name__ == "__main__":
    status, said = look()
    sys.stdout.write(said + "\n")
    sys.exit(status)
