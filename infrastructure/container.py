"""The composition root: everything a process needs, built once and passed in."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from commands.append import Fence, Meta
from commands.dispatch import Done, Reply, dispatch
from commands.record_refusal import RecordRefusal
from domain.policy import Policy
from domain.refusal import Refusal
from infrastructure.database import async_pool
from infrastructure.event_log import EventLog, event_log
from infrastructure.keyring import Keyring
from infrastructure.refused_commands import RefusedCommands
from infrastructure.settings import Settings
from infrastructure.settings_error import SettingsError
from infrastructure.vault import Vault


@dataclass(frozen=True, slots=True)
class Container:
    settings: Settings
    log: EventLog
    reads: AsyncConnectionPool[AsyncConnection[TupleRow]]
    policy: Policy
    vault: Vault
    refused: RefusedCommands

    async def dispatch(
        self, command: Any, *, meta: Meta, reply: Reply | None = None, fence: Fence | None = None
    ) -> Done:
        """As commands/dispatch.py has it; what is refused is kept, too."""
        try:
            return await dispatch(command, log=self.log, policy=self.policy, meta=meta, reply=reply, fence=fence)
        except Refusal as refusal:
            self.refused.note(command, refusal, meta)
            raise


@asynccontextmanager
async def container(settings: Settings, *, name: str, connections: int = 8) -> AsyncIterator[Container]:
    """Built when entered, closed when left; the log and the read models have connections of their own."""
    url = settings.database_url
    if url is None:
        raise SettingsError("TRAVELLR_DATABASE_URL is not set; `travellr up` starts a database of its own.")
    async with (
        event_log(url, name=name, connections=connections) as log,
        async_pool(url, name=f"{name}-read", most=connections) as reads,
    ):
        policy = policy_of(settings)

        async def record(refusal: RecordRefusal, meta: Meta) -> object:
            return await dispatch(refusal, log=log, policy=policy, meta=meta)

        refused = RefusedCommands(record)
        try:
            yield Container(settings, log, reads, policy, vault_of(settings), refused)
        finally:
            await refused.close()


def policy_of(settings: Settings) -> Policy:
    return Policy(
        commission_bp=settings.commission_bp,
        hold_for=timedelta(minutes=settings.hold_minutes),
        holds_max=settings.holds_max,
        payment_grace=timedelta(minutes=settings.payment_grace_minutes),
        settlement_delay=timedelta(hours=settings.settlement_delay_hours),
        refund_limit=settings.refund_limit,
    )


def vault_of(settings: Settings) -> Vault:
    assert settings.master_key is not None
    before = settings.master_key_previous.get_secret_value().split() if settings.master_key_previous else []
    return Vault(
        master_keys=[base64.b64decode(key) for key in (settings.master_key.get_secret_value(), *before)],
        peppers=Keyring.of(settings.pepper, settings.pepper_previous),
    )
