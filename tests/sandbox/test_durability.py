"""What was answered stays: kill -9, restart, clock, timers, and money that settles later."""

import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.making import available, charge_of, funded_vendor, pay, vendor
from tests.sandbox.server import Sandbox, eventually


def test_an_answer_survives_kill_9(fresh: Callable[..., Sandbox]) -> None:
    sandbox = fresh()
    for turn in range(3):
        sent: Any = {
            "amount": 1000 + turn,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "payment_method_types": ["card"],
            "confirm": True,
        }
        options: stripe.RequestOptions = {"idempotency_key": f"kill-{turn}"}
        intent = sandbox.client().v1.payment_intents.create(sent, options)
        sandbox.kill()
        sandbox.restart()
        client = sandbox.client()
        assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
        assert client.v1.payment_intents.create(sent, options).id == intent.id
        assert sandbox.control("GET", "/sandbox/summary")["charges_succeeded"]["usd"]["count"] == turn + 1


def test_payouts_under_way_arrive_after_a_restart(fresh: Callable[..., Sandbox]) -> None:
    sandbox = fresh("--payout-seconds", "1")
    account = funded_vendor(sandbox.client())
    options: stripe.RequestOptions = {"stripe_account": account}
    payout = sandbox.client().v1.payouts.create({"amount": 100, "currency": "usd"}, options)
    sandbox.kill()
    sandbox.restart()
    client = sandbox.client()
    sandbox.control("POST", "/sandbox/clock", advance_seconds=2)
    eventually(lambda: client.v1.payouts.retrieve(payout.id, options=options).status == "paid")


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_quickly_and_cleanly(fresh: Callable[..., Sandbox], by: int) -> None:
    sandbox = fresh()
    with httpx.Client() as idle:
        idle.get(f"{sandbox.url}/livez")
        assert sandbox.stop(by) < 2
    assert sandbox.process.returncode == 0


def test_funds_settle_when_their_time_comes(fresh: Callable[..., Sandbox]) -> None:
    sandbox = fresh("--settle-seconds", "3600")
    client = sandbox.client()
    account = vendor(client)
    charge = charge_of(pay(client, 10000))
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert charge.balance_transaction.status == "pending"
    assert available(client) == 0
    assert client.v1.balance.retrieve().pending[0].amount == 9680
    params: Any = {"amount": 5000, "currency": "usd", "destination": account}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.transfers.create(params)
    assert caught.value.code == "balance_insufficient"
    params["source_transaction"] = charge.id
    client.v1.transfers.create(params)
    assert (available(client), available(client, account)) == (0, 0)
    bypassed = charge_of(pay(client, 1000, card="pm_card_bypassPending"))
    assert isinstance(bypassed.balance_transaction, stripe.BalanceTransaction)
    assert (bypassed.balance_transaction.status, available(client)) == ("available", 941)
    sandbox.control("POST", "/sandbox/clock", advance_seconds=3601)
    assert (available(client), available(client, account)) == (941 + 4680, 5000)
    assert client.v1.balance_transactions.retrieve(charge.balance_transaction.id).status == "available"


def test_an_authorisation_runs_out_after_seven_days(fresh: Callable[..., Sandbox]) -> None:
    sandbox = fresh()
    client = sandbox.client()
    intent = pay(client, capture_method="manual")
    sandbox.control("POST", "/sandbox/clock", advance_seconds=7 * 24 * 60 * 60 + 1)
    eventually(lambda: client.v1.payment_intents.retrieve(intent.id).status == "canceled")
    assert client.v1.payment_intents.retrieve(intent.id).cancellation_reason == "automatic"


def test_events_are_listed_for_thirty_days(fresh: Callable[..., Sandbox]) -> None:
    sandbox = fresh()
    client = sandbox.client()
    pay(client)
    assert client.v1.events.list().data
    sandbox.control("POST", "/sandbox/clock", advance_seconds=31 * 24 * 60 * 60)
    assert client.v1.events.list().data == []


def test_a_second_process_on_the_same_folder_is_refused(fresh: Callable[..., Sandbox]) -> None:
    sandbox = fresh()
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--data", str(sandbox.folder)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert second.returncode != 0
    assert "already in use" in second.stderr
