"""Golden events: what the log holds today must be readable for ever, so one file of each shape is kept in tests/golden.

`TRAVELLR_WRITE_GOLDEN=1 pytest tests/unit/test_golden_events.py` writes the files that are missing, never others.
"""

import json
import os
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from commands.change_listing import ChangeListing
from commands.expire_booking import ExpireBooking
from commands.payout_run import FinishPayoutRun, StartPayoutRun
from commands.record_audit_query import RecordAuditQuery
from commands.record_payment import Intent, RecordPayment
from commands.record_payout import RecordBankPayout, RecordTransfer
from commands.record_refusal import RecordRefusal
from commands.vendor_settings import ChooseCadence, RequestPayoutAccount
from domain.ids import payout_id, payout_run_id
from domain.root import Event
from infrastructure.event_codec import AGGREGATES, decode, encode, event_classes
from tests.unit.account_life import account_life
from tests.unit.booking_life import every_answer, every_change, nobody_came, reminded
from tests.unit.close_facts import CLOSE_ONE, tidied_up
from tests.unit.dispute_facts import contested_when_earned, every_comparison, every_dispute, settled_elsewhere
from tests.unit.facts import (
    AUDITOR,
    DAY,
    LISTING_ID,
    MINUTE,
    PERIOD_END,
    PRICE,
    RUN_AT,
    STARTS_AT,
    TRAVELLER,
    VENDOR,
    VENDOR_ID,
    booking_id,
    cancelled,
    completed,
    confirmed,
    declined,
    draft_payout,
    entry_of,
    on_offer,
    payable,
    paying,
    payment_id,
    refund_seen,
)
from tests.unit.listing_life import listing_life
from tests.unit.payment_life import CAREFUL, every_capture, every_refund, goodwill_was_all, taken_in_hand
from tests.unit.payout_facts import astray, by_file
from tests.unit.story import T0, Given, Step, given
from tests.unit.webhook_facts import webhook_life

GOLDEN = Path(__file__).parent.parent / "golden"
CLASSES = event_classes()
PAYOUT_ID = payout_id(VENDOR_ID, "EUR", PERIOD_END)


def change(to: Any) -> Step:
    return Step(ChangeListing(LISTING_ID, to), VENDOR)


def watched() -> list[Given]:
    """What was refused, and what an auditor asked."""
    refused = RecordRefusal(UUID(int=7001), "PlaceHold", "sold_out", {"listing_id": LISTING_ID}, times=3, dropped=2)
    asked = RecordAuditQuery(UUID(int=7002), "list_events", {"topic": "booking.held"}, 200, 50)
    return [Step(refused, TRAVELLER), Step(asked, AUDITOR)]


def life() -> list[Given]:
    """A story in which everything happens that can happen."""
    action = RecordPayment(payment_id(2), Intent("pi_2", "requires_action"))
    return [
        on_offer(),
        account_life(),
        [every_answer(21), every_change(23)],
        [change("pause"), change("resume")],
        [Step(ChooseCadence("monthly"), VENDOR), Step(RequestPayoutAccount(), VENDOR), payable()],
        confirmed(1),
        [paying(2), Step(action), Step(declined(2)), Step(ExpireBooking(booking_id(2)), at=T0 + 15 * MINUTE)],
        reminded(T0 + 26 * MINUTE),
        [paying(3), cancelled(3), Step(RecordPayment(payment_id(3), Intent("pi_3", "canceled")))],
        confirmed(4),
        every_dispute(5),
        goodwill_was_all(33),
        [settled_elsewhere(37), cancelled(37, by=VENDOR)],
        [every_refund(31), every_capture(32), taken_in_hand()],
        cancelled(4, at=STARTS_AT - 3 * DAY),
        Step(refund_seen("succeeded", n=4, entry=entry_of("refund4", -PRICE // 2))),
        Step(refund_seen("failed", n=4, returned=entry_of("back4", PRICE // 2))),
        [completed(1), contested_when_earned(1), nobody_came(23)],
        Step(draft_payout(), at=STARTS_AT + DAY),
        Step(StartPayoutRun("weekly", "UTC", PERIOD_END), at=RUN_AT),
        Step(draft_payout()),
        Step(RecordTransfer(PAYOUT_ID, "tr_1", entry_of("transfer", -120_00))),
        Step(RecordBankPayout(PAYOUT_ID, "po_1", "paid")),
        Step(RecordBankPayout(PAYOUT_ID, "po_1", "failed", "account_closed"), at=RUN_AT + 3 * DAY),
        [astray(minor=120_00), by_file(3, minor=120_00)],
        Step(FinishPayoutRun(payout_run_id("weekly", PERIOD_END), payouts=1, carried=0)),
        [listing_life(RUN_AT + 30 * DAY, 51), change("close")],
        [every_comparison(), Step(CLOSE_ONE)],
        tidied_up(98),
        webhook_life(),
        watched(),
    ]


def shape_of(event_class: type[Event]) -> int:
    version: int = getattr(event_class, "class_version", 1)
    return version


def write_missing() -> None:
    """One file per topic and shape, from the last event of that topic in the story."""
    last = {event.TOPIC: event for event in given(life(), policy=CAREFUL).log.events_after(0)}
    for event in last.values():
        stored = encode(event)
        file = GOLDEN / f"{stored.topic}.v{shape_of(type(event))}.json"
        golden = {
            "topic": stored.topic,
            "stream_id": str(stored.originator_id),
            "version": stored.originator_version,
            "state": json.loads(stored.state),
        }
        if not file.exists():
            file.write_text(json.dumps(golden, indent=2) + "\n")


if os.environ.get("TRAVELLR_WRITE_GOLDEN"):
    write_missing()
FILES = sorted(GOLDEN.glob("*.json"))


def read(file: Path) -> tuple[dict[str, Any], Event]:
    golden: dict[str, Any] = json.loads(file.read_text())
    state = json.dumps(golden["state"]).encode()
    return golden, decode(UUID(golden["stream_id"]), golden["version"], golden["topic"], state)


def test_a_life_has_every_event() -> None:
    assert {event.TOPIC for event in given(life(), policy=CAREFUL).log.events_after(0)} == set(CLASSES)


def test_every_shape_of_every_event_has_a_golden_file() -> None:
    wanted = {f"{topic}.v{shape}.json" for topic, kind in CLASSES.items() for shape in range(1, shape_of(kind) + 1)}
    assert {file.name for file in FILES} >= wanted


def test_no_event_that_was_ever_stored_has_gone() -> None:
    assert {file.name.rsplit(".v", 1)[0] for file in FILES} <= set(CLASSES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_golden_event_is_read_and_written_the_same(file: Path) -> None:
    golden, event = read(file)
    assert file.name == f"{golden['topic']}.v{golden['state'].get('class_version', 1)}.json"
    assert type(event) is CLASSES[golden["topic"]]
    stored = encode(event)
    assert (str(stored.originator_id), stored.originator_version) == (golden["stream_id"], golden["version"])
    assert stored.topic == golden["topic"]
    if golden["state"].get("class_version", 1) == shape_of(type(event)):
        assert json.loads(stored.state) == golden["state"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_golden_event_is_read_with_a_fact_missing(file: Path) -> None:
    """Every field counts: a file without one of them is refused, so a renamed field cannot go unnoticed."""
    golden, _ = read(file)
    for name in golden["state"].keys() - {"class_version"}:
        state = {key: value for key, value in golden["state"].items() if key != name}
        with pytest.raises(ValueError, match=name):
            decode(UUID(golden["stream_id"]), golden["version"], golden["topic"], json.dumps(state).encode())


def test_a_topic_is_a_noun_and_what_happened_to_it() -> None:
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*\.([a-z]+_)*[a-z]+", topic) for topic in CLASSES)
    past = re.compile(r"(ed|held|seen|paid|chosen|carried_forward|made|withdrawn|won|lost|overtaken)$")
    assert [topic for topic in CLASSES if not past.search(topic)] == []


def test_a_topic_names_its_aggregate_and_is_its_own() -> None:
    topics = [
        (aggregate.TOPIC, member.TOPIC)
        for aggregate in AGGREGATES
        for name, member in vars(aggregate).items()
        if isinstance(member, type) and issubclass(member, Event) and name != "Event"
    ]
    assert len({topic for _, topic in topics}) == len(topics) == len(CLASSES)
    assert all(topic.split(".")[0] == aggregate for aggregate, topic in topics)
