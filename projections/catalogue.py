"""The table of contents: every read model there is."""

from projections.accounts import ACCOUNTS
from projections.adjustments import ADJUSTMENTS
from projections.analytics import ANALYTICS
from projections.bookings import BOOKINGS
from projections.change import Projection
from projections.departure_cancellations import DEPARTURE_CANCELLATIONS
from projections.disputes import DISPUTES
from projections.housekeeping import HOUSEKEEPING
from projections.journal import JOURNAL
from projections.listings import LISTINGS
from projections.payments import PAYMENTS
from projections.payouts import PAYOUTS
from projections.reconciliations import RECONCILIATIONS
from projections.trail import TRAIL
from projections.vendor_money import VENDOR_MONEY
from projections.vendors import VENDORS
from projections.webhook_endpoints import WEBHOOK_ENDPOINTS

PROJECTIONS: dict[str, Projection] = {
    p.name: p
    for p in (
        ACCOUNTS,
        LISTINGS,
        BOOKINGS,
        PAYMENTS,
        VENDORS,
        VENDOR_MONEY,
        PAYOUTS,
        JOURNAL,
        ADJUSTMENTS,
        DEPARTURE_CANCELLATIONS,
        DISPUTES,
        RECONCILIATIONS,
        ANALYTICS,
        WEBHOOK_ENDPOINTS,
        HOUSEKEEPING,
        TRAIL,
    )
}

# Everybody who follows the log: each must have its row in `ops.follower`, or the system is not ready.
FOLLOWERS: tuple[str, ...] = (*PROJECTIONS, "react", "webhooks_out", "seal")
