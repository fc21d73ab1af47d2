"""`travellr demo`, as `make demo` runs it: up, the whole story, every invariant, down."""

import subprocess
import sys


def test_the_demo_tells_its_story_checks_every_invariant_and_ends_well() -> None:
    command = [sys.executable, "-P", "-m", "infrastructure.cli", "demo", "--own"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "80.00 EUR" in ended.stdout
    checked = ended.stdout.partition("Every invariant")[2]
    assert "BROKEN" not in checked
    assert checked.count("   holds ") == 11
