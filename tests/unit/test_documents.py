"""The documents agree with the tree: links lead somewhere, and what they name exists."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import typer

from infrastructure.cli import app

ROOT: Final = Path(__file__).parents[2]
README: Final = (ROOT / "README.md").read_text()

CODE: Final = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK: Final = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
# A path of somebody's machine, said where only our own tree may be named.
MACHINE_PATH: Final = re.compile(r"(?<![\w./~$}-])/(?:root|home|work)(?:/[\w.-]+|(?=[\s'\"`:]))")
REGISTRY: Final = re.compile(
    r"(?:pypi|pythonhosted|registry\.npmjs|crates|proxy\.golang)\.(?:org|io)|--(?:extra-)?index-url\b|index_url\s*=",
    re.IGNORECASE,
)
# Files that speak of such things on purpose, each with its reason.
EXEMPT: Final = {
    "tests/unit/test_documents.py": "holds the patterns",
    "infrastructure/embedded/postgres_place.py": "explains why a folder like /root cannot be used",
}


def tracked() -> list[Path]:
    """Every text file that is or would be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted({ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()})


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def documents() -> list[Path]:
    return [file for file in tracked() if file.suffix == ".md"]


def anchors(file: Path) -> set[str]:
    headings = HEADING.findall(re.sub(r"^```.*?^```$", "", text_of(file), flags=re.MULTILINE | re.DOTALL))
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def dead_links(document: Path) -> Iterator[str]:
    for target in LINK.findall(CODE.sub("", text_of(document))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or (anchor and anchor not in anchors(file)):
            yield target


def test_every_relative_link_leads_somewhere() -> None:
    dead = {str(document.relative_to(ROOT)): links for document in documents() if (links := list(dead_links(document)))}
    assert not dead


def test_a_dead_link_would_be_found(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text("# Here\n[one](a.md) [two](#here) [three](#there) [four](b.md) `[five](c.md)`\n")
    assert list(dead_links(document)) == ["#there", "b.md"]


def commands() -> set[str]:
    """What can be said after `travellr`."""
    group = typer.main.get_command(app)
    subcommands = getattr(group, "commands", {})
    return set(subcommands) | {
        f"{name} {sub}" for name, one in subcommands.items() for sub in getattr(one, "commands", {})
    }


@pytest.mark.parametrize("document", ["README.md", "docs/operations.md"])
def test_every_make_target_that_is_named_exists(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^ {4}|`)make ([a-z]+)\b", text_of(ROOT / document), re.MULTILINE))
    assert named
    assert named <= targets


@pytest.mark.parametrize("document", ["README.md", "docs/operations.md"])
def test_every_travellr_command_that_is_named_exists(document: str) -> None:
    said = re.findall(r"(?:^ {4}|`|bin/)travellr ([a-z]+)(?: ([a-z]+))?", text_of(ROOT / document), re.MULTILINE)
    said += re.findall(r"\"\$TRAVELLR\" ([a-z]+)(?: ([a-z]+))?", text_of(ROOT / document))
    assert said
    known = commands()
    unknown = [
        words for words in said if words[0] not in known or (words[0] == "staff" and " ".join(words) not in known)
    ]
    assert not unknown


def test_every_path_of_the_layout_and_of_the_promises_exists() -> None:
    rows = [line for line in README.splitlines() if line.startswith("| ")]
    paths = {name for row in rows for name in re.findall(r"`([\w.-]+/[\w./-]*)`", row)}
    assert {"domain/", "sandbox/", "projections/catalogue.py"} <= paths
    assert not [name for name in paths if not (ROOT / name).exists()]


@pytest.mark.parametrize(
    "document", ["docs/glossary.md", *sorted(f"docs/adr/{f.name}" for f in (ROOT / "docs/adr").glob("*"))]
)
def test_every_path_that_is_named_exists(document: str) -> None:
    ours = {file.parts[len(ROOT.parts)] for file in tracked() if len(file.parts) > len(ROOT.parts) + 1}
    named = re.findall(r"`([\w.-]+/[\w./-]*)`", text_of(ROOT / document))
    missing = [name for name in named if name.split("/")[0] in ours and not (ROOT / name).exists()]
    assert not missing


def test_adrs_are_numbered_without_a_gap_and_listed() -> None:
    pages = sorted((ROOT / "docs/adr").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    index = text_of(pages[0])
    for page in pages[1:]:
        assert f"({page.name})" in index
        content = text_of(page)
        assert content.startswith(f"# {page.name[:4]}. ")
        assert re.findall(r"^## (.+)$", content, re.MULTILINE) == [
            "Context",
            "Decision",
            "Consequences",
            "Alternatives",
        ]
        assert "\n> **" in content


def test_no_file_names_a_registry_or_a_path_of_somebody_s_machine() -> None:
    found = {}
    for file in tracked():
        name = str(file.relative_to(ROOT))
        hits = [match[0] for pattern in (MACHINE_PATH, REGISTRY) for match in pattern.finditer(text_of(file))]
        if hits and name not in EXEMPT:
            found[name] = hits[:5]
    assert not found


@pytest.mark.parametrize("bad", ["see /root/.cache", 'open("/home/ada/x")', "cd /work/main"])
def test_a_path_of_somebody_s_machine_would_be_found(bad: str) -> None:
    assert MACHINE_PATH.search(bad)


@pytest.mark.parametrize("good", ["/v1/work/x", "board.work", "~/root", "https://a.example/home/x", "$X/work/y"])
def test_other_paths_are_left_alone(good: str) -> None:
    assert not MACHINE_PATH.search(good)
