"""How fast Stripe is asked: never faster than it allows, and each endpoint for itself."""

from infrastructure.stripe_pace import ENDPOINT_PER_SECOND, TEST_PER_SECOND, Pace, Paces


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_second_may_be_used_up_at_once_and_then_it_is_so_many_a_second() -> None:
    time = Time()
    pace = Pace(10, clock=time.clock, sleep=time.sleep)
    for _ in range(11):
        pace.wait()
    assert time.now == 100.0
    for _ in range(20):
        pace.wait()
    assert round(time.now - 100.0, 6) == 2.0


def test_a_long_pause_saves_up_no_more_than_a_second() -> None:
    time = Time()
    pace = Pace(10, clock=time.clock, sleep=time.sleep)
    time.now += 3_600
    began = time.now
    for _ in range(41):
        pace.wait()
    assert round(time.now - began, 6) == 3.0


def test_an_endpoint_is_its_own_and_all_together_have_a_limit() -> None:
    time = Time()
    live = Paces("live", clock=time.clock, sleep=time.sleep)
    for n in range(int(ENDPOINT_PER_SECOND) * 2 + 1):
        live.wait(f"https://api.stripe.com/v1/refunds/re_{n}?expand[]=charge")
    assert round(time.now - 100.0, 6) == 1.0
    before = time.now
    live.wait("https://api.stripe.com/v1/transfers")
    assert time.now == before
    test = Paces("test", processes=2, clock=time.clock, sleep=time.sleep)
    before = time.now
    for n in range(int(TEST_PER_SECOND) + 1):
        test.wait(f"https://api.stripe.com/v1/endpoint_{n}")
    assert round(time.now - before, 6) == 1.0


def test_an_account_that_stripe_allows_more_is_as_fast_as_that_and_an_endpoint_a_quarter() -> None:
    time = Time()
    allowed = Paces("live", processes=2, per_second=800, clock=time.clock, sleep=time.sleep)
    for _ in range(201):
        allowed.wait("https://api.stripe.com/v1/refunds")
    assert round(time.now - 100.0, 6) == 1.0
