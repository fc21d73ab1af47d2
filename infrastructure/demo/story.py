"""The story of one tour: listed, booked, paid, cancelled, lived, earned and paid out."""

import secrets
from datetime import datetime, timedelta
from typing import Final

import httpx

from infrastructure.demo import deeds
from infrastructure.demo.person import Person, Refused, StoryBroken, move_clock, now_of
from infrastructure.demo.show import Stage, amount

PRICE: Final = {"amount": 10_000, "currency": "EUR"}
EARNED: Final = {"amount": 8_000, "currency": "EUR"}


def play(http: httpx.Client, finance: Person, stage: Stage) -> None:
    """Play it from beginning to end. Raises StoryBroken where it does not go as it should."""
    mark = secrets.token_hex(3)

    def somebody(name: str, role: str) -> Person:
        return Person(http, f"{name.lower()}.{mark}@example.com", secrets.token_urlsafe(12)).register(name, role)

    stage.scene("A vendor offers a tour")
    with stage.step("Vera registers as a vendor and gets an account to be paid to"):
        vera = somebody("Vera", "vendor")
        deeds.ready_to_be_paid(vera)
    with stage.step(f"she lists a walk for {amount(PRICE)} and opens one departure with two places") as said:
        walk = deeds.list_tour(vera, "Old town at night", PRICE)
        starts_at = _in_days(now_of(vera), 5)
        deeds.open_departure(vera, walk, starts_at, capacity=2)
        said.append(f"{http.base_url}/api/v1/listings/{walk['id']}")

    stage.scene("Travellers book and pay")
    with stage.step("Ada holds a place and pays with her card") as said:
        ada = somebody("Ada", "traveller")
        ada_booking = deeds.book_and_pay(ada, walk, starts_at)
        said.append(ada_booking["status"])
    with stage.step("Ben's first card is declined; his second asks for 3-D Secure and succeeds") as said:
        ben = somebody("Ben", "traveller")
        ben_booking = deeds.hold(ben, walk, starts_at)
        _expect(deeds.pay(ben, ben_booking, "pm_card_visa_chargeDeclined")["status"], "failed")
        asked = deeds.pay(ben, ben_booking, "pm_card_authenticationRequired")
        _expect(deeds.authenticate(ben, asked)["status"], "captured")
        said.append(deeds.until_status(ben, ben_booking, "confirmed")["status"])
    with stage.step("Cleo finds it sold out"):
        try:
            deeds.hold(somebody("Cleo", "traveller"), walk, starts_at)
        except Refused as refused:
            _expect(refused.code, "sold_out")
        else:
            raise StoryBroken("the third of two places was sold")

    stage.scene("Ben changes his mind in time")
    with stage.step("he sees what he would get back, cancels, and is refunded") as said:
        refunded = deeds.cancel_and_be_refunded(ben, ben_booking)["refunded"]
        _expect(refunded, PRICE)
        said.append(amount(refunded))

    stage.scene("The tour happens, and the vendor is paid on Monday")
    with stage.step("the clock moves past the tour, its settlement delay and the weekly run"):
        move_clock(vera, timedelta(days=5 + 2 + 8))
    with stage.step("Ada's booking is completed and Vera has earned 80 %") as said:
        deeds.until_status(ada, ada_booking, "completed")
        statement = vera.get("/vendors/me/statement")
        _expect(statement["items"][0]["amount"], EARNED)
        said.append(amount(statement["items"][0]["amount"]))
    with stage.step("her payout arrives at the bank") as said:
        payouts = vera.until(
            "/vendors/me/payouts",
            lambda seen: [p["status"] for p in seen["items"]] == ["paid"],
            "the payout",
        )
        _expect(payouts["items"][0]["amount"], EARNED)
        said.append(f"{amount(EARNED)}  {http.base_url}/api/v1/payouts/{payouts['items'][0]['id']}")

    stage.scene("The books")
    stage.trial_balance(finance.get("/finance/trial-balance"))


def _in_days(now: datetime, days: int) -> datetime:
    return (now + timedelta(days=days)).replace(minute=0, second=0, microsecond=0)


def _expect(seen: object, wanted: object) -> None:
    if seen != wanted:
        raise StoryBroken(f"expected {wanted}, saw {seen}")
