"""Whose an e-mail address is (by its keyed hash), and a person's wrapped key. Never behind the log."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from queries.rows import Connection, many, one


@dataclass(frozen=True, slots=True)
class Identity:
    account_id: UUID
    wrapped_key: str = field(repr=False)


async def identity_of_email(connection: Connection, email_indexes: Sequence[str]) -> Identity | None:
    """`email_indexes` is the address hashed under every pepper that is believed."""
    return await one(
        connection,
        Identity,
        "SELECT account_id, wrapped_key FROM people.identity WHERE email_index = ANY(%(email_indexes)s) LIMIT 1",
        {"email_indexes": list(email_indexes)},
    )


async def identity_of_account(connection: Connection, account_id: UUID) -> Identity | None:
    return await one(
        connection,
        Identity,
        "SELECT account_id, wrapped_key FROM people.identity WHERE account_id = %(account_id)s",
        {"account_id": account_id},
    )


async def identities(connection: Connection, account_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The wrapped keys of those among these accounts that are not erased."""
    found = await many(
        connection,
        Identity,
        "SELECT account_id, wrapped_key FROM people.identity WHERE account_id = ANY(%(account_ids)s)",
        {"account_ids": list(account_ids)},
    )
    return {identity.account_id: identity.wrapped_key for identity in found}
