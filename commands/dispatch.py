"""The table of contents: which handler answers which command; and the one way every command is carried out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from commands.adjust import (
    ApproveAdjustment,
    ProposeAdjustment,
    RejectAdjustment,
    approve_adjustment,
    propose_adjustment,
    reject_adjustment,
)
from commands.administer_account import AdministerAccount, administer_account
from commands.answer_request import (
    AcceptBooking,
    DeclineBooking,
    LapseRequest,
    accept_booking,
    decline_booking,
    lapse_request,
)
from commands.append import Answer, Busy, Fence, Idempotency, Meta, VersionConflict
from commands.cancel_booking import CancelBooking, cancel_booking
from commands.cancel_departure import (
    CancelAffectedBooking,
    FinishDepartureCancellation,
    StartDepartureCancellation,
    cancel_affected_booking,
    finish_departure_cancellation,
    start_departure_cancellation,
)
from commands.cancel_part import CancelPart, cancel_part
from commands.change_account import (
    ChangePassword,
    ChangeProfile,
    VerifyEmail,
    change_password,
    change_profile,
    verify_email,
)
from commands.change_cells import ChangeCells, change_cells
from commands.change_listing import ChangeListing, change_listing
from commands.close_books import CloseBooks, close_books
from commands.complete_booking import CompleteBooking, complete_booking
from commands.create_listing import CreateListing, create_listing
from commands.decide_refund import (
    PayRefundOtherwise,
    RejectRefund,
    RetryRefund,
    pay_refund_otherwise,
    reject_refund,
    retry_refund,
)
from commands.draft_payout import DraftPayout, draft_payout
from commands.erase_account import EraseAccount, erase_account
from commands.expire_booking import ExpireBooking, ExpireChange, expire_booking, expire_change
from commands.explain_entry import (
    ApproveExplanation,
    ProposeExplanation,
    RejectExplanation,
    approve_explanation,
    propose_explanation,
    reject_explanation,
)
from commands.housekeep import (
    FinishHousekeeping,
    StartHousekeeping,
    finish_housekeeping,
    start_housekeeping,
)
from commands.intervene import Intervene, intervene
from commands.log import Log
from commands.open_departures import OpenDepartures, OpenSeries, open_departures, open_series
from commands.open_nights import OpenNights, open_nights
from commands.payment_file import (
    ConfirmBankPayment,
    CreatePaymentFile,
    RecordBankReturn,
    confirm_bank_payment,
    create_payment_file,
    record_bank_return,
)
from commands.payout_control import (
    CancelPayout,
    HoldPayout,
    HoldVendorPayouts,
    LimitClawback,
    ReleasePayout,
    ReleaseVendorPayouts,
    RetryPayout,
    cancel_payout,
    hold_payout,
    hold_vendor_payouts,
    limit_clawback,
    release_payout,
    release_vendor_payouts,
    retry_payout,
)
from commands.payout_run import (
    AdvancePayoutRun,
    FinishPayoutRun,
    StartPayoutRun,
    advance_payout_run,
    finish_payout_run,
    start_payout_run,
)
from commands.place_hold import PlaceHold, place_hold
from commands.reconcile import (
    FinishReconciliation,
    IdentifyEntry,
    StartReconciliation,
    SuspendEntry,
    finish_reconciliation,
    identify_entry,
    start_reconciliation,
    suspend_entry,
)
from commands.record_audit_query import RecordAuditQuery, record_audit_query
from commands.record_capture_failure import RecordCaptureFailure, record_capture_failure
from commands.record_dispute import RecordDispute, record_dispute
from commands.record_no_answer import (
    RecordNoAnswer,
    RecordNoAnswerToRefund,
    record_no_answer,
    record_no_answer_to_refund,
)
from commands.record_no_show import RecordNoShow, record_no_show
from commands.record_payment import RecordPayment, record_payment
from commands.record_payout import (
    BeginBankPayout,
    BeginTransfer,
    RecordBankPayout,
    RecordRefusedStep,
    RecordReversal,
    RecordTransfer,
    RecordUnresolved,
    begin_bank_payout,
    begin_transfer,
    record_bank_payout,
    record_refused_step,
    record_reversal,
    record_transfer,
    record_unresolved,
)
from commands.record_refund import RecordRefund, record_refund
from commands.record_refusal import RecordRefusal, record_refusal
from commands.refund_payment import ApproveRefund, RefundPayment, approve_refund, refund_payment
from commands.register_account import RegisterAccount, register_account
from commands.release_earnings import ReleaseEarnings, release_earnings
from commands.remind_booking import RemindBooking, remind_booking
from commands.reschedule_booking import RescheduleBooking, reschedule_booking
from commands.revise_listing import ReviseListing, revise_listing
from commands.second_factor import (
    ConfirmSecondFactor,
    OfferSecondFactor,
    RemoveSecondFactor,
    UseRecoveryCode,
    confirm_second_factor,
    offer_second_factor,
    remove_second_factor,
    use_recovery_code,
)
from commands.send_evidence import SendEvidence, send_evidence
from commands.set_preferences import SetPreferences, Unsubscribe, set_preferences, unsubscribe
from commands.start_payment import StartPayment, start_payment
from commands.vendor_settings import (
    ChooseBankTransfer,
    ChooseCadence,
    ChooseStripe,
    RecordPayoutAccount,
    RequestPayoutAccount,
    choose_bank_transfer,
    choose_cadence,
    choose_stripe,
    record_payout_account,
    request_payout_account,
)
from commands.webhook_endpoints import (
    ChangeWebhookEndpoint,
    DisableWebhookEndpoint,
    RegisterWebhookEndpoint,
    RemoveWebhookEndpoint,
    RotateWebhookSecret,
    change_webhook_endpoint,
    disable_webhook_endpoint,
    register_webhook_endpoint,
    remove_webhook_endpoint,
    rotate_webhook_secret,
)
from commands.work import Work
from domain.capacity import SoldOut
from domain.policy import Policy
from domain.refusal import Refusal

Handler = Callable[[Any, Work], Awaitable[Any]]

HANDLERS: dict[type, Handler] = {
    RegisterAccount: register_account,
    VerifyEmail: verify_email,
    ChangeProfile: change_profile,
    ChangePassword: change_password,
    OfferSecondFactor: offer_second_factor,
    ConfirmSecondFactor: confirm_second_factor,
    UseRecoveryCode: use_recovery_code,
    RemoveSecondFactor: remove_second_factor,
    SetPreferences: set_preferences,
    Unsubscribe: unsubscribe,
    AdministerAccount: administer_account,
    EraseAccount: erase_account,
    CreateListing: create_listing,
    ChangeListing: change_listing,
    ReviseListing: revise_listing,
    OpenDepartures: open_departures,
    OpenSeries: open_series,
    OpenNights: open_nights,
    ChangeCells: change_cells,
    StartDepartureCancellation: start_departure_cancellation,
    CancelAffectedBooking: cancel_affected_booking,
    FinishDepartureCancellation: finish_departure_cancellation,
    PlaceHold: place_hold,
    StartPayment: start_payment,
    RecordPayment: record_payment,
    RecordCaptureFailure: record_capture_failure,
    RecordNoAnswer: record_no_answer,
    RecordRefund: record_refund,
    RecordNoAnswerToRefund: record_no_answer_to_refund,
    RefundPayment: refund_payment,
    ApproveRefund: approve_refund,
    RejectRefund: reject_refund,
    RetryRefund: retry_refund,
    PayRefundOtherwise: pay_refund_otherwise,
    RecordDispute: record_dispute,
    SendEvidence: send_evidence,
    AcceptBooking: accept_booking,
    DeclineBooking: decline_booking,
    LapseRequest: lapse_request,
    RescheduleBooking: reschedule_booking,
    ExpireChange: expire_change,
    CancelBooking: cancel_booking,
    CancelPart: cancel_part,
    RecordNoShow: record_no_show,
    ExpireBooking: expire_booking,
    RemindBooking: remind_booking,
    CompleteBooking: complete_booking,
    ReleaseEarnings: release_earnings,
    ChooseCadence: choose_cadence,
    ChooseBankTransfer: choose_bank_transfer,
    ChooseStripe: choose_stripe,
    RequestPayoutAccount: request_payout_account,
    RecordPayoutAccount: record_payout_account,
    StartPayoutRun: start_payout_run,
    DraftPayout: draft_payout,
    AdvancePayoutRun: advance_payout_run,
    FinishPayoutRun: finish_payout_run,
    ProposeAdjustment: propose_adjustment,
    ApproveAdjustment: approve_adjustment,
    RejectAdjustment: reject_adjustment,
    HoldPayout: hold_payout,
    ReleasePayout: release_payout,
    CancelPayout: cancel_payout,
    RetryPayout: retry_payout,
    HoldVendorPayouts: hold_vendor_payouts,
    ReleaseVendorPayouts: release_vendor_payouts,
    LimitClawback: limit_clawback,
    CreatePaymentFile: create_payment_file,
    ConfirmBankPayment: confirm_bank_payment,
    RecordBankReturn: record_bank_return,
    BeginTransfer: begin_transfer,
    RecordTransfer: record_transfer,
    BeginBankPayout: begin_bank_payout,
    RecordBankPayout: record_bank_payout,
    RecordReversal: record_reversal,
    RecordRefusedStep: record_refused_step,
    RecordUnresolved: record_unresolved,
    StartHousekeeping: start_housekeeping,
    FinishHousekeeping: finish_housekeeping,
    StartReconciliation: start_reconciliation,
    SuspendEntry: suspend_entry,
    IdentifyEntry: identify_entry,
    ProposeExplanation: propose_explanation,
    ApproveExplanation: approve_explanation,
    RejectExplanation: reject_explanation,
    FinishReconciliation: finish_reconciliation,
    CloseBooks: close_books,
    Intervene: intervene,
    RegisterWebhookEndpoint: register_webhook_endpoint,
    ChangeWebhookEndpoint: change_webhook_endpoint,
    RotateWebhookSecret: rotate_webhook_secret,
    RemoveWebhookEndpoint: remove_webhook_endpoint,
    DisableWebhookEndpoint: disable_webhook_endpoint,
    RecordRefusal: record_refusal,
    RecordAuditQuery: record_audit_query,
}

ATTEMPTS_MAX = 8


@dataclass(frozen=True, slots=True)
class Reply:
    """How a request with an idempotency key is answered, so that the answer can be kept with what it did."""

    idempotency: Idempotency
    success: Callable[[Any], Answer]
    refusal: Callable[[Refusal], Answer]


@dataclass(frozen=True, slots=True)
class Done:
    """`result` is what the handler returned, None for a replay; `answer` is set if there was a Reply to make."""

    result: Any
    position: int
    answer: Answer | None = None
    replayed: bool = False


async def dispatch(
    command: Any,
    *,
    log: Log,
    policy: Policy,
    meta: Meta,
    reply: Reply | None = None,
    fence: Fence | None = None,
) -> Done:
    """Carry out a command: read, decide, append whole; decide again if someone was faster.

    Raises the Refusal of the domain or the log (after keeping it for the idempotency key, if there is one), Busy when
    others were faster too often, StaleFence when the task was leased to another worker.
    """
    for _ in range(ATTEMPTS_MAX):
        work = Work(log, policy, meta)
        try:
            result = await HANDLERS[type(command)](command, work)
            answer = reply.success(result) if reply else None
            append = work.as_append(reply.idempotency if reply else None, answer, fence)
            if append.is_empty:
                return Done(result, work.head, answer)
            committed = await log.commit(append)
        except VersionConflict:
            continue
        except SoldOut:
            if isinstance(command, RecordPayment) and not command.capacity_lost:
                command = replace(command, capacity_lost=True)
                continue
            if reply is None:
                raise
            return await _refused(SoldOut(), log, meta, reply)
        except Refusal as refusal:
            if reply is None:
                raise
            return await _refused(refusal, log, meta, reply)
        if committed.replayed is not None:
            return Done(None, committed.position, committed.replayed, replayed=True)
        return Done(result, committed.position, answer)
    raise Busy


async def _refused(refusal: Refusal, log: Log, meta: Meta, reply: Reply) -> Done:
    """A refusal is an answer too: kept for the key, unless the key was answered before."""
    known = await log.known_answer(reply.idempotency)
    if known is None:
        empty = Work(log, Policy(), meta).as_append(reply.idempotency, reply.refusal(refusal), None)
        known = await log.commit(empty)
        if known.replayed is None:
            raise refusal
    return Done(None, known.position, known.replayed, replayed=True)
