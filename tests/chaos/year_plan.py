"""Who sells what in a year, who books it, and what becomes of each booking: all drawn from one seed beforehand."""

from dataclasses import dataclass
from random import Random
from typing import Final, Literal

WEEKS: Final = 52
# Nobody books in the last weeks, so that every trip is over, settled and paid out when the year is.
BOOKED_UNTIL: Final = 43
BOOKINGS_PER_VENDOR: Final = 25
TRAVELLERS: Final = 40
# Minor units: some vendors stay under the minimum of a payout for weeks, and some never reach it.
PRICES: Final = {
    "EUR": (9_00, 24_99, 80_00, 333_33),
    "USD": (7_50, 31_01, 99_99, 250_00),
    "JPY": (990, 4_321, 15_000),
    "KWD": (2_350, 9_990, 45_670),
}
TERMS: Final = ("flexible", "moderate", "strict", "non_refundable")
# Departures by weekday (0 is Monday). People act on Mondays at noon: then that day's are under way.
WEEKDAYS: Final = (0, 1, 4, 6)

Fate = Literal[
    "kept",
    "traveller cancels",
    "vendor cancels",
    "platform cancels",
    "cancelled in part",
    "not shown up",
    "never paid",
    "declined",
    "vendor's fault",
    "platform's fault",
    "goodwill",
    "contested before",
    "contested after",
]
_FATES: Final[dict[Fate, int]] = {
    "kept": 580,
    "traveller cancels": 130,
    "vendor cancels": 25,
    "platform cancels": 20,
    "cancelled in part": 50,
    "not shown up": 15,
    "never paid": 20,
    "declined": 10,
    "vendor's fault": 60,
    "platform's fault": 20,
    "goodwill": 20,
    "contested before": 25,
    "contested after": 25,
}
_CARDS: Final = {"declined": "pm_card_chargeDeclined", "contested before": "pm_card_createDispute"}


@dataclass(frozen=True, slots=True)
class Shop:
    """What a vendor sells, in one currency; `vendor` is its number."""

    vendor: int
    currency: str
    price_minor: int
    terms: str
    stay: bool
    weekday: int


@dataclass(frozen=True, slots=True)
class Wish:
    """A booking made in week `booked` for a trip that begins in week `trip`; in week `acts` its fate comes about.

    `verdict` is for those that are contested; `parts` how many refunds an operator gives.
    """

    shop: Shop
    traveller: int
    booked: int
    trip: int
    nights: int
    quantity: int
    fate: Fate
    card: str
    acts: int
    verdict: Literal["won", "lost", "open"]
    decided: int
    parts: int


@dataclass(frozen=True, slots=True)
class Plan:
    shops: tuple[Shop, ...]
    monthly: frozenset[int]
    wishes: tuple[Wish, ...]

    @property
    def vendors(self) -> int:
        return 1 + max(shop.vendor for shop in self.shops)


def plan(bookings: int, random: Random) -> Plan:
    """`bookings` of them at a twenty-fifth as many vendors; one vendor of ten sells in two currencies."""
    vendors = max(4, bookings // BOOKINGS_PER_VENDOR)
    shops = [_shop(vendor, random) for vendor in range(vendors)]
    shops += [_shop(vendor, random) for vendor in range(0, vendors, 10)]
    monthly = frozenset(vendor for vendor in range(vendors) if vendor % 3 == 0)
    return Plan(tuple(shops), monthly, tuple(_wish(random.choice(shops), random) for _ in range(bookings)))


def _shop(vendor: int, random: Random) -> Shop:
    currency = random.choices(tuple(PRICES), (4, 3, 2, 1))[0]
    price_minor = random.choice(PRICES[currency])
    return Shop(vendor, currency, price_minor, random.choice(TERMS), random.random() < 0.25, random.choice(WEEKDAYS))


def _wish(shop: Shop, random: Random) -> Wish:
    booked = random.randrange(BOOKED_UNTIL)
    trip = booked + random.randint(1, 4)
    fate = random.choices(tuple(_FATES), tuple(_FATES.values()))[0]
    # Before the trip, on the day itself, or weeks after it, when the vendor may have been paid.
    acts = random.randint(booked, trip)
    if fate in {"vendor's fault", "platform's fault", "goodwill", "contested after"}:
        acts = trip + random.randint(2, 5)
    if fate == "not shown up":
        acts = trip
    if fate in {"kept", "never paid", "declined", "contested before"}:
        acts = booked
    return Wish(
        shop=shop,
        traveller=random.randrange(TRAVELLERS),
        booked=booked,
        trip=trip,
        nights=random.randint(1, 3),
        quantity=random.choice((1, 1, 2, 3)),
        fate=fate,
        card=_CARDS.get(fate, random.choice(("pm_card_visa",) * 9 + ("pm_card_pendingRefund",))),
        acts=acts,
        verdict=random.choice(("won", "won", "lost", "lost", "open")),
        decided=min(acts + random.randint(1, 5), WEEKS - 2),
        parts=random.randint(1, 3),
    )
