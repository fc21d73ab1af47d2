"""`expand[]`: ids replaced by the objects they name, up to four levels deep."""

from typing import Any

from sandbox.documents import Doc
from sandbox.errors import malformed
from sandbox.lists import whole
from sandbox.world import Call

DEEPEST = 4
EXPANDABLE: dict[str, frozenset[str]] = {
    "payment_intent": frozenset({"latest_charge", "customer", "payment_method"}),
    "charge": frozenset({
        "balance_transaction", "customer", "failure_balance_transaction", "payment_intent", "source_transfer",
    }),
    "refund": frozenset({
        "charge", "payment_intent", "balance_transaction", "failure_balance_transaction", "transfer_reversal",
    }),
    "transfer": frozenset({"balance_transaction", "destination", "destination_payment", "source_transaction"}),
    "transfer_reversal": frozenset({"balance_transaction", "destination_payment_refund", "transfer"}),
    "payout": frozenset({"balance_transaction", "destination", "failure_balance_transaction"}),
    "balance_transaction": frozenset({"source"}),
    "dispute": frozenset({"charge", "payment_intent"}),
    "payment_method": frozenset({"customer"}),
    "capability": frozenset({"account"}),
}  # fmt: skip


def expanded(call: Call, answer: Doc, paths: list[str]) -> Doc:
    for path in paths:
        parts = path.split(".")
        if len(parts) > DEEPEST:
            raise malformed(f"You cannot expand more than {DEEPEST} levels of a property ({path})", param="expand")
        _expand(call, answer, parts, path)
    return answer


def _expand(call: Call, node: Any, parts: list[str], path: str) -> None:
    if not parts or node is None:
        return
    if isinstance(node, list):
        for item in node:
            _expand(call, item, parts, path)
        return
    name, rest = parts[0], parts[1:]
    kind = node.get("object")
    if kind == "list" and name == "data":
        _expand(call, node["data"], rest, path)
        return
    if kind == "charge" and name == "refunds":
        refunds = call.store.select("refund", call.account, charge=node["id"])
        node.setdefault("refunds", whole(refunds[::-1], f"/v1/charges/{node['id']}/refunds"))
    elif name in EXPANDABLE.get(kind, frozenset()):
        if isinstance(node.get(name), str):
            node[name] = call.store.find(node[name])
    elif not isinstance(node.get(name), dict):
        raise malformed(f"This property cannot be expanded ({path}).", param="expand")
    _expand(call, node.get(name), rest, path)
