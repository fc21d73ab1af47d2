"""Customers: who pays."""

from sandbox.documents import Doc, new_id
from sandbox.events import emit
from sandbox.lists import Filter, listed, page_accepts
from sandbox.params import clearable_text, free_mapping, instants, merged, metadata, text, texts
from sandbox.payment_methods import used
from sandbox.world import Call

_FIELDS = ("name", "email", "phone", "description", "address", "shipping", "preferred_locales")
UPDATE_ACCEPTS = {
    "name": clearable_text,
    "email": clearable_text,
    "phone": clearable_text,
    "description": clearable_text,
    "address": free_mapping,
    "shipping": free_mapping,
    "preferred_locales": texts,
    "metadata": metadata,
    "expand": texts,
}
CREATE_ACCEPTS = {**UPDATE_ACCEPTS, "payment_method": text}
LIST_ACCEPTS = page_accepts(email=text, created=instants)


def create(call: Call) -> Doc:
    customer = call.store.add(call.account, {
        "id": new_id("cus")[:18],
        "object": "customer",
        **dict.fromkeys(("address", "description", "email", "name", "phone", "shipping")),
        "preferred_locales": [],
        **call.given(*_FIELDS),
        "balance": 0,
        "created": call.now(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "discount": None,
        "livemode": False,
        "metadata": merged({}, call.params.get("metadata", {})),
        "tax_exempt": "none",
        "test_clock": None,
    })  # fmt: skip
    if "payment_method" in call.params:
        method = used(call, call.params["payment_method"], customer=customer["id"])
        call.store.put({**method, "customer": customer["id"]})
    emit(call, "customer.created", customer)
    return customer


def retrieve(call: Call) -> Doc:
    return call.found("customer", call.ids["id"])


def update(call: Call) -> Doc:
    customer = retrieve(call)
    changes = call.given(*_FIELDS)
    if "metadata" in call.params:
        changes["metadata"] = merged(customer["metadata"], call.params["metadata"])
    previous = {name: customer[name] for name in changes}
    customer.update(changes)
    emit(call, "customer.updated", call.store.put(customer), previous)
    return customer


def delete(call: Call) -> Doc:
    customer = retrieve(call)
    call.store.remove(customer["id"])
    emit(call, "customer.deleted", customer)
    return {"id": customer["id"], "object": "customer", "deleted": True}


def list_customers(call: Call) -> Doc:
    return listed(call, "customer", [Filter("email", call.params.get("email"))])
