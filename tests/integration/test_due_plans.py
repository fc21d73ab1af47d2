"""What the schedule and the sweeper ask every half second must not become slower as history grows: no full scans."""

from typing import LiteralString

import psycopg
import pytest

NOW: LiteralString = "clock_timestamp()"
ASKED: dict[str, LiteralString] = {
    "holds that ran out": "SELECT booking_id FROM read.booking WHERE status IN ('held', 'awaiting_payment')"
    " AND expires_at <= " + NOW + " ORDER BY expires_at LIMIT 500",
    "the next hold to run out": "SELECT min(expires_at) FROM read.booking"
    " WHERE status IN ('held', 'awaiting_payment') AND expires_at > " + NOW,
    "changes that ran out": "SELECT booking_id FROM read.booking WHERE change_expires_at <= "
    + NOW
    + " ORDER BY change_expires_at LIMIT 500",
    "the next change to run out": "SELECT min(change_expires_at) FROM read.booking WHERE change_expires_at > " + NOW,
    "requests nobody answered": "SELECT booking_id FROM read.booking WHERE status = 'awaiting_vendor'"
    " AND answer_by <= " + NOW + " ORDER BY answer_by LIMIT 500",
    "the next answer that is due": "SELECT min(answer_by) FROM read.booking WHERE status = 'awaiting_vendor'"
    " AND answer_by > " + NOW,
    "holds to remind of": "SELECT booking_id FROM read.booking WHERE status IN ('held', 'awaiting_payment')"
    " AND payment_reminded IS DISTINCT FROM expires_at AND created_at <= expires_at - interval '5 min'"
    " AND expires_at <= " + NOW + " + interval '5 min' AND expires_at > " + NOW + " ORDER BY expires_at LIMIT 500",
    "trips to remind of": "SELECT booking_id FROM read.booking WHERE status = 'confirmed'"
    " AND trip_reminded IS DISTINCT FROM starts_at AND created_at <= starts_at - interval '1 day'"
    " AND starts_at <= " + NOW + " + interval '1 day' AND starts_at > " + NOW + " ORDER BY starts_at LIMIT 500",
    "trips that are over": "SELECT booking_id FROM read.booking WHERE status = 'confirmed'"
    " AND ends_at <= " + NOW + " ORDER BY ends_at LIMIT 500",
    "earnings whose delay has passed": "SELECT DISTINCT vendor_id, currency FROM read.vendor_line"
    " WHERE state = 'pending' AND available_from <= " + NOW + " LIMIT 500",
    "what a payout run pays a vendor": "SELECT currency FROM read.vendor_line"
    " WHERE vendor_id = '00000000-0000-0000-0000-000000000000' AND state <> 'paid_out' AND available_from < " + NOW,
    "tasks that are due": "SELECT task_id, kind FROM board.task WHERE state = 'due' AND due_at <= "
    + NOW
    + " OR state = 'running' AND lease_until <= "
    + NOW
    + " ORDER BY due_at LIMIT 200",
}


INDEXES = {
    "holds that ran out": "booking_to_expire",
    "the next hold to run out": "booking_to_expire",
    "changes that ran out": "booking_change_to_expire",
    "the next change to run out": "booking_change_to_expire",
    "requests nobody answered": "booking_to_lapse",
    "the next answer that is due": "booking_to_lapse",
    "holds to remind of": "booking_to_expire",
    "trips to remind of": "booking_to_remind",
    "trips that are over": "booking_to_complete",
    "earnings whose delay has passed": "vendor_line_pending",
    "what a payout run pays a vendor": "vendor_line_waiting",
    "tasks that are due": "task_due",
}


@pytest.mark.parametrize("question", ASKED)
def test_it_is_answered_by_an_index_made_for_it(database_url: str, question: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("SET enable_seqscan = off")
        plan = "\n".join(row[0] for row in connection.execute("EXPLAIN " + ASKED[question]).fetchall())
    assert "Seq Scan" not in plan, plan
    assert INDEXES[question] in plan, plan
