"""Who may do what: operation -> roles. What is not here needs no sign-in; app.py checks that both agree."""

from typing import Final

from domain.actor import Role

_ANYONE: Final[frozenset[Role]] = frozenset({"traveller", "vendor", "operator", "finance", "auditor", "admin"})
_TRAVELLER: Final[frozenset[Role]] = frozenset({"traveller"})
_VENDOR: Final[frozenset[Role]] = frozenset({"vendor"})
_FINANCE: Final[frozenset[Role]] = frozenset({"finance", "admin"})
_BOOKS: Final[frozenset[Role]] = frozenset({"finance", "auditor", "admin"})
_OPERATION: Final[frozenset[Role]] = frozenset({"operator", "admin"})
_AUDIT: Final[frozenset[Role]] = frozenset({"auditor", "admin"})

ALLOWED: Final[dict[str, frozenset[Role]]] = {
    "logout": _ANYONE,
    "list_sessions": _ANYONE,
    "end_session": _ANYONE,
    "get_me": _ANYONE,
    "create_listing": _VENDOR,
    "list_listings": _ANYONE,
    "get_listing": _ANYONE,
    "open_departures": _VENDOR,
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
    "complete_booking": _VENDOR | _OPERATION,
    "start_payment": _TRAVELLER,
    "list_payments": _ANYONE,
    "get_payment": _ANYONE,
    "get_balance": _VENDOR,
    "get_statement": _VENDOR,
    "set_payout_settings": _VENDOR,
    "request_payout_account": _VENDOR,
    "get_payout_account": _VENDOR,
    "list_my_payouts": _VENDOR,
    "get_payout": _VENDOR | _BOOKS,
    "start_payout_run": _FINANCE,
    "get_payout_run": _BOOKS,
    "list_payouts": _BOOKS,
    "get_trial_balance": _BOOKS,
    "list_journal": _BOOKS,
    "list_tasks": _OPERATION,
    "list_projections": _OPERATION,
    "list_events": _AUDIT,
}
