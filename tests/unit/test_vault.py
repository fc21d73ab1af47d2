"""The vault: sealed fields open for their own account and field only; passwords of every length are kept whole."""

from uuid import uuid4

import bcrypt
import pytest
from cryptography.exceptions import InvalidTag

from infrastructure.keyring import Keyring
from infrastructure.vault import BCRYPT_ROUNDS, Place, Vault

ACCOUNT = uuid4()
EMAIL = Place(ACCOUNT, 1, "email")
MASTER = bytes(range(32))
PEPPER = b"pepper of these tests"


def vault_with(*, masters: tuple[bytes, ...] = (MASTER,), peppers: tuple[bytes, ...] = (PEPPER,)) -> Vault:
    return Vault(master_keys=masters, peppers=Keyring(peppers[0], peppers[1:]))


@pytest.fixture
def vault() -> Vault:
    return vault_with()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cheapest bcrypt there is: what is tested is what goes into it."""
    monkeypatch.setattr("infrastructure.vault.BCRYPT_ROUNDS", 4)


class TestSealed:
    def test_a_field_opens_again(self, vault: Vault) -> None:
        key, _ = vault.new_key(ACCOUNT)
        for text in ("ada@example.com", "", "Zoë 🦊", "x" * 10_000):
            assert vault.open(key, EMAIL, vault.seal(key, EMAIL, text)) == text

    def test_the_same_text_is_sealed_differently_each_time(self, vault: Vault) -> None:
        key, _ = vault.new_key(ACCOUNT)
        assert vault.seal(key, EMAIL, "x") != vault.seal(key, EMAIL, "x")

    def test_it_opens_for_no_other_field_version_account_or_key(self, vault: Vault) -> None:
        key, _ = vault.new_key(ACCOUNT)
        other, _ = vault.new_key(ACCOUNT)
        sealed = vault.seal(key, EMAIL, "ada@example.com")
        elsewhere = (Place(ACCOUNT, 1, "name"), Place(ACCOUNT, 2, "email"), Place(uuid4(), 1, "email"))
        for wrong_key, place in ((other, EMAIL), *((key, place) for place in elsewhere)):
            with pytest.raises(InvalidTag):
                vault.open(wrong_key, place, sealed)

    def test_one_that_was_changed_does_not_open(self, vault: Vault) -> None:
        key, _ = vault.new_key(ACCOUNT)
        sealed = vault.seal(key, EMAIL, "ada@example.com")
        changed = sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]
        with pytest.raises(InvalidTag):
            vault.open(key, EMAIL, changed)

    def test_a_key_is_unwrapped_for_its_own_account_only(self, vault: Vault) -> None:
        key, wrapped = vault.new_key(ACCOUNT)
        assert vault.unwrap(ACCOUNT, wrapped) == key
        with pytest.raises(InvalidTag):
            vault.unwrap(uuid4(), wrapped)
        with pytest.raises(InvalidTag):
            vault_with(masters=(bytes(32),)).unwrap(ACCOUNT, wrapped)


class TestPasswords:
    @pytest.mark.usefixtures("quick")
    @pytest.mark.parametrize(
        "password",
        ["x", *("x" * n + "y" for n in (70, 71, 72, 255, 999)), "🦊" * 40, "before\0after", "\0", " spaces ", "é" * 36],
        ids=lambda text: f"{len(text)} characters",
    )
    def test_every_password_is_kept_whole(self, vault: Vault, password: str) -> None:
        """Alone, bcrypt would stop at 72 bytes, or at a NUL."""
        hashed = vault.hash_password(password)
        assert vault.password_matches(password, hashed)
        last = "z" if password[-1] != "z" else "a"
        for wrong in (password[:-1] + last, password[:-1], password + "x", password + "\0", ""):
            assert not vault.password_matches(wrong, hashed)

    @pytest.mark.usefixtures("quick")
    def test_one_character_written_in_two_ways_is_one_password(self, vault: Vault) -> None:
        assert vault.password_matches("Zoe\u0308", vault.hash_password("Zo\u00eb"))

    @pytest.mark.usefixtures("quick")
    def test_the_pepper_belongs_to_it(self, vault: Vault) -> None:
        hashed = vault.hash_password("secret")
        assert not vault_with(peppers=(b"another",)).password_matches("secret", hashed)

    def test_an_unknown_account_costs_a_bcrypt_of_the_same_rounds(
        self, vault: Vault, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        checked: list[bytes] = []
        real = bcrypt.checkpw

        def counting(password: bytes, hashed: bytes) -> bool:
            checked.append(hashed)
            return real(password, hashed)

        monkeypatch.setattr("infrastructure.vault.bcrypt.checkpw", counting)
        assert not vault.password_matches("secret", None)
        assert not vault.password_matches("secret", vault.hash_password("other"))
        unknown, known = checked
        assert unknown[:7] == known[:7] == f"$2b${BCRYPT_ROUNDS}$".encode()
        assert len(unknown) == len(known) == 60


class TestHashes:
    def test_every_spelling_of_an_address_has_one_index(self, vault: Vault) -> None:
        spellings = ("Ada@Example.com", " ada@example.com ", "ADA@EXAMPLE.COM", "\uff41da@example.com")
        assert len({vault.email_index(spelling) for spelling in spellings}) == 1
        assert vault.email_index("ada@example.com") != vault.email_index("ada@example.org")

    def test_an_index_tells_nothing_without_the_pepper(self, vault: Vault) -> None:
        other = vault_with(peppers=(b"another",))
        assert vault.email_index("ada@example.com") != other.email_index("ada@example.com")

    def test_requests_that_differ_have_different_fingerprints(self, vault: Vault) -> None:
        requests = [("a", "b"), ("ab",), ("a", "b", ""), ("a\x1fb",), ("1:a", "b"), ("", "ab"), ("b", "a")]
        assert len({vault.fingerprint(*parts) for parts in requests}) == len(requests)
        assert vault.fingerprint("a", "b") == vault.fingerprint("a", "b")


class TestRotation:
    def test_a_key_that_was_wrapped_by_the_master_key_before_opens_and_is_wrapped_anew(self, vault: Vault) -> None:
        key, wrapped = vault.new_key(ACCOUNT)
        rotated = vault_with(masters=(bytes(32), MASTER))
        assert rotated.unwrap(ACCOUNT, wrapped) == key
        assert vault_with(masters=(bytes(32),)).unwrap(ACCOUNT, rotated.wrap(ACCOUNT, key)) == key

    @pytest.mark.usefixtures("quick")
    def test_a_password_under_the_pepper_before_is_still_known_and_said_to_be_outdated(self, vault: Vault) -> None:
        hashed = vault.hash_password("secret")
        rotated = vault_with(peppers=(b"newer", PEPPER))
        assert rotated.password_matches("secret", hashed)
        assert not rotated.password_matches("Secret", hashed)
        assert rotated.is_outdated(hashed)
        assert not rotated.is_outdated(rotated.hash_password("secret"))

    @pytest.mark.usefixtures("quick")
    def test_a_password_that_was_hashed_more_cheaply_is_outdated(
        self, vault: Vault, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hashed = vault.hash_password("secret")
        monkeypatch.setattr("infrastructure.vault.BCRYPT_ROUNDS", 5)
        assert vault.is_outdated(hashed)

    def test_an_address_is_looked_for_under_every_pepper(self, vault: Vault) -> None:
        rotated = vault_with(peppers=(b"newer", PEPPER))
        first, second = rotated.email_indexes("ada@example.com")
        assert (first, second) == (rotated.email_index("ada@example.com"), vault.email_index("ada@example.com"))
