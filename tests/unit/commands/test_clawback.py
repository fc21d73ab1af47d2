"""What a vendor owes is taken from its payouts, from each no more than finance allows."""

from domain.payout import Payout
from domain.vendor_ledger import VendorLedger
from tests.unit.facts import DAY, FINANCE, RUN_AT, completed, confirmed, draft_payout, ledger_id, on_offer, payable
from tests.unit.payout_facts import cancel, drafted, limited, owing, payout_of
from tests.unit.payout_story import EARNING, books
from tests.unit.story import Step, Story, fact, given


class TestClawback:
    """A payout is cut by no more than a share of what it has earned; the rest of a debt goes to the next one."""

    def lines(self, story: Story, n: int = 0) -> list[tuple[str, int]]:
        return [(line.kind, line.amount_minor) for line in story.state(Payout, payout_of(n)).lines]

    def test_the_whole_debt_is_taken_unless_finance_says_otherwise(self) -> None:
        story = given(EARNING, owing(20_00), drafted())
        assert self.lines(story) == [("completed", 80_00), ("adjustment", -20_00)]

    def test_what_one_payout_leaves_the_next_one_names(self) -> None:
        story = given(on_offer(), confirmed(1), confirmed(2), payable(), completed(1), owing(70_00), limited(2_500))
        story.when(draft_payout(), at=RUN_AT)
        assert self.lines(story) == [("completed", 80_00), ("adjustment", -70_00), ("debt_left", 50_00)]
        assert story.state(Payout, payout_of()).amount_minor == 60_00
        assert [e.clawback_bp for e in story.new if isinstance(e, VendorLedger.DebtCarried)] == [2_500]
        assert story.state(VendorLedger, ledger_id(2)).owed_minor == 50_00
        assert books(story)["EUR", "vendor.available"] == 50_00
        story.tell(Step(completed(2).command, at=RUN_AT + DAY))
        story.tell(drafted(1))
        assert self.lines(story, 1) == [("debt_carried", -50_00), ("completed", 80_00), ("debt_left", 30_00)]
        assert story.state(VendorLedger, ledger_id(3)).owed_minor == 30_00

    def test_a_debt_within_the_share_is_taken_whole(self) -> None:
        story = given(EARNING, owing(20_00), limited(2_500), drafted())
        assert self.lines(story) == [("completed", 80_00), ("adjustment", -20_00)]

    def test_what_is_left_must_reach_the_minimum_all_the_same(self) -> None:
        story = given(EARNING, owing(90_00), limited(5_000)).when(draft_payout(), at=RUN_AT)
        story.then(VendorLedger.Released, fact(VendorLedger.CarriedForward, payable_minor=40_00))

    def test_a_payout_that_comes_back_owes_what_it_did_before(self) -> None:
        story = given(EARNING, owing(70_00), limited(2_500), drafted(), Step(cancel(), FINANCE))
        ledger = story.state(VendorLedger, ledger_id(2))
        assert sum(line.amount_minor for line in ledger.lines.values()) == 10_00
        story.tell(drafted(1))
        assert story.state(Payout, payout_of(1)).amount_minor == 60_00
        assert story.state(VendorLedger, ledger_id(3)).owed_minor == 50_00

    def test_the_same_limit_again_is_no_event(self) -> None:
        given(EARNING, limited(2_500)).when(limited(2_500).command, by=FINANCE).then_nothing()
