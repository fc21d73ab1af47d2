"""80 canaries: 16 people's names, addresses, telephones, locales and browsers are looked for in all that is written."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import redis

from infrastructure.demo import deeds
from infrastructure.demo.person import Person, Refused, move_clock, now_of
from tests.acceptance.canaries import Canary, dumped, found_in_files, places_of, restored_from
from tests.acceptance.system import System, eventually, running_system
from tests.acceptance.test_journeys import a_departure

PEOPLE = 16


@pytest.fixture(scope="module")
def lived() -> Iterator[tuple[System, list[Canary], list[Person]]]:
    """A system in which sixteen people have done what people do, and have then been erased."""
    with running_system() as system:
        canaries = [Canary() for _ in range(PEOPLE)]
        people = [canary.joins(system, "traveller") for canary in canaries]
        vendor = system.somebody("vendor")
        listing, starts_at = a_departure(vendor, capacity=PEOPLE)
        for canary, person in zip(canaries, people, strict=True):
            clumsy(system, canary, person)
        booked = deeds.book_and_pay(people[0], listing, starts_at)
        deeds.cancel_and_be_refunded(people[0], booked)
        travelled = deeds.book_and_pay(people[1], listing, starts_at)
        move_clock(vendor, starts_at - now_of(vendor) + timedelta(hours=4))
        deeds.until_status(people[1], travelled, "completed")
        for person in people:
            erased(person)
        operator = system.staff("operator")
        eventually(lambda: not operator.get("/admin/tasks?state=due")["items"], "the tasks' end")
        yield system, canaries, people


def clumsy(system: System, canary: Canary, person: Person) -> None:
    """Everything that people do with their names where they do not belong: each of it is answered, none of it kept."""
    http = system.http
    api = "/api/v1"
    headers = {"Authorization": f"Bearer {person.token}", "Idempotency-Key": canary.mailbox}
    http.patch(f"{api}/users/me", json={"full_name": canary.name, "phone": canary.phone}, headers=headers)
    http.post(f"{api}/users/me/push-subscriptions", json=canary.subscription, headers=headers)
    http.put(f"{api}/users/me/notification-settings", json={"groups": {"payments": {"sms": True}}}, headers=headers)
    http.post(f"{api}/auth/login", json={"email": canary.email, "password": canary.name})
    http.post(f"{api}/auth/login", json={"email": canary.name, "password": canary.name})
    http.post(f"{api}/auth/password-reset", json={"email": canary.email})
    http.post(f"{api}/auth/register", json={"email": canary.email, "nickname": canary.name})
    http.get(f"{api}/bookings/{canary.mailbox}", headers=headers)
    http.get(f"{api}/{canary.mailbox}", headers={"X-Correlation-Id": canary.name, "User-Agent": canary.name})
    http.get(f"{api}/sandbox/mailbox", params={"to": canary.email})
    http.get(f"{api}/users/me/export", headers=headers)


def erased(person: Person) -> None:
    answer = person.http.delete("/api/v1/users/me", headers={"Authorization": f"Bearer {person.token}"})
    assert answer.status_code == 204, answer.text


@pytest.fixture(scope="module")
def database_url(lived: tuple[System, list[Canary], list[Person]]) -> str:
    url = lived[0].state.database_url
    assert url is not None
    return url


def test_eighty_canaries_are_found_nowhere(
    lived: tuple[System, list[Canary], list[Person]], database_url: str, tmp_path: Path
) -> None:
    """In no file: tables, write-ahead log, Valkey, logs, the sandbox Stripe; and in no dump of the database."""
    system, canaries, _ = lived
    words = [word for canary in canaries for word in canary.words]
    assert len(set(words)) == 80
    with psycopg.connect(database_url, autocommit=True) as database:
        database.execute("CHECKPOINT")
    assert system.state.redis_url is not None
    with redis.Redis.from_url(system.state.redis_url) as valkey:
        valkey.execute_command("BGREWRITEAOF")
        eventually(lambda: not valkey.info("persistence")["aof_rewrite_in_progress"], "the rewriting of Valkey's file")
    dumped(database_url, tmp_path / "dump.sql")
    assert found_in_files(places_of(system), words) == []
    assert found_in_files([tmp_path], words) == []


def test_passwords_are_found_nowhere_either(lived: tuple[System, list[Canary], list[Person]]) -> None:
    system, canaries, _ = lived
    assert found_in_files(places_of(system), [canary.password for canary in canaries]) == []


def test_the_search_finds_what_is_there(
    lived: tuple[System, list[Canary], list[Person]], database_url: str, tmp_path: Path
) -> None:
    """The control: a word written in clear into a listing is found in the database's files and in the dump."""
    system, _, _ = lived
    word = Canary().mailbox
    deeds.list_tour(system.somebody("vendor"), word, {"amount": 100, "currency": "EUR"})
    with psycopg.connect(database_url, autocommit=True) as database:
        database.execute("CHECKPOINT")
    dumped(database_url, tmp_path / "dump.sql")
    assert found_in_files(places_of(system), [word])
    assert found_in_files([tmp_path], [word])


def test_the_keys_are_gone_from_the_files_once_these_are_scrubbed(database_url: str, system_of: System) -> None:
    """What is deleted stays in PostgreSQL's files for a while (SECURITY.md); scrubbed, it is gone from the tables, and
    from the write-ahead log as its segments are given up, which is told here to happen at once.
    """
    somebody = Canary()
    person = somebody.joins(system_of, "traveller")
    with psycopg.connect(database_url, autocommit=True) as database:
        row = database.execute(
            "SELECT wrapped_key FROM people.identity WHERE account_id = %s", (person.account_id,)
        ).fetchone()
        assert row is not None
        database.execute("CHECKPOINT")
        assert found_in_files(places_of(system_of), [row[0]])
        erased(person)
        database.execute("ALTER SYSTEM SET wal_recycle = off")
        database.execute("SELECT pg_reload_conf()")
        for _ in range(2):  # A checkpoint keeps the segments since the one before it.
            system_of.travellr("erasures", "scrub")
    assert found_in_files(places_of(system_of), [row[0]]) == []


def test_who_was_erased_cannot_be_brought_back_by_a_restored_dump(
    database_url: str, system_of: System, tmp_path: Path
) -> None:
    """A dump of before the erasure is restored into another database: the register forgets the person there, too."""
    somebody = Canary()
    person = somebody.joins(system_of, "traveller")
    dumped(database_url, tmp_path / "before.sql")
    erased(person)
    restored = database_url.replace("/travellr?", "/restored?")
    with psycopg.connect(database_url, autocommit=True) as database:
        database.execute("CREATE DATABASE restored")
    restored_from(restored, tmp_path / "before.sql")
    system_of.environment["TRAVELLR_DATABASE_URL"] = restored
    try:
        assert person.account_id in system_of.travellr("erasures", "list")
        assert f"Erased again: {person.account_id}" in system_of.travellr("erasures", "replay")
        assert "0 of the register's people" in system_of.travellr("erasures", "replay")
    finally:
        del system_of.environment["TRAVELLR_DATABASE_URL"]
    with psycopg.connect(restored, autocommit=True) as database:
        left = database.execute(
            "SELECT count(*) FROM people.identity WHERE account_id = %s", (person.account_id,)
        ).fetchone()
    assert left == (0,)


def test_the_log_still_says_all_that_happened(
    lived: tuple[System, list[Canary], list[Person]],
) -> None:
    """Every read model recomputed from the log is the same; no invariant is broken by anybody's erasure."""
    system, _, people = lived
    assert system.contradictions() == []
    with suppress(Refused):
        people[0].login()
        raise AssertionError("somebody who was erased signed in")


@pytest.fixture
def system_of(lived: tuple[System, list[Canary], list[Person]]) -> System:
    return lived[0]
