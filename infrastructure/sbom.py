"""`python -m infrastructure.sbom`: what runs in production, as CycloneDX 1.6, from the lock and what is installed."""

import json
import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any, Final

LOCK: Final = Path(__file__).parent.parent / "requirements.lock"
_PINNED: Final = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?==(?P<version>[^ ;\\]+)")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill(lock: str) -> dict[str, Any]:
    """One component for each pin of the lock; its hashes are those of every file that may be installed."""
    components: list[dict[str, Any]] = []
    for line in lock.splitlines():
        pinned = _PINNED.match(line)
        if pinned:
            components.append(_component(pinned["name"], pinned["version"]))
        elif components:
            components[-1]["hashes"] += [{"alg": "SHA-256", "content": digest} for digest in _HASH.findall(line)]
    us = {"type": "application", "bom-ref": "travellr", "name": "travellr", "version": metadata("travellr")["Version"]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": us},
        "components": components,
    }


def _component(name: str, version: str) -> dict[str, Any]:
    place = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    component: dict[str, Any] = {"type": "library", "bom-ref": place, "name": name, "version": version, "purl": place}
    licence = _licence(name)
    if licence:
        component["licenses"] = [{"license": {"name": licence}}]
    return {**component, "hashes": []}


def _licence(name: str) -> str | None:
    """As its author says; nothing for what this platform does not need and so has not installed."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return None
    classified = [line.rpartition(" :: ")[2] for line in said.get_all("Classifier", []) if line.startswith("License")]
    named = [*(said.get_all("License-Expression") or ()), ", ".join(classified), *(said.get_all("License") or ())]
    return next((text.partition("\n")[0] for text in named if text), None)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bill(LOCK.read_text()), indent=2) + "\n")
