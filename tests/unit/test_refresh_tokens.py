"""Refresh tokens: the same each time for one generation, and made by nobody who lacks the key or the seed."""

from uuid import UUID, uuid4

import pytest

from infrastructure.keyring import Keyring
from infrastructure.refresh_tokens import Presented, is_proven, new_seed, refresh_token, taken_apart

KEYS = Keyring(b"the key that signs now, 32 bytes")
SESSION, SEED = UUID("5e551011-0000-4000-8000-000000000001"), new_seed()


def presented(token: str) -> Presented:
    apart = taken_apart(token)
    assert apart is not None
    return apart


def test_one_generation_is_one_token_and_the_next_is_another() -> None:
    assert refresh_token(KEYS, SESSION, 3, SEED) == refresh_token(KEYS, SESSION, 3, SEED)
    assert refresh_token(KEYS, SESSION, 3, SEED) != refresh_token(KEYS, SESSION, 4, SEED)


def test_it_is_proven_only_as_it_was_made() -> None:
    good = presented(refresh_token(KEYS, SESSION, 3, SEED))
    assert is_proven(KEYS, good, SEED)
    for bad in (
        Presented(SESSION, 4, good.proof),
        Presented(uuid4(), 3, good.proof),
        Presented(SESSION, 3, good.proof[:-1]),
        Presented(SESSION, 3, ""),
        Presented(SESSION, 3, "\u00e9"),
    ):
        assert not is_proven(KEYS, bad, SEED)
    assert not is_proven(KEYS, good, new_seed())
    assert not is_proven(Keyring(b"another key, also 32 bytes long."), good, SEED)


def test_a_key_that_was_rotated_out_is_believed_while_it_is_named() -> None:
    old = presented(refresh_token(KEYS, SESSION, 3, SEED))
    newer = Keyring(b"another key, also 32 bytes long.", (KEYS.signing,))
    assert is_proven(newer, old, SEED)


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", f"{SESSION}.1", f"{SESSION}.-1.x", f"{SESSION}.1.x.y", f"{SESSION}.{'9' * 10}.x"]
)
def test_what_cannot_be_one_is_none(token: str) -> None:
    assert taken_apart(token) is None
