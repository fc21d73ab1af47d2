"""Whose an e-mail address is (by its keyed hash), and a person's wrapped key. Never behind the log."""

from dataclasses import dataclass, field
from uuid import UUID

from queries.rows import Connection, one


@dataclass(frozen=True, slots=True)
class Identity:
    account_id: UUID
    wrapped_key: str = field(repr=False)


async def identity_of_email(connection: Connection, email_index: str) -> Identity | None:
    return await one(
        connection,
        Identity,
        "SELECT account_id, wrapped_key FROM people.identity WHERE email_index = %(email_index)s",
        {"email_index": email_index},
    )


async def identity_of_account(connection: Connection, account_id: UUID) -> Identity | None:
    return await one(
        connection,
        Identity,
        "SELECT account_id, wrapped_key FROM people.identity WHERE account_id = %(account_id)s",
        {"account_id": account_id},
    )
