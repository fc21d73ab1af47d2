"""Disputes and inquiries of a payment."""

from commands.send_evidence import SendEvidence
from domain.dispute import Dispute
from tests.unit.dispute_facts import dispute, dispute_id, returned, taken
from tests.unit.facts import FINANCE, confirmed, on_offer
from tests.unit.lives.life import Ask, Life
from tests.unit.story import Step

_OPENED = Step(dispute("needs_response", taken()))
_INQUIRY = Step(dispute("warning_needs_response"))

DISPUTES = Life(
    title="Dispute",
    about="A charge that its bank contests. An *inquiry* takes no money, and is *closed* if it comes to nothing.",
    kind=Dispute,
    stream_id=dispute_id(),
    state_of=lambda dispute: str(dispute.status).replace("_", " "),
    before=[on_offer(), confirmed()],
    examples={
        "inquiry": _INQUIRY,
        "needs response": _OPENED,
        "under review": [_OPENED, Step(dispute("under_review", taken()))],
        "won": [_OPENED, Step(dispute("won", taken(), returned()))],
        "lost": [_OPENED, Step(dispute("lost", taken()))],
        "closed": [_INQUIRY, Step(dispute("warning_closed"))],
    },
    asks=(
        Ask(dispute("warning_needs_response"), words="an inquiry"),
        Ask(dispute("warning_under_review"), words="an inquiry under review"),
        Ask(dispute("warning_closed"), words="an inquiry closed"),
        Ask(dispute("prevented"), words="prevented"),
        Ask(dispute("needs_response"), words="opened, nothing taken yet"),
        Ask(dispute("needs_response", taken()), words="opened"),
        Ask(dispute("under_review", taken()), words="under review"),
        Ask(dispute("needs_response", taken(), evidence_number=1), words="evidence sent"),
        Ask(dispute("won", taken()), words="won, nothing back yet"),
        Ask(dispute("won", taken(), returned()), words="won"),
        Ask(dispute("lost", taken()), words="lost"),
        Ask(SendEvidence(dispute_id(), "c2VhbGVk"), FINANCE),
    ),
)
LIVES = (DISPUTES,)
