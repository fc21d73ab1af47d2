"""A text for the bank: asked for, sent once, and not taken any more once the bank has decided."""

from commands.send_evidence import SendEvidence
from domain.dispute import EVIDENCE_MAX_TIMES, Dispute
from domain.refusal import NotFound, WrongState
from tests.unit.dispute_facts import dispute, dispute_id, taken
from tests.unit.facts import FINANCE, confirmed, on_offer
from tests.unit.story import Given, Step, given

SEND = SendEvidence(dispute_id(), "sealed")
OPENED: tuple[Given, ...] = (on_offer(), confirmed(), Step(dispute("needs_response", taken())))


def test_a_text_is_asked_for_and_sent_once() -> None:
    story = given(*OPENED).when(SEND, by=FINANCE).then(Dispute.EvidenceRequested)
    sent = dispute("under_review", taken(), evidence_number=1)
    story.when(sent).then(Dispute.EvidenceSubmitted, Dispute.ReviewStarted)
    story.when(sent).then_nothing()


def test_a_decided_dispute_takes_none() -> None:
    given(*OPENED, Step(dispute("lost", taken()))).when(SEND, by=FINANCE).then(WrongState)


def test_a_bank_reads_only_so_much() -> None:
    story = given(*OPENED)
    for _ in range(EVIDENCE_MAX_TIMES):
        story.when(SEND, by=FINANCE).then(Dispute.EvidenceRequested)
    story.when(SEND, by=FINANCE).then(WrongState)


def test_there_must_be_a_dispute() -> None:
    given().when(SEND, by=FINANCE).then(NotFound)
