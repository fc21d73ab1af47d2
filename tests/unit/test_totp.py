"""One-time codes: the test vectors of RFC 6238, and what a telephone's clock may be wrong by."""

import base64
import re

import pytest

from infrastructure.totp import DIGITS, STEP_S, code_at, new_recovery_codes, new_secret, step_of, uri

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_the_vectors_of_rfc_6238_appendix_b(at: int, code: str) -> None:
    assert code_at(RFC_SECRET, at // STEP_S) == code
    assert step_of(RFC_SECRET, code, at) == at // STEP_S


def test_a_clock_may_be_half_a_minute_wrong_and_no_more() -> None:
    step = 1_000_000
    now = step * STEP_S + 7
    assert [step_of(RFC_SECRET, code_at(RFC_SECRET, step + d), now) for d in (-2, -1, 0, 1, 2)] == [
        None,
        step - 1,
        step,
        step + 1,
        None,
    ]


def test_what_is_no_code_belongs_to_no_step() -> None:
    for text in ("", "12345", "1234567", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666"):
        assert step_of(RFC_SECRET, text, 59) is None


def test_secrets_and_recovery_codes_are_long_and_never_the_same() -> None:
    assert len(base64.b32decode(new_secret())) == 20
    assert new_secret() != new_secret()
    codes = new_recovery_codes() + new_recovery_codes()
    assert len(set(codes)) == len(codes) == 20
    assert all(re.fullmatch(r"[0-9a-f]{6}-[0-9a-f]{6}-[0-9a-f]{2}", code) for code in codes)
    assert all(len(code) != DIGITS for code in codes)


def test_an_app_is_told_whose_secret_it_is() -> None:
    assert uri("ABC", "ada@example.com").startswith("otpauth://totp/Travellr%3Aada%40example.com?secret=ABC&")
