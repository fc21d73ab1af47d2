"""A day of the books to close, and a round of housekeeping, for stories that have one."""

from datetime import timedelta

from commands.close_books import CloseBooks
from commands.housekeep import FinishHousekeeping, StartHousekeeping
from domain.daily_close import AccountTotal, Comparison, Standing
from domain.housekeeping import Tidied
from tests.unit.facts import booking_id
from tests.unit.story import T0, Given, Step

DAY_ONE = T0.date()
DAY_TWO = DAY_ONE + timedelta(days=1)
TOTALS = (
    AccountTotal("booking.unearned", "EUR", 0, 100_00),
    AccountTotal("stripe.balance", "EUR", 96_80, 0),
    AccountTotal("stripe.clearing", "EUR", 100_00, 100_00),
    AccountTotal("stripe.fees", "EUR", 3_20, 0),
)
STANDING = Standing(7, TOTALS, Comparison(booking_id(99), matched=1, ours_only=0, theirs_only=2, different=1))
CLOSE_ONE = CloseBooks(DAY_ONE, "UTC", STANDING, is_first=True)
CLOSE_TWO = CloseBooks(DAY_TWO, "UTC", STANDING)


def tidied_up(n: int) -> list[Given]:
    """A round that the schedule began, and its report."""
    report = (Tidied("archive", found=3, done=1), Tidied("prune_tasks", found=0, done=0))
    run_id = booking_id(n)
    return [Step(StartHousekeeping(run_id, scheduled=True)), Step(FinishHousekeeping(run_id, report))]
