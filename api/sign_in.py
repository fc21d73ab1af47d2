"""From an e-mail address and a password to an account, from the log itself and never from a read model that lags."""

from uuid import UUID

from api.edge import Edge
from domain.account import Account
from domain.root import replay
from infrastructure.enrolment import password_hash
from queries.identity import identity_of_email


async def account_of_credentials(edge: Edge, email: str, password: str) -> Account | None:
    """None if there is no such account, it may not sign in, or the password is wrong; each takes the same time."""
    vault = edge.house.vault
    async with edge.house.reads.connection() as connection:
        identity = await identity_of_email(connection, vault.email_index(email))
    account = await account_in_log(edge, identity.account_id) if identity else None
    may = identity is not None and account is not None and account.status == "active"
    hashed = password_hash(vault, account, identity.wrapped_key) if may and account and identity else None
    matches = await edge.slowly.run(lambda: vault.password_matches(password, hashed))
    return account if matches else None


async def account_in_log(edge: Edge, account_id: UUID) -> Account | None:
    streams = await edge.house.log.read((account_id,))
    found = replay(streams.events[account_id])
    return found if isinstance(found, Account) else None
