"""A departure cancelled by the platform, over HTTP: previewed, started once, watched."""

from typing import Any

import pytest

from tests.integration.conftest import Http, is_problem

pytestmark = pytest.mark.anyio

START = "2027-06-01T09:00:00Z"


@pytest.fixture
async def http(http: Http) -> Http:
    for person, role in (("vera", "vendor"), ("ada", "traveller"), ("op", "operator"), ("aud", "auditor")):
        await http.join_staff(person, role)
    return http


async def test_it_is_previewed_started_once_and_watched(http: Http) -> None:
    listing_id = await http.departure("vera")
    assert (await http.hold("ada", listing_id, 2)).status_code == 201
    await http.follow()
    path = f"/listings/{listing_id}/departure-cancellations"
    preview = await http("GET", f"{path}/preview", "op", params={"starts_at": START})
    assert preview.json() == {
        "starts_from": "2027-06-01T09:00:00Z",
        "starts_before": "2027-06-01T09:00:00.000001Z",
        "cells": 1,
        "bookings": 0,
        "unpaid": 1,
        "refunds": [],
    }
    http.sql("UPDATE read.booking SET status = 'confirmed'")
    paid = (await http("GET", f"{path}/preview", "op", params={"starts_at": "2027-06-01"})).json()
    assert (paid["bookings"], paid["unpaid"]) == (1, 0)
    assert paid["refunds"] == [{"amount": 10_000, "currency": "EUR"}]
    nothing = (await http("GET", f"{path}/preview", "op", params={"starts_at": "2027-06-02"})).json()
    assert (nothing["cells"], nothing["bookings"]) == (0, 0)

    key = {"Idempotency-Key": "the storm"}
    body = {"starts_at": "2027-06-01", "ends_at": "2027-06-02", "reason": "Storm"}
    started = await http("POST", path, "op", json=body, headers=key)
    assert started.status_code == 202, started.text
    again = await http("POST", path, "op", json=body, headers=key)
    assert (again.content, again.headers["idempotent-replayed"]) == (started.content, "true")
    run = started.json()
    assert (run["status"], run["total"], run["done"], run["reason"]) == ("running", 1, 0, "Storm")
    assert is_problem(await http.hold("ada", listing_id), 409, "sold_out")

    await http.follow()
    assert (await http("GET", f"/departure-cancellations/{run['id']}", "op")).json() == run
    assert (await http("GET", "/departure-cancellations", "op")).json()["items"] == [run]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"ends_at": START}, "ends_at"),
        ({"ends_at": "2029-06-01"}, "ends_at"),
        ({"until": START}, "until"),
    ],
)
async def test_what_makes_no_sense_is_refused(http: Http, changes: dict[str, Any], field: str) -> None:
    listing_id = await http.departure("vera")
    body = {"starts_at": START, "reason": "Storm", **changes}
    answer = await http("POST", f"/listings/{listing_id}/departure-cancellations", "op", json=body)
    assert is_problem(answer, 422, "validation_failed")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_it_is_for_operators_and_for_departures_there_are(http: Http) -> None:
    listing_id = await http.departure("vera")
    path, body = f"/listings/{listing_id}/departure-cancellations", {"starts_at": START, "reason": "Storm"}
    for person in ("vera", "ada", "aud"):
        assert is_problem(await http("POST", path, person, json=body), 403, "not_allowed")
        assert is_problem(await http("GET", f"{path}/preview?starts_at={START}", person), 403, "not_allowed")
        assert is_problem(await http("GET", "/departure-cancellations", person), 403, "not_allowed")
    later = {**body, "starts_at": "2027-06-01T09:00:01Z"}
    assert is_problem(await http("POST", path, "op", json=later), 409, "no_such_cells")
    nowhere = path.replace(listing_id, "00000000-0000-4000-8000-000000000000")
    assert is_problem(await http("POST", nowhere, "op", json=body), 404, "not_found")
    assert is_problem(await http("GET", f"{nowhere}/preview?starts_at={START}", "op"), 404, "not_found")
    assert is_problem(await http("GET", f"/departure-cancellations/{listing_id}", "op"), 404, "not_found")
