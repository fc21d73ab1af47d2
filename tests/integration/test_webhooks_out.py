"""Webhooks of vendors over real sockets: signed, tried again, never lost, never told to somebody else."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID, uuid4

import pytest

from api.views.booking import booking_view
from commands.complete_booking import CompleteBooking
from commands.webhook_endpoints import (
    ChangeWebhookEndpoint,
    RegisterWebhookEndpoint,
    RemoveWebhookEndpoint,
    RotateWebhookSecret,
)
from domain.actor import Actor
from domain.booking import Booking
from domain.webhook_endpoint import WebhookEndpoint
from infrastructure import webhook_deliveries
from infrastructure.ports import free_port
from infrastructure.webhook_signing import secret_of
from tests.integration.journey import PRICE, Journey
from tests.integration.servers import eventually
from tests.integration.webhook_receiver import Received, Receiver, receiver
from tests.integration.world import FOLLOWED, World, superuser
from workers.delivery import known_to
from workers.perform import perform
from workers.turns import AT_ONCE_MAX

ONE_TASK = """
import sys, uuid
from infrastructure.settings import load_settings
from workers.perform import perform
from workers.processes import equipped
with equipped(load_settings(), "killed") as (hands, board, _):
    perform(uuid.UUID(sys.argv[1]), board, hands)
"""
LIFE = ["booking.held", "booking.confirmed", "booking.completed"]


@pytest.fixture
def journey(world: World) -> Journey:
    return Journey(world)


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


def registered(journey: Journey, url: str, *types: Any, by: Actor | None = None) -> UUID:
    endpoint_id = uuid4()
    journey.world.do(RegisterWebhookEndpoint(endpoint_id, url, types), by or journey.vendor)
    return endpoint_id


def secret(journey: Journey, endpoint_id: UUID, generation: int = 1) -> str:
    vendor = known_to(journey.world.hands, journey.vendor_id)
    assert vendor is not None
    return secret_of(vendor.key, endpoint_id, generation)


def told(server: Receiver, secret: str) -> list[Any]:
    """What arrived, in the order of the log; the order of arrival promises nothing."""
    return sorted((one.read_by(secret) for one in server.received), key=lambda news: int(news["data"]["position"]))


def states(world: World) -> list[str]:
    return [state for (state,) in world.rows("SELECT state FROM webhook.delivery ORDER BY created_at, position")]


def work_until_quiet(world: World) -> None:
    """Followers and tasks; what waits for its next try is left alone."""
    world.follow()
    while world.board.due(1, ["webhook_out"]):
        for rung in world.board.due(100, ["webhook_out"]):
            perform(rung.task_id, world.board, world.hands)


def completed(journey: Journey) -> UUID:
    booking_id = journey.confirmed()
    journey.world.travel(journey.starts_at + timedelta(days=1))
    journey.world.do(CompleteBooking(booking_id))
    return booking_id


class TestTelling:
    def test_what_happens_is_told_and_the_signature_is_good(self, journey: Journey, server: Receiver) -> None:
        endpoint_id = registered(journey, server.url)
        booking_id = completed(journey)
        work_until_quiet(journey.world)
        news = told(server, secret(journey, endpoint_id))
        assert [one["type"] for one in news] == LIFE
        assert [one["data"]["status"] for one in news] == ["held", "confirmed", "completed"]
        assert {one["data"]["id"] for one in news} == {str(booking_id)}
        assert states(journey.world) == ["delivered"] * 3

    def test_a_booking_has_the_shape_it_has_over_http(self, journey: Journey, server: Receiver) -> None:
        endpoint_id = registered(journey, server.url)
        booking_id = completed(journey)
        work_until_quiet(journey.world)
        view = booking_view(journey.world.hands.load(Booking, booking_id)).model_dump(mode="json")
        data = told(server, secret(journey, endpoint_id))[-1]["data"]
        query: LiteralString = "SELECT notification_id FROM log.events WHERE topic = 'booking.completed'"
        assert data.pop("position") == journey.world.row(query)[0]
        assert data == view

    def test_what_went_back_until_then_is_in_it(self, journey: Journey, server: Receiver) -> None:
        endpoint_id = registered(journey, server.url, "booking.cancelled", "dispute.opened")
        booking_id = journey.confirmed()
        journey.cancelled(booking_id)
        journey.refund_seen(booking_id, PRICE // 2, "pending")
        work_until_quiet(journey.world)
        (cancelled,) = told(server, secret(journey, endpoint_id))
        assert cancelled["data"]["refunded"] == {"amount": 0, "currency": "EUR"}

    def test_payouts_and_disputes_are_told_too(self, journey: Journey, server: Receiver) -> None:
        wanted = ("payout.paid", "payout.failed", "dispute.opened", "dispute.lost")
        endpoint_id = registered(journey, server.url, *wanted)
        journey.contested(journey.confirmed(), "lost")
        journey.payable("acct_1")
        journey.earned(journey.confirmed())
        journey.paid_out()
        work_until_quiet(journey.world)
        news = told(server, secret(journey, endpoint_id))
        assert {"dispute.opened", "dispute.lost", "payout.paid"} <= {one["type"] for one in news}
        paid = next(one["data"] for one in news if one["type"] == "payout.paid")
        assert (paid["status"], paid["vendor_id"]) == ("paid", str(journey.vendor_id))

    def test_only_what_is_wanted_is_told_and_only_from_registration_on(
        self, journey: Journey, server: Receiver
    ) -> None:
        """All in one batch of the follower: the order of the log decides, not when it is read."""
        journey.confirmed()
        endpoint_id = registered(journey, server.url, "booking.confirmed")
        journey.confirmed()
        journey.world.do(ChangeWebhookEndpoint(endpoint_id, paused=True), journey.vendor)
        journey.confirmed()
        journey.world.do(ChangeWebhookEndpoint(endpoint_id, paused=False), journey.vendor)
        work_until_quiet(journey.world)
        assert [one["type"] for one in told(server, secret(journey, endpoint_id))] == ["booking.confirmed"]

    def test_other_vendors_hear_nothing(self, world: World, journey: Journey, server: Receiver) -> None:
        registered(Journey(world), server.url)
        journey.confirmed()
        work_until_quiet(world)
        assert server.received == []

    def test_without_an_endpoint_nothing_is_written(self, world: World, journey: Journey) -> None:
        journey.confirmed()
        world.follow()
        assert world.rows("SELECT FROM webhook.delivery") == []
        assert world.rows("SELECT FROM board.task WHERE kind = 'webhook_out'") == []

    def test_read_again_the_log_makes_no_delivery_twice(self, world: World, journey: Journey, server: Receiver) -> None:
        registered(journey, server.url)
        journey.confirmed()
        work_until_quiet(world)
        world.own.execute("UPDATE ops.follower SET position = 0 WHERE name = 'webhooks_out'")
        work_until_quiet(world)
        assert len(server.received) == len(set(server.ids)) == 2


class TestFailing:
    def test_after_an_outage_everything_arrives(self, world: World, journey: Journey) -> None:
        port = free_port()
        endpoint_id = registered(journey, f"http://127.0.0.1:{port}/hook")
        completed(journey)
        work_until_quiet(world)
        assert states(world) == ["pending"] * 3
        assert {error for (error,) in world.rows("SELECT error FROM webhook.attempt")} == {
            "connection: ConnectionRefusedError"
        }
        with receiver(port) as server:
            world.hurry()
            work_until_quiet(world)
            assert [one["type"] for one in told(server, secret(journey, endpoint_id))] == LIFE
        assert world.rows("SELECT FROM webhook.failing") == []

    @pytest.mark.parametrize("status", [0, 302, 400, 401, 404, 429, 500, 503])
    def test_whatever_is_not_2xx_is_tried_again_with_the_same_id(
        self, world: World, journey: Journey, server: Receiver, status: int
    ) -> None:
        server.status, server.headers = status, {"Location": server.url}
        registered(journey, server.url, "booking.held")
        journey.held()
        work_until_quiet(world)
        assert len(server.received) == 1, "no redirect is followed"
        server.status = 200
        world.hurry()
        work_until_quiet(world)
        assert len(server.received) == 2
        assert len(set(server.ids)) == 1
        assert len({one.body for one in server.received}) == 1
        assert world.rows("SELECT number, status_code FROM webhook.attempt ORDER BY 1") == [
            (1, status or None),
            (2, 200),
        ]

    def test_it_is_tried_for_more_than_a_day_and_then_given_up(
        self, world: World, journey: Journey, server: Receiver
    ) -> None:
        server.status = 500
        registered(journey, server.url, "booking.held")
        journey.held()
        waits = []
        for _ in range(20):
            work_until_quiet(world)
            row = world.row(
                "SELECT extract(epoch FROM next_attempt_at - clock_timestamp())::float FROM webhook.delivery"
            )
            if row[0] is None:
                break
            waits.append(row[0])
            world.hurry()
        assert sum(waits) > 24 * 3600
        assert waits == sorted(waits)
        assert len(server.received) == len(webhook_deliveries.GAPS_S) + 1
        assert states(world) == ["failed"]
        assert world.rows("SELECT FROM board.task WHERE kind = 'webhook_out' AND state <> 'done'") == []

    def test_410_disables_the_endpoint_at_once(self, world: World, journey: Journey, server: Receiver) -> None:
        server.status = 410
        endpoint_id = registered(journey, server.url)
        completed(journey)
        work_until_quiet(world)
        world.follow()
        assert len(server.received) == 1
        assert world.hands.load(WebhookEndpoint, endpoint_id).disabled_because == "gone"
        assert sorted(states(world)) == ["dropped", "dropped", "failed"]

    def test_three_days_of_failing_disable_it(self, world: World, journey: Journey, server: Receiver) -> None:
        server.status = 500
        endpoint_id = registered(journey, server.url, "booking.held")
        journey.held()
        work_until_quiet(world)
        world.own.execute("UPDATE webhook.failing SET since = since - interval '3 days'")
        world.hurry()
        work_until_quiet(world)
        endpoint = world.hands.load(WebhookEndpoint, endpoint_id)
        assert (endpoint.status, endpoint.disabled_because) == ("disabled", "failing")
        world.do(ChangeWebhookEndpoint(endpoint_id, paused=False), journey.vendor)
        journey.held()
        work_until_quiet(world)
        assert world.hands.load(WebhookEndpoint, endpoint_id).status == "active", "it has a new chance"

    def test_to_a_removed_endpoint_nothing_is_sent(self, world: World, journey: Journey, server: Receiver) -> None:
        server.status = 500
        endpoint_id = registered(journey, server.url, "booking.held")
        journey.held()
        work_until_quiet(world)
        world.do(RemoveWebhookEndpoint(endpoint_id), journey.vendor)
        world.hurry()
        work_until_quiet(world)
        assert (len(server.received), states(world)) == (1, ["dropped"])

    @pytest.mark.parametrize("after_s", [0, 0.001, 0.003, 0.01])
    def test_a_worker_killed_around_its_answer_loses_nothing(
        self, world: World, journey: Journey, server: Receiver, after_s: float
    ) -> None:
        """It is really killed, with the message sent, and before or just when it writes that down."""
        registered(journey, server.url, "booking.held")
        journey.held()
        world.follow()
        (rung,) = world.board.due(1, ["webhook_out"])
        worker = subprocess.Popen(
            [sys.executable, "-c", ONE_TASK, str(rung.task_id)], env={**os.environ, **world.settings.environment()}
        )
        server.before_answer = lambda: threading.Timer(after_s, worker.kill).start() if after_s else worker.kill()
        worker.wait(30)
        server.before_answer = lambda: None
        assert len(server.received) == 1
        world.own.execute("UPDATE board.task SET lease_until = clock_timestamp() WHERE state = 'running'")
        work_until_quiet(world)
        assert states(world) == ["delivered"]
        assert 1 <= len(server.received) <= 2
        assert len(set(server.ids)) == 1
        assert after_s or len(server.received) == 2

    def test_a_slow_endpoint_holds_up_nobody_else(self, world: World, journey: Journey, server: Receiver) -> None:
        """Four threads, eight messages that nobody answers, and one for somebody who does."""
        release = threading.Event()
        with receiver() as slow, ThreadPoolExecutor(4) as threads:
            slow.before_answer = lambda: release.wait(20)
            registered(journey, slow.url, "booking.held")
            for _ in range(8):
                journey.held()
            registered(journey, server.url, "booking.held")
            journey.held()
            world.follow()
            for rung in world.board.due(100, ["webhook_out"]):
                threads.submit(perform, rung.task_id, world.board, world.hands)
            try:
                eventually(lambda: server.received)
                assert len(slow.received) <= AT_ONCE_MAX
            finally:
                release.set()


class TestSecrets:
    def test_for_a_day_after_a_rotation_both_sign(self, world: World, journey: Journey, server: Receiver) -> None:
        endpoint_id = registered(journey, server.url, "booking.held")
        world.do(RotateWebhookSecret(endpoint_id), journey.vendor)
        journey.held()
        work_until_quiet(world)
        old, new = (secret(journey, endpoint_id, number) for number in (1, 2))
        (during,) = server.received
        assert (during.signed_by(old), during.signed_by(new)) == (True, True)
        world.travel(world.now() + timedelta(days=1))
        journey.held()
        work_until_quiet(world)
        assert (server.received[-1].signed_by(old), server.received[-1].signed_by(new)) == (False, True)

    def test_a_changed_body_or_another_secret_is_noticed(self, journey: Journey, server: Receiver) -> None:
        endpoint_id = registered(journey, server.url, "booking.held")
        journey.held()
        work_until_quiet(journey.world)
        (one,) = server.received
        good = secret(journey, endpoint_id)
        assert one.signed_by(good)
        assert not one.signed_by(secret(journey, uuid4()))
        assert not Received(one.headers, one.body.replace(b"held", b"sold")).signed_by(good)

    def test_no_secret_is_kept_anywhere_in_the_database(self, world: World, journey: Journey) -> None:
        endpoint_id = registered(journey, "https://127.0.0.1/hook")
        world.follow()
        shown = secret(journey, endpoint_id)
        tables = world.rows(
            "SELECT schemaname::text, tablename::text FROM pg_tables"
            " WHERE schemaname IN ('log', 'read', 'webhook', 'board', 'ops', 'people')"
        )
        with superuser(world.url) as owner:
            for schema, table in tables:
                query = f'SELECT count(*) FROM "{schema}"."{table}" AS t WHERE t::text LIKE %s'
                assert owner.execute(query.encode(), (f"%{shown[6:]}%",)).fetchone() == (0,)

    def test_an_erased_vendor_is_told_nothing(self, world: World, journey: Journey, server: Receiver) -> None:
        registered(journey, server.url, "booking.held")
        journey.held()
        world.follow()
        world.own.execute("DELETE FROM people.identity WHERE account_id = %s", (journey.vendor_id,))
        work_until_quiet(world)
        assert (server.received, states(world)) == ([], ["dropped"])


def test_the_follower_is_one_of_the_world() -> None:
    assert "webhooks_out" in {followed.projection.name for followed in FOLLOWED}
