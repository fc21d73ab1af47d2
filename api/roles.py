"""Who may do what: operation -> roles. What is not here needs no sign-in; app.py checks that both agree.

From this table come the check at every request (caller.py), the notes in /openapi.json, docs/roles.md, and a test that
tries every operation as every role on one's own, another's and an absent thing.
"""

from typing import Final

from domain.actor import Role

_ANYONE: Final[frozenset[Role]] = frozenset({"traveller", "vendor", "operator", "finance", "auditor", "admin"})
_TRAVELLER: Final[frozenset[Role]] = frozenset({"traveller"})
_VENDOR: Final[frozenset[Role]] = frozenset({"vendor"})
_FINANCE: Final[frozenset[Role]] = frozenset({"finance", "admin"})
_BOOKS: Final[frozenset[Role]] = frozenset({"finance", "auditor", "admin"})
_OPERATION: Final[frozenset[Role]] = frozenset({"operator", "admin"})
_ADMIN: Final[frozenset[Role]] = frozenset({"admin"})
_STAFF: Final[frozenset[Role]] = _OPERATION | _BOOKS
_AUDIT: Final[frozenset[Role]] = frozenset({"auditor", "admin"})

ALLOWED: Final[dict[str, frozenset[Role]]] = {
    "logout": _ANYONE,
    "list_sessions": _ANYONE,
    "end_session": _ANYONE,
    "change_password": _ANYONE,
    "offer_second_factor": _STAFF,
    "confirm_second_factor": _STAFF,
    "remove_second_factor": _STAFF,
    "get_me": _ANYONE,
    "change_me": _ANYONE,
    "erase_me": _ANYONE,
    "export_me": _ANYONE,
    "create_listing": _VENDOR,
    "list_listings": _ANYONE,
    "get_listing": _ANYONE,
    "revise_listing": _VENDOR,
    "open_cells": _VENDOR,
    "change_cells": _VENDOR,
    "preview_departure_cancellation": _OPERATION,
    "start_departure_cancellation": _OPERATION,
    "list_departure_cancellations": _OPERATION,
    "get_departure_cancellation": _OPERATION,
    "get_availability": _ANYONE,
    "publish_listing": _VENDOR,
    "pause_listing": _VENDOR,
    "resume_listing": _VENDOR,
    "close_listing": _VENDOR,
    "place_hold": _TRAVELLER,
    "list_bookings": _ANYONE,
    "get_booking": _ANYONE,
    "get_booking_history": _ANYONE,
    "preview_cancellation": _TRAVELLER | _VENDOR | _OPERATION,
    "cancel_booking": _TRAVELLER | _VENDOR | _OPERATION,
    "reschedule_booking": _TRAVELLER | _OPERATION,
    "accept_booking": _VENDOR | _OPERATION,
    "decline_booking": _VENDOR | _OPERATION,
    "complete_booking": _VENDOR | _OPERATION,
    "record_no_show": _VENDOR | _OPERATION,
    "start_payment": _TRAVELLER,
    "list_payments": _ANYONE,
    "get_payment": _ANYONE,
    "refund_payment": _OPERATION,
    "list_refunds": _ANYONE,
    "get_refund": _ANYONE,
    "approve_refund": _OPERATION,
    "reject_refund": _OPERATION,
    "retry_refund": _OPERATION,
    "pay_refund_otherwise": _OPERATION,
    "get_balance": _VENDOR,
    "get_statement": _VENDOR,
    "set_payout_settings": _VENDOR,
    "request_payout_account": _VENDOR,
    "get_payout_account": _VENDOR,
    "list_my_payouts": _VENDOR,
    "get_payout": _VENDOR | _BOOKS,
    "explain_payout": _VENDOR | _BOOKS,
    "forecast_payouts": _VENDOR,
    "start_payout_run": _FINANCE,
    "list_payout_runs": _BOOKS,
    "preview_payout_run": _BOOKS,
    "get_payout_run": _BOOKS,
    "list_carried": _BOOKS,
    "propose_adjustment": _FINANCE,
    "approve_adjustment": _FINANCE,
    "reject_adjustment": _FINANCE,
    "list_adjustments": _BOOKS,
    "get_adjustment": _BOOKS,
    "hold_payout": _FINANCE,
    "release_payout": _FINANCE,
    "cancel_payout": _FINANCE,
    "retry_payout": _FINANCE,
    "hold_vendor_payouts": _FINANCE,
    "release_vendor_payouts": _FINANCE,
    "list_payouts": _BOOKS,
    "get_trial_balance": _BOOKS,
    "get_commission": _BOOKS,
    "get_deferred_revenue": _BOOKS,
    "get_vendor_ageing": _BOOKS,
    "list_journal": _BOOKS,
    "get_reconciliation": _BOOKS,
    "start_reconciliation": _FINANCE,
    "list_disputes": _VENDOR | _STAFF,
    "get_dispute": _VENDOR | _STAFF,
    "get_evidence": _OPERATION | _FINANCE,
    "send_evidence": _OPERATION | _FINANCE,
    "get_analytics": _OPERATION | _FINANCE,
    "list_users": _OPERATION,
    "add_staff": _ADMIN,
    "get_user": _OPERATION,
    "change_user": _OPERATION,
    "end_sessions_of": _OPERATION,
    "erase_user": _OPERATION,
    "list_tasks": _OPERATION,
    "retry_task": _OPERATION,
    "park_task": _OPERATION,
    "list_stuck_money": _OPERATION | _FINANCE,
    "list_projections": _OPERATION,
    "list_events": _AUDIT,
}

# Whose a thing has to be that an operation names in its path. Travellers and vendors: their own, anybody else's is 404.
# Staff: anybody's. These are the exceptions.
EVERYBODYS: Final[frozenset[str]] = frozenset({"get_listing", "get_availability"})  # Anybody may see anybody's.
OWN_ONLY: Final[frozenset[str]] = frozenset({"end_session"})  # Nobody's but one's own, staff or not.
