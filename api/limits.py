"""Limits of what strangers may try, and the headers that tell them (draft-ietf-httpapi-ratelimit-headers-10).

Only failures count at the door: who signs in rightly is given the try back. What an attacker uses up is a limit of the
attacker's own address; the account's own limit spares addresses from which it was signed in to before.
"""

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final

from fastapi import Depends, Request

from api.edge import Edge, edge_of
from api.refusals import TooManyRequests, WrongCode, WrongCredentials
from api.trace import trace_of
from infrastructure.limits import Limits
from infrastructure.rate_limits import Limit, Verdict

KNOWN_FOR_S: Final = 30 * 86_400
_IPV6_BITS: Final = 64  # What one customer is given; each of its 2^64 addresses is the same person.


async def may(request: Request, *wanted: tuple[Limit, str]) -> None:
    """One try of each. Raises TooManyRequests for the first that is used up; those before it are given back."""
    counts = edge_of(request).limits.counts
    taken: list[tuple[Limit, str]] = []
    for limit, key in wanted:
        verdict = await counts.take(limit, key)
        _tell(request, verdict)
        if not verdict.allowed:
            for earlier in taken:
                await counts.give_back(*earlier)
            raise TooManyRequests(verdict.retry_after_s)
        taken.append((limit, key))


@asynccontextmanager
async def guessing(request: Request, email: str) -> AsyncIterator[None]:
    """Around a sign-in: it counts if it fails for want of the right password or code."""
    edge = edge_of(request)
    limits, account, address = edge.limits, edge.house.vault.email_index(email), address_of(edge, request)
    both = f"{account[:32]}:{address[:32]}"
    wanted = [(limits.login, both), (limits.login_address, address)]
    if not await limits.counts.remembers(f"known:{both}"):
        wanted.append((limits.login_account, account))
    await may(request, *wanted)
    try:
        yield
    except (WrongCredentials, WrongCode):
        raise
    except BaseException:
        await _give_back(limits, wanted)
        raise
    await _give_back(limits, wanted)
    await limits.counts.remember(f"known:{both}", KNOWN_FOR_S)


async def _give_back(limits: Limits, wanted: list[tuple[Limit, str]]) -> None:
    for limit, key in wanted:
        await limits.counts.give_back(limit, key)


def address_of(edge: Edge, request: Request) -> str:
    """Where a request comes from, as a keyed hash: an address is personal, too."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return edge.house.vault.pseudonym("address", host)
    if isinstance(address, ipaddress.IPv6Address):
        host = str(ipaddress.ip_network((address, _IPV6_BITS), strict=False))
    return edge.house.vault.pseudonym("address", host)


def _tell(request: Request, verdict: Verdict) -> None:
    """The limit that is nearest to its end is told, if there are several."""
    if not verdict.limit.quota:
        return
    headers = trace_of(request).headers
    told = headers.get("ratelimit", "")
    if told and int(told.partition("r=")[2].partition(";")[0]) <= verdict.left:
        return
    name = verdict.limit.name
    headers["ratelimit-policy"] = f'"{name}";q={verdict.limit.quota};w={verdict.limit.window_s}'
    headers["ratelimit"] = f'"{name}";r={verdict.left};t={verdict.retry_after_s}'


async def _registering(request: Request) -> None:
    """Being told that an address is known is what is limited most: nobody finds out about many of them. Whoever has
    used that up is not told about unknown ones either.
    """
    edge = edge_of(request)
    address = address_of(edge, request)
    await may(request, (edge.limits.register, address))
    verdict = await edge.limits.counts.look(edge.limits.register_known, address)
    if not verdict.allowed:
        _tell(request, verdict)
        raise TooManyRequests(verdict.retry_after_s)


async def was_known(request: Request) -> None:
    """Somebody has just been told that there is an account with the address of a registration."""
    edge = edge_of(request)
    await edge.limits.counts.take(edge.limits.register_known, address_of(edge, request))


async def _searching(request: Request) -> None:
    """By account where somebody is signed in, else by address."""
    edge, account_id = edge_of(request), trace_of(request).account_id
    await may(request, (edge.limits.search, str(account_id) if account_id else address_of(edge, request)))


Registering = Annotated[None, Depends(_registering)]
Searching = Annotated[None, Depends(_searching)]
