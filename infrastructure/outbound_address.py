"""Where we send to on somebody else's word: public addresses only, so that nobody reaches into our network through us.

The address that was looked at is the address that is connected to: a name that answers differently the next time
(DNS rebinding) gains nothing by it. Source: OWASP, Server-Side Request Forgery Prevention Cheat Sheet.
"""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

URL_MAX_CHARACTERS: Final = 2_000
RESOLVE_S: Final = 3.0
_PORTS: Final = {"https": 443, "http": 80}
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_LOOPBACK: Final = "127.0.0.1"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class UnsafeUrl(Exception):  # noqa: N818 - not an error: anybody may ask for anything
    """We do not send there; the message says why, for whoever asked."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in parts. `authority` is the Host header; `loopback` if it may only be this very machine (sandbox)."""

    tls: bool
    host: str
    port: int
    authority: str
    path: str
    loopback: bool


def target_of(url: str, *, sandbox: bool) -> Target:
    """The URL in parts, if it is one that we may send to as far as it says itself. Raises UnsafeUrl."""
    if len(url) > URL_MAX_CHARACTERS or not url.isascii() or any(c.isspace() or not c.isprintable() for c in url):
        raise UnsafeUrl("must be an address of at most 2,000 printable ASCII characters")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UnsafeUrl("is not an address") from None
    loopback = sandbox and parts.scheme == "http" and host == _LOOPBACK
    if parts.scheme != "https" and not loopback:
        raise UnsafeUrl("must begin with https://" + (" (or, in the sandbox, http://127.0.0.1)" if sandbox else ""))
    if not host or parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        raise UnsafeUrl("must name a host, without a user, a password or a fragment")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    authority = parts.netloc.rpartition("@")[2]
    return Target(parts.scheme == "https", host, port or _PORTS[parts.scheme], authority, path, loopback)


async def addresses_of(target: Target) -> tuple[str, ...]:
    """The addresses of the target, if we may connect to every one of them.

    Raises UnsafeUrl, also if the name cannot be resolved within `RESOLVE_S`.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_S):
            found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):
        raise UnsafeUrl("has a name that cannot be resolved") from None
    addresses = tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    if not addresses or not all(_may_be_sent_to(address, target) for address in addresses):
        raise UnsafeUrl("leads to an address that is not on the public internet")
    return addresses


def _may_be_sent_to(text: str, target: Target) -> bool:
    if target.loopback:
        return text == _LOOPBACK
    try:
        return is_public(ipaddress.ip_address(text))
    except ValueError:  # Such as one with a scope, which is link-local.
        return False


def is_public(address: Address) -> bool:
    """On the public internet, also where an IPv6 address only stands for an IPv4 one."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved
