"""What vendors may write about listings, openings and cells: everything else is refused, and the answer says why."""

from typing import Any

import pytest

from tests.integration.conftest import Http, is_problem
from tests.integration.test_api_listings import STAY, TOUR, offered

pytestmark = pytest.mark.anyio

# What is said to a vendor's POST /listings, by field or by code.
NO_LISTINGS: list[tuple[dict[str, Any], str]] = [
    ({**TOUR, "check_in": "15:00"}, "check_in"),
    ({**STAY, "check_in": "3 pm"}, "check_in"),
    ({**STAY, "check_out": "24:00"}, "check_out"),
    ({**STAY, "check_in": "10:00", "check_out": "12:00"}, "invalid_stay_times"),
    ({**TOUR, "answer_within": "PT1H"}, "answer_within"),
    ({**TOUR, "booking_mode": "request", "answer_within": "P30D"}, "invalid_answer_time"),
    ({**TOUR, "booking_mode": "request", "answer_within": "P1M"}, "invalid_answer_time"),
    ({**TOUR, "booking_mode": "auction"}, "booking_mode"),
    ({**TOUR, "place": "x" * 201}, "place"),
    ({**TOUR, "kind": "cruise"}, "kind"),
]
NO_CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"title": ""}, "title"),
    ({"kind": "stay"}, "kind"),
    ({"time_zone": "UTC"}, "time_zone"),
    ({"check_in": "15:00"}, "check_in"),
    ({"price": {"amount": 1, "currency": "USD"}}, "other_currency"),
    ({"terms": {"tiers": []}}, "terms"),
    ({"answer_within": "P9D"}, "invalid_answer_time"),
]
NIGHTS = {"first_night": "2027-06-01", "last_night": "2027-06-02"}
NO_DEPARTURES: list[tuple[dict[str, Any], str]] = [
    ({}, "starts_at"),
    ({"starts_at": "2027-06-01T09:00"}, "ends_at"),
    ({"starts_at": "2027-06-01T09:00", "ends_at": "2027-06-01T08:00"}, "ends_at"),
    ({"first_night": "2027-06-01"}, "last_night"),
    ({**NIGHTS, "rrule": "FREQ=DAILY;COUNT=2"}, "rrule"),
    (NIGHTS, "wrong_kind"),
]
NO_NIGHTS: list[tuple[dict[str, Any], str]] = [
    ({**NIGHTS, "last_night": "2027-05-31"}, "not_nights"),
    ({**NIGHTS, "last_night": "2029-06-02"}, "stay_too_long"),
    ({**NIGHTS, "first_night": "2027-06-01T00:00"}, "first_night"),
    ({**NIGHTS, "capacity": 0}, "capacity"),
    ({"starts_at": "2027-06-01T09:00", "ends_at": "2027-06-01T18:00"}, "wrong_kind"),
]
DAY = {"from": "2027-06-01", "to": "2027-06-02"}
NO_CELLS: list[tuple[dict[str, Any], str]] = [
    (DAY, "capacity"),
    ({**DAY, "to": "2027-06-01", "closed": True}, "to"),
    ({**DAY, "to": "2030-06-01", "closed": True}, "to"),
    ({**DAY, "capacity": -1}, "capacity"),
    ({**DAY, "closed": "yes"}, "closed"),
    ({"to": "2027-06-02", "closed": True}, "from"),
]
DEPARTURE = {"starts_at": "2027-06-01T09:00:00", "ends_at": "2027-06-01T10:00:00", "capacity": 1}
RULES = {
    "FREQ=DAILY": "invalid_recurrence",
    "FREQ=SECONDLY;COUNT=100": "invalid_recurrence",
    "FREQ=MINUTELY;UNTIL=20990101": "invalid_recurrence",
    "FREQ=DAILY;COUNT=1001": "too_many_cells",
    "FREQ=HOURLY;UNTIL=20290101": "too_many_cells",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1": "invalid_recurrence",
    "FREQ=YEARLY;COUNT=10": "invalid_recurrence",
    "FREQ=DAILY;COUNT=2\nEXDATE:20270602T090000": "invalid_recurrence",
    "\u0000": "rrule",
    "FREQ=DAILY;COUNT=" + "9" * 600: "rrule",
    "": "invalid_recurrence",
}


async def test_what_cannot_be_is_refused_by_name(http: Http) -> None:
    await http.join_staff("vera", "vendor")
    tour, stay = await offered(http, TOUR), await offered(http, STAY)

    async def refused(method: str, path: str, bodies: list[tuple[dict[str, Any], str]]) -> None:
        for body, why in bodies:
            answer = await http(method, f"/listings{path}", "vera", json=body)
            assert is_problem(answer, 422), body
            problem = answer.json()
            fields = [error["field"] for error in problem["errors"]]
            assert (fields and fields[0].startswith(why)) or problem["code"] == why, problem

    await refused("POST", "", NO_LISTINGS)
    await refused("PATCH", f"/{tour}", NO_CHANGES)
    await refused("POST", f"/{tour}/openings", [({"capacity": 1, **body}, why) for body, why in NO_DEPARTURES])
    await refused("POST", f"/{tour}/openings", [({**DEPARTURE, "rrule": rule}, why) for rule, why in RULES.items()])
    await refused("POST", f"/{stay}/openings", [({"capacity": 1, **body}, why) for body, why in NO_NIGHTS])
    await refused("PATCH", f"/{tour}/cells", NO_CELLS)
    assert http.sql("SELECT count(*) FROM capacity.cell") == [(0,)]
