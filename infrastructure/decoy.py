"""Nobody's account, made up once: an unknown address gives it the work that a known one gives its owner's."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import cast
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent

from domain.account import Account
from domain.root import Event, replay
from infrastructure.event_codec import decode, encode
from infrastructure.known_account import KnownAccount, known
from infrastructure.vault import Place, Vault


@dataclass(frozen=True, slots=True)
class Decoy:
    stored: StoredEvent = field(repr=False)
    wrapped_key: str = field(repr=False)

    def known(self, vault: Vault) -> KnownAccount:
        """Read from its stored event and unwrapped anew each time, as any account is."""
        event = self.stored
        assert isinstance(event.originator_id, UUID)
        account = replay([decode(event.originator_id, event.originator_version, event.topic, event.state)])
        assert isinstance(account, Account)
        return known(vault, account, self.wrapped_key)


@lru_cache(maxsize=4)
def decoy_of(vault: Vault) -> Decoy:
    account_id = uuid4()
    key, wrapped_key = vault.new_key(account_id)
    words = {"email": "somebody@example.com", "full_name": "Some Body"}
    sealed = {name: vault.seal(key, Place(account_id, 1, name), text) for name, text in words.items()}
    no_hash = vault.seal(key, Place(account_id, 1, "password"), "0" * 72)
    account = Account.register(
        account_id=account_id, role="traveller", sealed=sealed, password_sealed=no_hash, now=datetime.now(UTC)
    )
    (event,) = account.collect_events()
    return Decoy(encode(cast("Event", event)), wrapped_key)
