"""From an e-mail address, a password and perhaps a one-time code to an account, from the log itself."""

import time
from uuid import uuid4

from fastapi import Request
from psycopg import AsyncConnection

from api.edge import Edge
from api.known import account_in_log, carry_out
from api.refusals import AccountSuspended, SecondFactorNeeded, WrongCode, WrongCredentials
from commands.change_account import ChangePassword
from commands.second_factor import UseRecoveryCode
from domain.account import CodeUsed
from domain.actor import SYSTEM
from domain.refusal import VersionMismatch
from infrastructure.decoy import decoy_of
from infrastructure.known_account import KnownAccount, known
from infrastructure.totp import DIGITS, step_of
from queries.identity import identity_of_email


async def account_of_password(edge: Edge, email: str, password: str) -> KnownAccount | None:
    """None if there is no such account, it was erased, or the password is wrong; each takes the same time."""
    vault = edge.house.vault
    async with edge.house.reads.connection() as connection:
        identity = await identity_of_email(connection, vault.email_indexes(email))
    account = await account_in_log(edge, identity.account_id if identity else uuid4())
    found = known(vault, account, identity.wrapped_key) if identity and account else decoy_of(vault).known(vault)
    hashed = found.read("password")
    matches = await edge.slowly.run(lambda: vault.password_matches(password, hashed))
    return found if matches else None


async def sign_in(edge: Edge, request: Request, email: str, password: str, code: str | None) -> KnownAccount:
    """Raises WrongCredentials, and only to who knows the password: AccountSuspended, SecondFactorNeeded, WrongCode."""
    found = await account_of_password(edge, email, password)
    if found is None:
        raise WrongCredentials
    if found.account.status != "active":
        raise AccountSuspended
    if found.account.second_factor == "on":
        if code is None:
            raise SecondFactorNeeded
        if not await is_second_factor(edge, request, found, code):
            raise WrongCode
    await _rehash(edge, request, found, password)
    return found


async def is_second_factor(edge: Edge, request: Request, found: KnownAccount, code: str) -> bool:
    """Whether this is a code of the account that was not used before; it is used now."""
    code = code.replace(" ", "")
    if code.isascii() and code.isdigit() and len(code) == DIGITS:
        return await is_fresh_code(edge, found, code)
    number = recovery_number(edge, found, code)
    if number is None:
        return False
    try:
        await carry_out(edge, request, UseRecoveryCode(found.id, number), SYSTEM)
    except CodeUsed:
        return False
    return True


async def is_fresh_code(edge: Edge, found: KnownAccount, code: str) -> bool:
    """Whether it is a one-time code of about now, newer than every one that was used (RFC 6238, 5.2)."""
    step = step_of(found.must_read("totp"), code, time.time())
    if step is None:
        return False
    async with edge.house.reads.connection() as connection:
        return await _use_step(connection, found, step)


async def _use_step(connection: AsyncConnection, found: KnownAccount, step: int) -> bool:
    cursor = await connection.execute(
        "INSERT INTO people.code_used AS c (account_id, step) VALUES (%s, %s) ON CONFLICT (account_id)"
        " DO UPDATE SET step = EXCLUDED.step WHERE c.step < EXCLUDED.step",
        (found.id, step),
    )
    return cursor.rowcount == 1


def recovery_number(edge: Edge, found: KnownAccount, code: str) -> int | None:
    """Which of the recovery codes it is, used or not."""
    hashes = found.must_read("recovery").split()
    wanted = edge.house.vault.pseudonym("recovery", f"{found.id}/{code.strip().lower()}")
    return hashes.index(wanted) if wanted in hashes else None


async def _rehash(edge: Edge, request: Request, found: KnownAccount, password: str) -> None:
    """A password that was hashed under an older pepper, or more cheaply, is hashed anew while it is at hand."""
    vault = edge.house.vault
    if not vault.is_outdated(found.must_read("password")):
        return
    hashed = await edge.slowly.run(lambda: vault.hash_password(password))
    command = ChangePassword(found.id, found.account.version, found.seal("password", hashed), "rehashed")
    try:
        await carry_out(edge, request, command, SYSTEM)
    except VersionMismatch:
        return  # The account is being changed at this moment; next time will do.
