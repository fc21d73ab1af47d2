"""The judge of the tests: what really happened here, counted and summed, whatever clients believe."""

from sandbox.documents import PLATFORM, Doc
from sandbox.world import World

_WITHOUT_EFFECT = "json_extract(json, '$.status') IN ('failed', 'canceled')"
# One line for each kind: which documents count, and what of them is summed.
_COUNTED = {
    "charges_succeeded": ("charge", "amount_captured", "json_extract(json, '$.captured') AND account = '{platform}'"),
    "charges_failed": ("charge", "amount", "json_extract(json, '$.status') = 'failed'"),
    "refunds": (
        "refund",
        "amount",
        "account = '{platform}' AND json_extract(json, '$._released') IS NULL AND NOT " + _WITHOUT_EFFECT,
    ),
    "refunds_failed": ("refund", "amount", "json_extract(json, '$.status') = 'failed'"),
    "transfers": ("transfer", "amount", "1"),
    "reversals": ("transfer_reversal", "amount", "1"),
    "payouts_paid": ("payout", "amount", "json_extract(json, '$.status') = 'paid'"),
    "payouts_pending": ("payout", "amount", "json_extract(json, '$.status') IN ('pending', 'in_transit')"),
    "payouts_failed": ("payout", "amount", "json_extract(json, '$.status') = 'failed'"),
    "disputes": ("dispute", "amount", "1"),
}


def summary(world: World) -> Doc:
    """Counts and sums by currency, balances by account, and how often each metadata value was charged."""
    counted = {name: _by_currency(world, *rule) for name, rule in _COUNTED.items()}
    return {
        **counted,
        "fees": _fees(world),
        "balances": _balances(world),
        "payment_intents_by_metadata": _by_metadata(world, "payment_intent"),
        "charges_succeeded_by_metadata": _by_metadata(
            world, "charge", "AND json_extract(objects.json, '$.captured') AND account = ?", PLATFORM
        ),
        "transfers_by_metadata": _by_metadata(world, "transfer"),
        "payouts_by_metadata": _by_metadata(world, "payout"),
        "refunds_by_metadata": _by_metadata(world, "refund"),
        "webhooks": dict(world.store.run("SELECT state, count(*) FROM deliveries GROUP BY state")),
    }


def _by_currency(world: World, kind: str, field: str, condition: str) -> Doc:
    sql = (
        f"SELECT json_extract(json, '$.currency'), count(*), sum(json_extract(json, '$.{field}')) FROM objects "
        f"WHERE type = ? AND {condition.format(platform=PLATFORM)} GROUP BY 1 ORDER BY 1"
    )
    return {currency: {"count": count, "sum": total} for currency, count, total in world.store.run(sql, kind)}


def _fees(world: World) -> Doc:
    sql = (
        "SELECT json_extract(json, '$.currency'), sum(json_extract(json, '$.fee')) FROM objects "
        "WHERE type = 'balance_transaction' AND account = ? GROUP BY 1 ORDER BY 1"
    )
    return dict(world.store.run(sql, PLATFORM))


def _balances(world: World) -> Doc:
    """Available and pending together, in minor units."""
    sql = (
        "SELECT account, currency, sum(amount) FROM (SELECT account, currency, amount FROM settled "
        "UNION ALL SELECT account, currency, amount FROM unsettled) GROUP BY 1, 2 ORDER BY 1, 2"
    )
    balances: Doc = {}
    for account, currency, amount_minor in world.store.run(sql):
        balances.setdefault(account, {})[currency] = amount_minor
    return balances


def _by_metadata(world: World, kind: str, condition: str = "", *values: str) -> Doc:
    """`{"booking_id": {"b-1": 1}}`: a 2 where the key should be unique is a payment made twice."""
    sql = (
        "SELECT pair.key, pair.value, count(*) FROM objects, json_each(objects.json, '$.metadata') AS pair "
        f"WHERE objects.type = ? {condition} GROUP BY 1, 2 ORDER BY 1, 2"
    )
    counts: Doc = {}
    for key, value, count in world.store.run(sql, kind, *values):
        counts.setdefault(key, {})[value] = count
    return counts
