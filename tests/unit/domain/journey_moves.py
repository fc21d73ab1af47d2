"""What can happen next on a journey, one step or a whole life at a time."""

from collections.abc import Callable

from commands.cancel_booking import CancelBooking
from commands.complete_booking import CompleteBooking
from commands.expire_booking import ExpireBooking
from commands.release_earnings import ReleaseEarnings
from tests.unit.domain.journey_walker import Walk
from tests.unit.facts import VENDOR_ID, booking_id, canceled, declined

Move = Callable[[Walk, int], None]
MOVES: list[Move] = [
    Walk.hold,
    Walk.pay,
    Walk.capture,
    Walk.capture_second,
    Walk.capture_wrongly,
    Walk.decide,
    Walk.draft,
    Walk.transfer,
    Walk.bank,
    Walk.wait,
    Walk.wait_for_the_end,
    lambda walk, n: walk.go(declined(n)),
    lambda walk, n: walk.go(canceled(n)),
    lambda walk, n: walk.go(CancelBooking(booking_id(n)), "traveller"),
    lambda walk, n: walk.go(CancelBooking(booking_id(n)), "vendor"),
    lambda walk, n: walk.go(ExpireBooking(booking_id(n))),
    lambda walk, n: walk.go(CompleteBooking(booking_id(n))),
    lambda walk, _: walk.go(ReleaseEarnings(VENDOR_ID, walk.currency)),
    lambda walk, _: walk.refunds("pending"),
    lambda walk, _: walk.refunds("succeeded"),
    lambda walk, _: walk.refunds("failed"),
    Walk.give_up,
    Walk.reverse,
]
# Whole lives, so that walks get far: moves between these are drawn at random.
BUY: list[Move] = [Walk.hold, Walk.pay, Walk.capture]
REFUNDED: list[Move] = [*BUY, MOVES[13], MOVES[19]]
SECOND_CARD: list[Move] = [Walk.hold, Walk.pay, MOVES[11], Walk.pay, Walk.capture_second]
REDUCED: list[Move] = [*BUY, Walk.decide, Walk.decide, Walk.decide]
PAID_OUT: list[Move] = [Walk.wait_for_the_end, MOVES[16], Walk.wait_for_the_run, Walk.draft, Walk.transfer, Walk.bank]
GIVEN_UP: list[Move] = [*BUY, *PAID_OUT[:4], Walk.give_up, Walk.transfer, Walk.reverse, *PAID_OUT[2:4]]
