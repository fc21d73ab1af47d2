"""The trail: an event stands under its account, its request and its cause, once each."""

from uuid import UUID

from domain.ids import request_key
from projections.change import By, Change, Once, Stored
from projections.trail import TRAIL

ACCOUNT = UUID(int=1)


def names(stored: Stored, position: int = 7) -> list[UUID]:
    assert TRAIL.by_metadata is not None
    changes: list[Change] = list(TRAIL.by_metadata(stored, position))
    assert all(isinstance(change, Once) and change.key["position"] == position for change in changes)
    return [change.key["name"] for change in changes]


def test_an_event_stands_under_its_request_its_cause_and_its_account() -> None:
    request, cause = UUID(int=2), UUID(int=3)
    assert names(Stored(By(ACCOUNT), str(request), str(cause))) == [request, cause, ACCOUNT]


def test_a_cause_that_is_the_request_and_nobodys_deed_are_one_row() -> None:
    task = UUID(int=4)
    assert names(Stored(By(None), str(task), str(task))) == [task]


def test_a_request_that_a_client_has_named_has_an_id_that_follows_from_its_name() -> None:
    assert names(Stored(By(None), "ada-1")) == [request_key("ada-1")]
    assert request_key("ada-1") == request_key("ada-1") != request_key("ada-2")
    assert request_key(UUID(int=5).hex) == UUID(int=5)
