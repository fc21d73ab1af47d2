"""Each read model after a journey through real commands; and followers that are stopped, cut off and doubled."""

from collections import Counter
from collections.abc import Iterator
from typing import LiteralString

import pytest
from psycopg import sql

from domain.payment import Payment
from infrastructure.embedded.postgres import PostgresServer
from infrastructure.event_codec import decode
from infrastructure.event_log import head_of
from infrastructure.log_tail import changes_of, read_for
from infrastructure.messages.catalogue import caused_by
from infrastructure.projector import Projector
from projections.catalogue import PROJECTIONS
from tests.integration.journey import PRICE, Journey, whole_journey
from tests.integration.servers import own_database
from tests.integration.world import World, superuser, world_on
from workers.react import REACT

TABLES = [(projection.name, table) for projection in PROJECTIONS.values() for table in projection.tables]


@pytest.fixture(scope="module")
def journey(cluster: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """Made once and only read: each test of this file looks at the same rows."""
    with own_database(cluster) as url, world_on(url, tmp_path_factory.mktemp("home")) as world:
        told = whole_journey(world)
        world.follow()
        yield told


def then_rows(journey: Journey, query: LiteralString, *rows: tuple[object, ...]) -> None:
    assert journey.world.rows(query) == list(rows)


class TestRows:
    def test_accounts(self, journey: Journey) -> None:
        then_rows(
            journey,
            "SELECT role, status, email_verified, count(*) FROM read.account GROUP BY 1, 2, 3 ORDER BY 1, 2",
            ("operator", "erased", True, 1),
            ("traveller", "active", False, 3),
            ("vendor", "active", False, 4),
        )

    def test_listings(self, journey: Journey) -> None:
        then_rows(
            journey,
            "SELECT title, status, currency, price_minor, terms->>'name', version FROM read.listing ORDER BY currency",
            ("Tour", "published", "EUR", PRICE, "moderate", 4),
            ("Tour", "closed", "JPY", PRICE, "moderate", 3),
            ("Tour", "published", "KWD", PRICE // 2, "flexible", 6),
        )

    def test_bookings(self, journey: Journey) -> None:
        """Of the three that gave nothing back, one was never paid, one has a refund that failed, one lost a dispute."""
        then_rows(
            journey,
            "SELECT status, quantity, refunded_minor, expires_at IS NULL, count(*) FROM read.booking"
            " WHERE currency = 'EUR' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3",
            ("cancelled", 1, 0, True, 3),
            ("cancelled", 1, PRICE // 2, True, 1),
            ("cancelled", 1, PRICE, True, 1),
            ("completed", 1, 0, True, 3),
            ("expired", 2, 0, False, 1),
        )

    def test_payments(self, journey: Journey) -> None:
        """Kept whole: those of three completed trips, one whose refund failed, and one that a bank took back."""
        then_rows(
            journey,
            "SELECT status, captured_minor, refunded_minor, failure_code, decline_code, count(*) FROM read.payment"
            " WHERE currency = 'EUR' GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3",
            ("captured", PRICE, 0, None, None, 5),
            ("captured", PRICE, PRICE // 2, None, None, 1),
            ("captured", PRICE, PRICE, None, None, 1),
            ("failed", 0, 0, "card_declined", "lost_card", 1),
            ("voided", 0, 0, None, None, 1),
        )

    def test_refunds(self, journey: Journey) -> None:
        then_rows(
            journey,
            "SELECT status, amount_minor, at_fault, stripe_refund_id IS NOT NULL FROM read.refund"
            " WHERE currency = 'EUR' ORDER BY 1, 2",
            ("failed", PRICE, "vendor", True),
            ("succeeded", PRICE // 2, "traveller", True),
            ("succeeded", PRICE, "vendor", True),
        )

    def test_refunds_that_people_decided(self, journey: Journey) -> None:
        then_rows(
            journey,
            "SELECT status, amount_minor, at_fault FROM read.refund WHERE currency = 'JPY' ORDER BY 1, 2, 3",
            ("overtaken", PRICE, "vendor"),
            ("paid_otherwise", PRICE // 2, "vendor"),
            ("rejected", PRICE // 2, "vendor"),
            ("requested", PRICE // 2, "traveller"),
            ("requested", PRICE, "goodwill"),
            ("requested", PRICE, "platform"),
        )

    def test_disputes(self, journey: Journey) -> None:
        then_rows(
            journey,
            "SELECT currency, status, withdrawn_minor, reserved_minor, evidence_sent FROM read.dispute"
            " ORDER BY 1, 2, 5",
            ("EUR", "lost", PRICE, 0, 0),
            ("EUR", "won", PRICE, 0, 0),
            ("JPY", "lost", PRICE, 0, 0),
            ("JPY", "won", PRICE, 0, 0),
            ("JPY", "won", PRICE, 0, 1),
        )

    def test_departure_cancellations_and_comparisons(self, journey: Journey) -> None:
        then_rows(
            journey,
            "SELECT currency, status, expected, done, remaining, refund_minor FROM read.departure_cancellation",
            ("JPY", "finished", 1, 1, 0, PRICE),
        )
        then_rows(
            journey,
            "SELECT matched, ours_only, theirs_only, different, finished_at > started_at FROM read.reconciliation",
            (0, 0, 1, 0, True),
        )

    def test_housekeeping(self, journey: Journey) -> None:
        then_rows(
            journey,
            "SELECT scheduled, finished_at >= created_at, jobs FROM read.housekeeping",
            (True, True, [{"job": "archive", "found": 3, "done": 1}]),
        )

    def test_vendors(self, journey: Journey) -> None:
        then_rows(
            journey,
            "SELECT stripe_account_id, cadence, account_requested, ready FROM read.vendor ORDER BY 1",
            ("acct_journey", "weekly", True, True),
            ("acct_other", "monthly", True, True),
            *[(None, "weekly", False, False)] * 2,
        )

    def test_vendor_money(self, journey: Journey) -> None:
        """Three trips completed, half of a fourth kept, an adjustment; paid out, and back by way of the bank."""
        earned = (3 * PRICE + PRICE // 2) * 8 // 10
        then_rows(
            journey,
            "SELECT pending_minor, available_minor, reserved_minor, in_transit_minor, paid_out_minor"
            " FROM read.vendor_balance WHERE currency = 'EUR' ORDER BY 2",
            (0, 30_00, 0, 0, 0),
            (0, earned + 5_00, 0, 0, 0),
        )
        then_rows(
            journey,
            "SELECT kind, state, amount_minor, payout_id IS NOT NULL, count(*) FROM read.vendor_line"
            " WHERE currency = 'EUR' GROUP BY 1, 2, 3, 4 ORDER BY 1, 3",
            *[("adjustment", "available", minor, False, 1) for minor in (-70_00, 5_00, 100_00)],
            ("cancelled", "available", PRICE // 2 * 8 // 10, False, 1),
            ("completed", "available", PRICE * 8 // 10, False, 3),
            ("debt_carried", "available", -45_00, False, 1),
            ("debt_left", "available", 45_00, False, 1),
            ("dispute_reserve", "available", -PRICE * 8 // 10, False, 1),
            ("dispute_won", "available", PRICE * 8 // 10, False, 1),
        )
        then_rows(
            journey,
            "SELECT kind, amount_minor FROM read.statement_line WHERE currency = 'EUR' ORDER BY position",
            ("cancelled", PRICE // 2 * 8 // 10),
            *[("completed", PRICE * 8 // 10)] * 3,
            ("payout", -earned),
            ("payout_returned", earned),
            *[("adjustment", minor) for minor in (5_00, 100_00, -70_00)],
            *[("payout", -75_00), ("payout_returned", 75_00)],
        )

    def test_payouts(self, journey: Journey) -> None:
        earned = (3 * PRICE + PRICE // 2) * 8 // 10
        then_rows(
            journey,
            "SELECT status, returned, failure_code, destination, amount_minor FROM read.payout ORDER BY created_at",
            ("failed", True, "account_closed", "acct_journey", earned),
            *[("cancelled", True, None, "acct_journey", earned + 5_00)] * 2,
            ("failed", True, "AC04", "bank account", 75_00),
        )
        then_rows(
            journey,
            "SELECT payout_id = (SELECT payout_id FROM read.payout WHERE failure_code = 'account_closed'),"
            " sum(amount_minor) FROM read.payout_line GROUP BY payout_id ORDER BY 2",
            (False, 75_00),
            (True, earned),
            *[(False, earned + 5_00)] * 2,
        )
        then_rows(
            journey, "SELECT reason, payable_minor FROM read.payout_carried", ("payouts are on hold", earned + 5_00)
        )
        then_rows(
            journey,
            "SELECT cadence, status, payouts, carried FROM read.payout_run ORDER BY started_at",
            ("weekly", "finished", 1, 0),
            ("weekly", "running", 0, 0),
            *[("weekly", "running", 1, 0)] * 2,
        )

    def test_the_journal_is_balanced_and_clearing_is_cleared(self, journey: Journey) -> None:
        then_rows(
            journey,
            "SELECT count(*) FROM (SELECT position FROM read.journal GROUP BY position"
            " HAVING sum(debit_minor) <> sum(credit_minor)) AS unbalanced",
            (0,),
        )
        summed = journey.world.rows(
            "SELECT account, currency, sum(debit_minor), sum(credit_minor) FROM read.journal"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        )
        totals: LiteralString = "SELECT account, currency, debit_minor, credit_minor FROM read.ledger_account"
        then_rows(journey, totals + " ORDER BY 1, 2", *summed)
        then_rows(
            journey,
            "SELECT account, debit_minor - credit_minor FROM read.ledger_account"
            " WHERE currency = 'EUR' AND account IN ('stripe.clearing', 'refund.payable') ORDER BY 1",
            ("refund.payable", -PRICE),
            ("stripe.clearing", 0),
        )

    def test_the_journey_had_everything_in_it(self, journey: Journey) -> None:
        """An event that is never made here is one that no test of this file has seen."""
        made = {topic for (topic,) in journey.world.rows("SELECT DISTINCT topic FROM log.events")}
        wanted = {topic for projection in (*PROJECTIONS.values(), REACT) for topic in projection.topics}
        assert wanted - made == set()

    def test_each_cause_made_its_task_once(self, journey: Journey) -> None:
        """Charges: nine in euros (one booking was paid twice), seven in yen, four in dinars; sixteen succeeded.

        Letters: eight accounts were registered, one changed its password. Nine refunds: one of them is a retry.
        """
        then_rows(
            journey,
            "SELECT kind, count(*) FROM board.task WHERE kind <> 'message' GROUP BY kind ORDER BY kind",
            ("bank_payout", 2),
            ("cancel_departure", 1),
            ("capture", 2),
            ("charge", 21),
            ("dispute_evidence", 1),
            ("draft_payouts", 4),
            ("end_sessions", 3),
            ("forget_person", 1),
            ("housekeep", 1),
            ("mail", 9),
            ("payout_account", 2),
            ("payout_step", 2),
            ("reconcile", 1),
            ("refund", 10),
            ("reverse_transfer", 2),
            ("settle_payment", 17),
            ("transfer", 3),
            ("void", 4),
        )

    def test_each_message_of_the_table_was_made_once(self, journey: Journey) -> None:
        rows = journey.world.rows(
            "SELECT notification_id, originator_id, originator_version, topic, state FROM log.events"
            " ORDER BY notification_id"
        )
        wanted = Counter(
            (position, message.kind)
            for position, *stored in rows
            for message in caused_by(decode(*stored))
            if message.to != "account"
        )
        made = journey.world.rows("SELECT caused_by, arguments ->> 'message' FROM board.task WHERE kind = 'message'")
        assert Counter(made) == wanted
        assert len({kind for _, kind in wanted}) > 15


def rebuilt(world: World, schema: str, batch: int) -> None:
    """Every read model from position 0, into empty tables of another schema."""
    with superuser(world.url) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        for _, table in TABLES:
            connection.execute(
                sql.SQL("CREATE TABLE {}.{} (LIKE {}.{} INCLUDING ALL)").format(
                    *map(sql.Identifier, (schema, table, "read", table))
                )
            )
        for projection in PROJECTIONS.values():
            position, head = 0, head_of(connection)
            while position < head:
                read = read_for(connection, projection, position, head, batch)
                changes = [c for row in read.rows for c in changes_of(projection, row)]
                Projector(connection, schema).write(changes)
                position = read.read_to


@pytest.fixture(scope="module", params=[1, 3, 1_000])
def copy(request: pytest.FixtureRequest, journey: Journey) -> str:
    """The schema of a rebuild, in batches of so many events."""
    schema = f"rebuilt_{request.param}"
    rebuilt(journey.world, schema, request.param)
    return schema


@pytest.mark.parametrize(("projection", "table"), TABLES)
def test_rebuilt_from_nothing_it_is_the_same_row_for_row(
    journey: Journey, copy: str, projection: str, table: str
) -> None:
    both = sql.SQL("SELECT x::text FROM {}.{} AS x ORDER BY 1")
    with superuser(journey.world.url) as connection:
        live = connection.execute(both.format(sql.Identifier("read"), sql.Identifier(table))).fetchall()
        again = connection.execute(both.format(sql.Identifier(copy), sql.Identifier(table))).fetchall()
    assert live == again
    assert live


def test_a_follower_reads_only_its_own_topics() -> None:
    assert Payment.Requested.TOPIC not in PROJECTIONS["listings"].topics
