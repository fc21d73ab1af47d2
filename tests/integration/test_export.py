"""What a person is given of what is kept about them: nothing that names them is left out, nothing of anybody else."""

import json
import re
from typing import Any

import psycopg
import pytest

from api.exporting import OPENED
from infrastructure.event_codec import event_classes
from queries.kept_about import NOT_LISTED, QUESTIONS
from tests.integration.conftest import Http
from tests.integration.people_servers import Browser
from tests.integration.world import superuser

# Columns that say who somebody is: an account, or somebody who has decided something.
_WHO = r"^(account_id|vendor_id|traveller_id|.*_by)$"


def tables_that_name_people(url: str) -> set[str]:
    with superuser(url) as database:
        rows = database.execute(
            "SELECT DISTINCT table_schema || '.' || table_name FROM information_schema.columns"
            " WHERE table_schema IN ('log', 'people', 'ops', 'board', 'read', 'capacity', 'webhook')"
            "   AND data_type = 'uuid' AND column_name ~ %s",
            (_WHO,),
        ).fetchall()
    return {name for (name,) in rows}


def test_every_table_that_names_a_person_is_exported_or_says_why_not(database_url: str) -> None:
    named = tables_that_name_people(database_url) | {"read.trail"}
    asked = [
        re.sub(r"\([^()]*\)", "", text.replace("%(account)s", "")) for text in QUESTIONS
    ]  # Without what is only looked up for another.
    listed = {name for name in named if any(re.search(rf"(FROM|JOIN) {re.escape(name)}\b", text) for text in asked)}
    assert named - listed == set(NOT_LISTED) - listed
    assert not listed & set(NOT_LISTED), "what is listed needs no excuse"


def test_a_table_that_nobody_thought_of_is_noticed(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as database:
        database.execute("CREATE TABLE read.diary (entry_id uuid PRIMARY KEY, traveller_id uuid NOT NULL)")
    with pytest.raises(AssertionError, match=r"read\.diary"):
        test_every_table_that_names_a_person_is_exported_or_says_why_not(database_url)


def test_every_sealed_field_of_the_log_is_opened_somewhere_or_is_a_secret() -> None:
    sealed = {
        f"{topic}.{field}"
        for topic, event in event_classes().items()
        for field in event.__dataclass_fields__
        if field == "sealed" or field.endswith("_sealed")
    }
    assert sealed == set(OPENED)


async def exported(http: Http, person: str) -> dict[str, Any]:
    await http.follow()
    answer = await http("GET", "/users/me/export", person)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.anyio
async def test_a_vendor_is_given_their_webhook_endpoints_without_the_secret(http: Http) -> None:
    await http.join("vera", "vendor")
    await http.join("otto", "vendor")
    wanted = {"url": "http://127.0.0.1:9/hook", "types": ["payout.paid"]}
    made = (await http("POST", "/vendors/me/webhooks", "vera", json=wanted)).json()
    export = await exported(http, "vera")
    (endpoint,) = export["kept"]["webhook_endpoints"]
    assert (endpoint["url"], endpoint["types"], endpoint["status"]) == (wanted["url"], wanted["types"], "active")
    assert endpoint["created_at"]
    assert made["secret"] not in json.dumps(export)
    assert (await exported(http, "otto"))["kept"]["webhook_endpoints"] == []


@pytest.mark.anyio
async def test_what_is_sealed_is_opened_for_its_person_and_for_nobody_else(http: Http) -> None:
    await http.join("ada", "traveller")
    await http.join("bob", "traveller")
    await http("PATCH", "/users/me", "ada", json={"phone": "+49 30 901820"})
    quiet = {"starts": "22:00", "ends": "07:00", "time_zone": "Europe/Berlin"}
    wishes = {"groups": {"payments": {"sms": True}}, "quiet_hours": quiet}
    assert (await http("PUT", "/users/me/notification-settings", "ada", json=wishes)).status_code == 200
    browser = Browser("https://fcm.googleapis.com/fcm/send/abc").subscription()
    assert (await http("POST", "/users/me/push-subscriptions", "ada", json=browser)).status_code == 201
    opened = (await exported(http, "ada"))["opened"]
    assert opened["personal"]["phone"].replace(" ", "") == "+4930901820"
    assert not {"password", "totp", "recovery"} & set(opened["personal"])
    assert opened["notification_settings"] == {"chosen": {"payments.sms": True}, "quiet_hours": quiet}
    assert opened["push_endpoints"] == [browser["endpoint"]]
    others = json.dumps(await exported(http, "bob"))
    assert "901820" not in others
    assert browser["endpoint"] not in others
