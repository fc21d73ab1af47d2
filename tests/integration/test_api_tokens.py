"""Access tokens that are not ours, not any more, or not for this: every one of them is refused."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from infrastructure.keyring import Keyring, kid_of
from infrastructure.mail_tokens import MailTokens
from infrastructure.settings import load_settings
from infrastructure.signed import InvalidToken
from infrastructure.tokens import Claims, Tokens
from tests.integration.conftest import Http, is_problem

pytestmark = pytest.mark.anyio

OTHER = b"another key, just as long as ours is"


def b64(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}.{signature}"


def signed(key: bytes, header: dict[str, Any], payload: bytes) -> str:
    """Signed by hand, for what the library would not sign."""
    said = f"{b64(json.dumps(header).encode())}.{b64(payload)}"
    return f"{said}.{b64(hmac.digest(key, said.encode(), hashlib.sha256))}"


def forgeries(good: str, key: bytes, claims: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What was done, and the token that came of it."""
    header = {"alg": "HS256", "typ": "JWT", "kid": kid_of(key)}
    now = claims["iat"]

    def ours(**changes: Any) -> str:
        return jwt.encode({**claims, **changes}, key, headers=header)

    yield "alg none", unsigned({**header, "alg": "none"}, claims)
    yield "alg None", unsigned({**header, "alg": "None"}, claims)
    yield "alg none with our signature", unsigned({**header, "alg": "none"}, claims, good.split(".")[2])
    yield "no alg", unsigned({"kid": header["kid"]}, claims, good.split(".")[2])
    yield "no signature", good.rpartition(".")[0] + "."
    yield "another key", jwt.encode(claims, OTHER, headers=header)
    yield "another key that names itself", jwt.encode(claims, OTHER, headers={**header, "kid": kid_of(OTHER)})
    yield "a key of no bytes", signed(b"", header, json.dumps(claims).encode())
    yield "no kid", signed(key, {"alg": "HS256", "typ": "JWT"}, json.dumps(claims).encode())
    yield "kid is a path", signed(key, {**header, "kid": "../../../dev/null"}, json.dumps(claims).encode())
    yield "kid is no text", signed(key, {**header, "kid": 7}, json.dumps(claims).encode())
    yield "kid is SQL", signed(key, {**header, "kid": "' OR 1=1 --"}, json.dumps(claims).encode())
    yield "HS512", jwt.encode(claims, key, "HS512", headers={"kid": header["kid"]})
    rsa_key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    yield "RS256 by a key of theirs", jwt.encode(claims, rsa_key, "RS256", headers={"kid": header["kid"]})
    ed_key = ed25519.Ed25519PrivateKey.generate()
    yield "EdDSA by a key of theirs", jwt.encode(claims, ed_key, "EdDSA", headers={"kid": header["kid"]})
    yield "a key that it brings along", signed(OTHER, {**header, "jwk": {"kty": "oct", "k": b64(OTHER)}}, b"{}")
    head, _, signature = good.split(".")
    yield "claims changed", f"{head}.{b64(json.dumps({**claims, 'role': 'admin'}).encode())}.{signature}"
    yield "expired", ours(exp=now - 1)
    yield "not yet", ours(nbf=now + 3_600)
    yield "issued tomorrow", ours(iat=now + 86_400)
    yield "another issuer", ours(iss="somebody")
    yield "for previews", ours(aud="travellr-preview")
    yield "for a list of others", ours(aud=["a", "b"])
    yield "of another kind", ours(typ="preview")
    yield "a role that there is not", ours(role="emperor")
    yield "the role of the system itself, for a session that there is not", ours(role="system", sid=str(uuid4()))
    yield "a session that there is not", ours(sid=str(uuid4()))
    yield "a session that is no id", ours(sid="1 OR 1=1")
    yield "exp is text", ours(exp="tomorrow")
    for name in ("exp", "iat", "sub", "jti", "sid", "role", "aud", "iss", "typ"):
        yield f"no {name}", jwt.encode({k: v for k, v in claims.items() if k != name}, key, headers=header)
    yield "claims that are a list", signed(key, header, b"[1]")
    yield "claims that are no JSON", signed(key, header, b"{")
    yield "cut short", good[:-2]
    yield "four parts", good + ".x"
    yield "very long", good + "x" * 10_000


@pytest.fixture
async def facts(http: Http) -> tuple[str, bytes, dict[str, Any]]:
    """A good token, the key that signed it, and what it says."""
    await http.join("ada", "traveller")
    assert http.settings.secret_key is not None
    key = http.settings.secret_key.get_secret_value().encode()
    good = http.tokens["ada"]
    return good, key, jwt.decode(good, key, ["HS256"], audience="travellr-api")


async def test_no_forged_or_damaged_token_is_believed(http: Http, facts: tuple[str, bytes, dict[str, Any]]) -> None:
    forged = dict(forgeries(*facts))
    assert len(forged) >= 30
    for what, token in forged.items():
        answer = await http("GET", "/users/me", headers={"Authorization": f"Bearer {token}"})
        assert is_problem(answer, 401, "unauthenticated"), what
    assert (await http("GET", "/users/me", "ada")).status_code == 200


async def test_the_forger_of_these_tests_can_make_good_ones(
    http: Http, facts: tuple[str, bytes, dict[str, Any]]
) -> None:
    """The control: what is refused above is refused for what was done to it, not for how it was made."""
    _, key, claims = facts
    header = {"alg": "HS256", "typ": "JWT", "kid": kid_of(key)}
    for http.tokens["same"] in (
        jwt.encode(claims, key, headers=header),
        signed(key, header, json.dumps(claims).encode()),
    ):
        assert (await http("GET", "/users/me", "same")).status_code == 200


async def test_other_tokens_of_ours_are_no_access_tokens(http: Http, facts: tuple[str, bytes, dict[str, Any]]) -> None:
    _, key, _ = facts
    refresh = (await http.sign_in("ada"))["refresh_token"]
    mailed = MailTokens(Keyring(key)).make("reset_password", uuid4(), 1)
    for http.tokens["other"] in (refresh, mailed):
        assert is_problem(await http("GET", "/users/me", "other"), 401, "unauthenticated")


async def test_a_key_that_was_rotated_is_believed_until_it_is_taken_away(
    http: Http, facts: tuple[str, bytes, dict[str, Any]]
) -> None:
    good, key, _ = facts
    newer = "a9c3f1d07b52e846a9c3f1d07b52e846a9c3f1d07b52e846"

    def rotated(**before: str) -> Tokens:
        return Tokens(load_settings({}, home=http.settings.home, secret_key=newer, **before))

    both = rotated(secret_key_previous=key.decode())
    assert both.read_access(good).role == "traveller"
    claims = Claims(uuid4(), "vendor", uuid4())
    assert jwt.get_unverified_header(both.access(claims))["kid"] == kid_of(newer.encode())
    assert rotated().read_access(both.access(claims)) == claims
    with pytest.raises(InvalidToken):
        rotated().read_access(good)
