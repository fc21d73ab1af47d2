"""Claims that we sign and believe again: one algorithm, one issuer, keys known by `kid`, an audience for each use."""

from typing import Any, Final

import jwt

from infrastructure.keyring import Keyring

TOKEN_MAX_CHARACTERS: Final = 4_096
_ALGORITHM: Final = "HS256"
_ISSUER: Final = "travellr"


class InvalidToken(Exception):  # noqa: N818 -- not an error: anybody may send anything
    """Not a token of ours, not for this use, or not one any more."""


def signed(keys: Keyring, audience: str, kind: str, facts: dict[str, Any]) -> str:
    claims = {"iss": _ISSUER, "aud": audience, "typ": kind, **facts}
    return jwt.encode(claims, keys.signing, _ALGORITHM, headers={"kid": keys.kid})


def believed(keys: Keyring, token: str, audience: str, kind: str, required: list[str]) -> dict[str, Any]:
    """What was signed for this use, with all that is `required` in it. Raises InvalidToken."""
    if len(token) > TOKEN_MAX_CHARACTERS:
        raise InvalidToken
    try:
        key = keys.get(jwt.get_unverified_header(token).get("kid"))
        if key is None:
            raise InvalidToken
        facts: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            audience=audience,
            issuer=_ISSUER,
            options={"require": ["iss", "aud", "typ", *required]},
        )
    except (jwt.InvalidTokenError, ValueError):
        raise InvalidToken from None
    if facts["typ"] != kind:
        raise InvalidToken
    return facts
