"""The bill of materials names every pin of the lock, with the hashes that it was pinned by."""

import re

from infrastructure.sbom import LOCK, bill


def test_every_pin_is_a_component_with_its_hashes() -> None:
    lock = LOCK.read_text()
    components = bill(lock)["components"]
    assert [c["name"] for c in components] == re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==", lock, re.MULTILINE)
    assert sum(len(c["hashes"]) for c in components) == lock.count("--hash=")
    assert all(c["purl"] == c["bom-ref"] and c["hashes"] for c in components)


def test_what_is_installed_says_its_licence() -> None:
    by_name = {c["name"]: c for c in bill(LOCK.read_text())["components"]}
    assert "MIT" in str(by_name["fastapi"]["licenses"])
