"""One thing that was looked at."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    found: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    findings: tuple[Finding, ...]

    @property
    def fine(self) -> bool:
        return all(finding.problem is None for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        return {"fine": self.fine, "findings": [asdict(finding) for finding in self.findings]}
