"""A capture that Stripe refuses for good leaves nothing but to void the payment."""

from commands.record_capture_failure import RecordCaptureFailure
from domain.payment import Payment
from tests.unit.facts import authorised, captured, on_offer, paying, payment_id
from tests.unit.story import Step, fact, given

ASKED = (on_offer(booking_mode="request"), paying(), Step(authorised()))
REFUSED = RecordCaptureFailure(payment_id(), "charge_expired_for_capture")


def test_it_is_on_record_and_the_payment_is_to_be_voided() -> None:
    story = given(ASKED).when(REFUSED).then(fact(Payment.CaptureFailed, code="charge_expired_for_capture"))
    assert story.state(Payment, payment_id()).void_requested
    story.when(REFUSED).then_nothing()


def test_what_was_captured_after_all_did_not_fail() -> None:
    given(ASKED, Step(captured())).when(REFUSED).then_nothing()
