"""What an auditor asked is kept with what is no personal data of it."""

from uuid import UUID

from commands.record_audit_query import RecordAuditQuery
from domain.audit_query import AuditQuery
from tests.unit.facts import AUDITOR
from tests.unit.story import fact, given


def test_it_is_on_record() -> None:
    asked = RecordAuditQuery(UUID(int=1), "list_events", {"topic": "booking.held"}, 200, 50)
    given().when(asked, by=AUDITOR).then(
        fact(AuditQuery.Queried, operation="list_events", parameters={"topic": "booking.held"}, status=200, results=50)
    )


def test_a_download_has_no_count_when_it_begins() -> None:
    asked = RecordAuditQuery(UUID(int=2), "list_events", {}, 200, None)
    given().when(asked, by=AUDITOR).then(fact(AuditQuery.Queried, results=None))
