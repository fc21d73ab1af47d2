"""The accounts of the demo, kept beside its data so that every start can say how to sign in."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

FILE_NAME: Final = "demo-accounts.json"


@dataclass(frozen=True, slots=True)
class Account:
    role: str
    email: str
    password: str


def keep_accounts(home: Path, accounts: Sequence[Account]) -> None:
    with os.fdopen(os.open(home / FILE_NAME, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump([asdict(account) for account in accounts], file, indent=2)


def demo_accounts(home: Path) -> Iterator[str]:
    """Lines that say how to sign in."""
    yield "Demo accounts:"
    for account in json.loads((home / FILE_NAME).read_text()):
        yield f"  {account['role']:<10} {account['email']:<24} {account['password']}"
