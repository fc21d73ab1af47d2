"""Followers on bad days: an event that cannot be applied, connections that are cut, two of one name, no NOTIFY."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from domain.root import Event
from projections.catalogue import PROJECTIONS
from projections.change import Change, Projection
from tests.integration.appends import LogOnTheBench, facts
from tests.integration.followed import head, position_of, vendors
from tests.integration.journey import Journey, registered
from tests.integration.servers import eventually
from tests.integration.world import FOLLOWED, World, running, superuser
from workers.follower import BATCH_MAX, Followed, PoisonEvent, step

LISTINGS, VENDORS = Followed(PROJECTIONS["listings"]), Followed(PROJECTIONS["vendors"])


class TestPoison:
    @pytest.fixture(params=["a state that is no JSON", "a state without its fields", "a row the table refuses"])
    def poisoned(self, request: pytest.FixtureRequest, world: World) -> Callable[[], None]:
        """Vendors 1 to 3, of whom the second cannot be applied; what this returns repairs it."""
        first = registered(world, "vendor")
        registered(world, "vendor")
        registered(world, "vendor")
        where = "WHERE topic = 'vendor.enrolled' AND notification_id = 3"
        with superuser(world.url) as connection:
            (good,) = connection.execute(f"SELECT state FROM log.events {where}".encode()).fetchone() or (b"",)
            bad = {
                "a state that is no JSON": b"{",
                "a state without its fields": b"{}",
            }.get(str(request.param))
            if bad is None:
                connection.execute(
                    f"ALTER TABLE read.vendor ADD CONSTRAINT picky CHECK (vendor_id = '{first.account_id}')".encode()
                )
            else:
                connection.execute(f"UPDATE log.events SET state = %s {where}".encode(), (bad,))

        def repair() -> None:
            with superuser(world.url) as connection:
                connection.execute("ALTER TABLE read.vendor DROP CONSTRAINT IF EXISTS picky")
                connection.execute(f"UPDATE log.events SET state = %s {where}".encode(), (good,))

        return repair

    def test_it_stops_its_follower_only_says_where_and_why_and_goes_on_when_repaired(
        self, world: World, poisoned: Callable[[], None]
    ) -> None:
        with running(world.url, VENDORS, Followed(PROJECTIONS["accounts"])):
            error = eventually(
                lambda: world.rows(
                    "SELECT position, error_position, error FROM ops.follower"
                    " WHERE name = 'vendors' AND error IS NOT NULL"
                )
            )[0]
            assert error[:2] == (1, 3)
            assert error[2].split(":")[0] in {"DecodeError", "ValidationError", "CheckViolation"}
            assert vendors(world) == 1
            eventually(lambda: position_of(world, "accounts") == head(world))
            assert world.row("SELECT count(*) FROM read.account") == (3,)
            poisoned()
            eventually(lambda: position_of(world, "vendors") == head(world))
        assert vendors(world) == 3
        assert world.row("SELECT error, error_position FROM ops.follower WHERE name = 'vendors'") == (None, None)

    def test_what_stands_before_it_is_applied_exactly_once(self, world: World) -> None:
        """Amounts add up, so an event that is applied twice would show."""
        journey = Journey(world)
        journey.cancelled(journey.confirmed())
        journey.cancelled(journey.confirmed())
        journal = Followed(PROJECTIONS["journal"])
        newest = "SELECT max(notification_id) FROM log.events WHERE topic = 'payment.refund_requested'"
        last = f"WHERE notification_id = ({newest})"
        with superuser(world.url) as connection:
            (good,) = connection.execute(f"SELECT state FROM log.events {last}".encode()).fetchone() or (b"",)
            connection.execute(f"UPDATE log.events SET state = 'x' {last}".encode())
            for _ in range(3):
                with pytest.raises(PoisonEvent):
                    step(world.own, journal)
            connection.execute(f"UPDATE log.events SET state = %s {last}".encode(), (good,))
        assert step(world.own, journal) is False
        summed = world.rows(
            "SELECT account, sum(debit_minor), sum(credit_minor) FROM read.journal GROUP BY 1 ORDER BY 1"
        )
        assert world.rows("SELECT account, debit_minor, credit_minor FROM read.ledger_account ORDER BY 1") == summed

    def test_trouble_in_telling_the_world_is_no_poison(self, world: World) -> None:
        """The rows are committed by then: they must not be applied again."""
        Journey(world).confirmed()

        def told(changes: object) -> None:
            raise RuntimeError(changes)

        journal = PROJECTIONS["journal"]
        with pytest.raises(RuntimeError):
            step(world.own, Followed(journal, committed=told))
        assert position_of(world, "journal") == head(world)
        summed = world.rows(
            "SELECT account, sum(debit_minor), sum(credit_minor) FROM read.journal GROUP BY 1 ORDER BY 1"
        )
        assert world.rows("SELECT account, debit_minor, credit_minor FROM read.ledger_account ORDER BY 1") == summed

    def test_a_topic_that_no_class_knows_stops_every_follower_and_says_so(self, world: World) -> None:
        registered(world, "vendor")
        with superuser(world.url) as connection:
            connection.execute(
                "INSERT INTO log.events (originator_id, originator_version, topic, state, notification_id, metadata)"
                " VALUES (%s, 1, 'from.the_future', '{}', 3, '{}')",
                (uuid4(),),
            )
        registered(world, "vendor")
        for followed in FOLLOWED:
            with pytest.raises(PoisonEvent, match=r"position 3: UnknownTopic: .*'from.the_future'"):
                step(world.own, followed)
        assert vendors(world) == 1
        with running(world.url, *FOLLOWED):
            stopped = "SELECT name FROM ops.follower WHERE error_position = 3 AND error ~ 'from.the_future'"
            eventually(lambda: len(world.rows(stopped)) == len(FOLLOWED))

    def test_a_known_event_that_it_does_not_follow_is_passed(self, world: World) -> None:
        registered(world, "traveller")
        step(world.own, VENDORS)
        assert (position_of(world, "vendors"), head(world)) == (1, 1)


class TestBatches:
    def test_more_than_one_batch_is_followed_to_the_end(self, bench: LogOnTheBench, world: World) -> None:
        """Two full batches and a rest."""
        many = 2 * BATCH_MAX + 100
        first = facts(1)
        bench.commit(*first, *facts(many, after=first))
        assert [step(world.own, VENDORS) for _ in range(4)] == [True, True, False, False]
        assert world.row("SELECT version FROM read.vendor") == (many + 1,)

    def test_a_checkpoint_that_was_moved_meanwhile_is_never_overwritten(
        self, bench: LogOnTheBench, world: World
    ) -> None:
        bench.commit(*facts(3))
        moved = Projection("moved", VENDORS.projection.events, _moves_the_checkpoint(world), ("vendor",))
        assert step(world.own, Followed(moved)) is True
        assert (position_of(world, "moved"), vendors(world)) == (2, 0)

    def test_the_world_is_told_after_the_commit(self, bench: LogOnTheBench, world: World) -> None:
        seen: list[int] = []

        def told(changes: object) -> None:
            with superuser(world.url) as connection:
                seen.extend(count for (count,) in connection.execute("SELECT count(*) FROM read.vendor"))

        bench.commit(*facts(3))
        step(world.own, Followed(PROJECTIONS["vendors"], committed=told))
        assert seen == [1]


def _moves_the_checkpoint(world: World) -> Callable[[Event, int], Iterator[Change]]:
    """A projection during whose work somebody else puts its checkpoint elsewhere."""

    def project(event: Event, position: int) -> Iterator[Change]:
        with superuser(world.url) as connection:
            connection.execute(
                "INSERT INTO ops.follower (name, position) VALUES ('moved', 2) ON CONFLICT (name) DO NOTHING"
            )
        return VENDORS.projection.project(event, position)

    return project
