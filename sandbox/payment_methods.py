"""Payment methods: copies of the test cards, each with an id of its own once used."""

from sandbox.cards import CARDS, Card, token_of
from sandbox.documents import Doc, new_id, random_text
from sandbox.errors import invalid, malformed, missing
from sandbox.events import emit
from sandbox.lists import Filter, listed, page_accepts
from sandbox.params import free_mapping, mapping, merged, metadata, one_of, text, texts, unsupported
from sandbox.world import Call

CREATE_ACCEPTS = {
    "type": one_of("card"),
    "card": mapping(token=text, number=text, exp_month=text, exp_year=text, cvc=text),
    "billing_details": free_mapping,
    "metadata": metadata,
    "allow_redisplay": one_of("always", "limited", "unspecified"),
    "customer": unsupported,
    "payment_method": unsupported,
    "expand": texts,
}
ATTACH_ACCEPTS = {"customer": text, "expand": texts}
DETACH_ACCEPTS = {"expand": texts}
LIST_ACCEPTS = page_accepts(customer=text, type=one_of("card"))
CUSTOMERS_ACCEPTS = page_accepts(type=one_of("card"))


def card_of(method: Doc) -> Card:
    return CARDS[method["_card"]]


def used(call: Call, method_id: str, *, param: str | None = "payment_method", customer: str | None = None) -> Doc:
    """The payment method with this id; a test card's name makes a new one, as Stripe does."""
    if method_id in CARDS:
        return _copied(call, method_id, customer)
    method = call.found("payment_method", method_id, param=param)
    owner = method["customer"]
    if owner is not None and customer is not None and owner != customer:
        raise invalid("The payment method belongs to another customer.", param=param)
    return method


def _copied(call: Call, name: str, customer: str | None) -> Doc:
    card = CARDS[name]
    return call.store.add(call.account, {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": no_billing_details(),
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "US",
            "display_brand": card.brand,
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": random_text(16),
            "funding": card.funding,
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": call.now(),
        "customer": customer,
        "livemode": False,
        "metadata": {},
        "type": "card",
        "_card": name,
    })  # fmt: skip


def no_billing_details() -> Doc:
    nowhere = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {"address": nowhere, "email": None, "name": None, "phone": None, "tax_id": None}


def create(call: Call) -> Doc:
    card = call.params.get("card", {})
    if "number" in card:
        message = (
            "Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test "
            "tokens that map to the test card you are using, see https://stripe.com/docs/testing."
        )
        raise malformed(message)
    name = token_of(card.get("token", ""))
    if name is None:
        raise missing("token", card.get("token", ""), param="card[token]")
    method = _copied(call, name, None)
    method["metadata"] = merged({}, call.params.get("metadata", {}))
    method["billing_details"].update(call.params.get("billing_details", {}))
    return call.store.put(method)


def retrieve(call: Call) -> Doc:
    return used(call, call.ids["id"], param=None)


def attach(call: Call) -> Doc:
    customer = call.found("customer", call.params["customer"], param="customer")
    method = used(call, call.ids["id"], param=None)
    if method["customer"] not in {None, customer["id"]}:
        raise invalid("The payment method you provided has already been attached to a customer.")
    method["customer"] = customer["id"]
    emit(call, "payment_method.attached", call.store.put(method))
    return method


def detach(call: Call) -> Doc:
    method = call.found("payment_method", call.ids["id"])
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    before, method["customer"] = method["customer"], None
    emit(call, "payment_method.detached", call.store.put(method), {"customer": before})
    return method


def list_methods(call: Call) -> Doc:
    if "customer" not in call.params:
        raise malformed("Missing required param: customer.", code="parameter_missing", param="customer")
    call.found("customer", call.params["customer"], param="customer")
    return listed(call, "payment_method", [Filter("customer", call.params["customer"])])


def list_of_customer(call: Call) -> Doc:
    call.found("customer", call.ids["id"])
    url = f"/v1/customers/{call.ids['id']}/payment_methods"
    return listed(call, "payment_method", [Filter("customer", call.ids["id"])], url=url)
