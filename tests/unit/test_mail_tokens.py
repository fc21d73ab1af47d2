"""Tokens that are sent by mail: for one purpose, for a while, and from us."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
import pytest

from infrastructure.keyring import Keyring
from infrastructure.mail_tokens import BadMailToken, MailTokens

KEY = b"a key of these tests, long enough for HMAC"
TOKENS = MailTokens(Keyring(KEY))
ACCOUNT = uuid4()


def test_it_says_whose_it_is_and_which_password_there_was() -> None:
    read = TOKENS.read(TOKENS.make("reset_password", ACCOUNT, 7), "reset_password")
    assert (read.account_id, read.password_version) == (ACCOUNT, 7)


def test_it_is_good_for_nothing_else() -> None:
    with pytest.raises(BadMailToken):
        TOKENS.read(TOKENS.make("verify_email", ACCOUNT, 1), "reset_password")


def test_one_that_is_old_or_made_by_others_or_of_something_missing_is_refused() -> None:
    good = TOKENS.make("reset_password", ACCOUNT, 7)
    header = jwt.get_unverified_header(good)
    claims = jwt.decode(good, KEY, ["HS256"], audience="travellr-mail")
    late = {**claims, "exp": datetime.now(UTC) - timedelta(seconds=1)}
    changes = [late, {**claims, "aud": "travellr-api"}, {**claims, "sub": "x"}, {**claims, "pwv": None}]
    changes += [{name: value for name, value in claims.items() if name != gone} for gone in claims]
    forged = [jwt.encode(changed, KEY, headers=header) for changed in changes]
    forged += [jwt.encode(claims, b"another key, just as long as that one", headers=header), jwt.encode(claims, KEY)]
    assert TOKENS.read(jwt.encode(claims, KEY, headers=header), "reset_password").account_id == ACCOUNT
    for token in [*forged, "", "x", good + "x", good[1:]]:
        with pytest.raises(BadMailToken):
            TOKENS.read(token, "reset_password")
