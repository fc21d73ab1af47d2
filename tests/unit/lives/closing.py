"""The daily close: a day is open until it is closed, once. A round of housekeeping is begun and ended once."""

from datetime import timedelta

from commands.housekeep import FinishHousekeeping, StartHousekeeping
from domain.daily_close import DailyClose, daily_close_id
from domain.housekeeping import Housekeeping, Tidied
from tests.unit.close_facts import CLOSE_ONE, CLOSE_TWO, DAY_TWO
from tests.unit.facts import booking_id
from tests.unit.lives.life import Ask, Life
from tests.unit.story import T0, Step

_LATER = T0 + timedelta(days=2)

CLOSES = Life(
    title="Daily close",
    about="The books of one day, sealed when it is over; every day after the one before it.",
    kind=DailyClose,
    stream_id=daily_close_id(DAY_TWO),
    state_of=lambda _: "closed",
    before=Step(CLOSE_ONE, at=_LATER),
    examples={"closed": Step(CLOSE_TWO)},
    asks=(Ask(CLOSE_TWO, at=_LATER),),
)
_ROUND = booking_id(98)
_BEGIN = StartHousekeeping(_ROUND, scheduled=True)
_END = FinishHousekeeping(_ROUND, (Tidied("archive", found=3, done=1),))

ROUNDS = Life(
    title="Housekeeping",
    about="One round of tidying up, every night or on demand, with its report.",
    kind=Housekeeping,
    stream_id=_ROUND,
    state_of=lambda run: "finished" if run.finished else "running",
    before=[],
    examples={"running": Step(_BEGIN), "finished": [Step(_BEGIN), Step(_END)]},
    asks=(Ask(_BEGIN), Ask(_END)),
)
LIVES = (CLOSES, ROUNDS)
