"""Whoever may do everything to the database changes the log in a hundred places: each is found, and where it is."""

from collections.abc import Callable, Iterator
from random import Random

import pytest

from infrastructure.audit.findings import Found, Kind
from infrastructure.embedded.postgres import PostgresServer
from tests.integration.sealed import EVENTS, HEADS, Sealed, sealed_log
from tests.integration.servers import own_database

PLACES = 100
FAR = 1_000_000
Tampering = Callable[[Sealed, int], None]


@pytest.fixture(scope="module")
def sealed(cluster: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    with own_database(cluster) as url, sealed_log(url, tmp_path_factory.mktemp("home")) as sealed:
        yield sealed


def places() -> list[int]:
    return sorted(Random(9).sample(range(2, EVENTS), PLACES))  # noqa: S311 - places of a test


def update(what: str) -> Tampering:
    def tamper(sealed: Sealed, at: int) -> None:
        sealed.database.execute(f"UPDATE log.events SET {what} WHERE notification_id = %s".encode(), (at,))

    return tamper


def moved(sealed: Sealed, first: int, by: int) -> None:
    """Every position from `first` on, in two steps, because none may be there twice."""
    for step in (FAR, by - FAR):
        sealed.database.execute(
            "UPDATE log.events SET notification_id = notification_id + %s WHERE notification_id >= %s", (step, first)
        )


def deleted(sealed: Sealed, at: int) -> None:
    sealed.database.execute("DELETE FROM log.events WHERE notification_id = %s", (at,))


def deleted_and_renumbered(sealed: Sealed, at: int) -> None:
    deleted(sealed, at)
    moved(sealed, at + 1, -1)


def inserted(sealed: Sealed, at: int) -> None:
    moved(sealed, at, 1)
    sealed.database.execute(
        "INSERT INTO log.events SELECT gen_random_uuid(), 1, topic, state, %s, metadata, recorded_at"
        " FROM log.events WHERE notification_id = %s",
        (at, at + 1),
    )


def swapped(sealed: Sealed, at: int) -> None:
    other = Random(at).randint(at + 1, EVENTS)  # noqa: S311 - places of a test
    for old, new in ((at, FAR), (other, at), (FAR, other)):
        sealed.database.execute("UPDATE log.events SET notification_id = %s WHERE notification_id = %s", (new, old))


def cut(sealed: Sealed, at: int) -> None:
    sealed.database.execute("DELETE FROM log.events WHERE notification_id >= %s", (at,))


def unseal(sealed: Sealed) -> None:
    for table in ("strip", "checkpoint", "head"):
        sealed.database.execute(f"DELETE FROM seal.{table}".encode())


def rewritten(sealed: Sealed, at: int) -> None:
    """Changed, and everything computed anew by somebody who has even stolen the key."""
    update("state = state || ' '")(sealed, at)
    unseal(sealed)
    sealed.seal()


def head_of(at: int) -> int:
    return at % HEADS + 1


def forged(sealed: Sealed, at: int) -> None:
    sealed.database.execute(
        "UPDATE seal.head SET root = sha256(root) WHERE number = %s", (head_of(at),)
    )  # Its signature is of the root that was.


CHANGES: dict[str, tuple[Tampering, Kind]] = {
    "state": (update("state = overlay(state PLACING '\\x20' FROM 2 FOR 1)"), "changed"),
    "metadata": (update("metadata = (metadata::text || ' ')::json"), "changed"),
    "topic": (update("topic = 'booking.held'"), "changed"),
    "stream": (update("originator_id = gen_random_uuid()"), "changed"),
    "instant": (update("recorded_at = recorded_at + interval '1 us'"), "changed"),
    "deleted": (deleted, "deleted"),
    "deleted and renumbered": (deleted_and_renumbered, "deleted"),
    "inserted": (inserted, "inserted"),
    "swapped": (swapped, "swapped"),
    "cut tail": (cut, "cut_tail"),
    "back-dated": (update("recorded_at = recorded_at - interval '1 hour'"), "back_dated"),
}


def found_after(sealed: Sealed, tampering: Tampering, at: int, *, delivered: bool = True) -> list[Found]:
    with sealed.database.transaction(force_rollback=True):
        tampering(sealed, at)
        return sealed.verdict(delivered=delivered).found


def test_nothing_is_found_in_what_nobody_touched(sealed: Sealed) -> None:
    verdict = sealed.verdict()
    assert (verdict.found, verdict.checked, verdict.sealed, verdict.signed) == ([], EVENTS, EVENTS, EVENTS)
    assert verdict.heads == HEADS


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_found_where_it_is_and_named(sealed: Sealed, name: str) -> None:
    tampering, kind = CHANGES[name]
    for at in places():
        first = found_after(sealed, tampering, at, delivered=False)[0]
        assert (first.position, first.kind) == (at, kind), (at, str(first))


def test_a_history_rewritten_with_the_stolen_key_is_found_by_the_heads_that_were_delivered(sealed: Sealed) -> None:
    for at in places():
        found = found_after(sealed, rewritten, at)
        first = next(f for f in found if f.kind == "rewritten")
        assert first.upto is not None
        assert first.position <= at <= first.upto
        assert first.upto - first.position < EVENTS / HEADS
    assert found_after(sealed, rewritten, 2, delivered=False) == [], "only what left the database can show it"


def test_a_forged_head_is_found(sealed: Sealed) -> None:
    for at in places():
        first = found_after(sealed, forged, at, delivered=False)[0]
        assert (first.position, first.kind) == (head_of(at) * EVENTS // HEADS, "head_forged")


def test_a_tail_cut_together_with_its_seal_is_found_by_the_heads_that_were_delivered(sealed: Sealed) -> None:
    def cut_with_its_seal(sealed: Sealed, at: int) -> None:
        cut(sealed, at)
        unseal(sealed)
        sealed.seal()

    for at in places()[::10]:
        first = found_after(sealed, cut_with_its_seal, at)[0]
        assert (first.position, first.kind) == (at, "cut_tail")


def test_a_key_that_only_the_database_vouches_for_is_not_believed(sealed: Sealed) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from infrastructure.audit.keys import SealKeys

    def resealed(sealed: Sealed, at: int) -> None:
        update("state = state || ' '")(sealed, at)
        unseal(sealed)
        sealed.seal(SealKeys(Ed25519PrivateKey.generate(), {}))

    assert {f.kind for f in found_after(sealed, resealed, 7, delivered=False)} == {"head_forged"}


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE seal.strip SET hashes = overlay(hashes PLACING '\\x00' FROM 40 FOR 1) WHERE first = 50",
        "DELETE FROM seal.strip WHERE level = 1",
        "DELETE FROM seal.strip WHERE level = 0 AND first = 100",
        "UPDATE seal.checkpoint SET chain = sha256(chain) WHERE position = 150",
    ],
)
def test_a_damaged_seal_is_found(sealed: Sealed, damage: str) -> None:
    def do(sealed: Sealed, _: int) -> None:
        sealed.database.execute(damage.encode())

    assert found_after(sealed, do, 1)


def test_an_event_whose_topic_nobody_knows_is_found_even_when_it_was_sealed(sealed: Sealed) -> None:
    def from_the_future(sealed: Sealed, at: int) -> None:
        update("topic = 'from.the_future'")(sealed, at)
        unseal(sealed)
        sealed.seal()

    assert [(f.position, f.kind) for f in found_after(sealed, from_the_future, 9, delivered=False)] == [
        (9, "unknown_topic")
    ]


def test_a_version_left_out_is_found_even_when_it_was_sealed(sealed: Sealed) -> None:
    def left_out(sealed: Sealed, at: int) -> None:
        deleted_and_renumbered(sealed, at)
        unseal(sealed)
        sealed.seal()

    (found,) = found_after(sealed, left_out, 70, delivered=False)
    assert (found.kind, found.position) == ("version_gap", 70 + EVENTS // 5 - 1)
