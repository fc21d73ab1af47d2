"""Who asks: an account in a role, or the system itself."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Role = Literal["traveller", "vendor", "operator", "finance", "auditor", "admin", "system"]
STAFF: frozenset[str] = frozenset({"operator", "finance", "auditor", "admin"})


@dataclass(frozen=True, slots=True)
class Actor:
    account_id: UUID | None
    role: Role

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF

    @property
    def is_system(self) -> bool:
        return self.role == "system"


SYSTEM = Actor(None, "system")
