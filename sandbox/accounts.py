"""Connect accounts (v1): the vendors' accounts, ready at once unless their metadata asks for onboarding."""

from sandbox import bank_accounts
from sandbox.documents import PLATFORM, Doc, new_id
from sandbox.errors import invalid, malformed
from sandbox.events import emit
from sandbox.lists import listed, page_accepts, whole
from sandbox.params import (
    Kind,
    boolean,
    free_mapping,
    instants,
    mapping,
    merged,
    metadata,
    one_of,
    text,
    texts,
)  # fmt: skip
from sandbox.world import Call

CURRENCIES = {
    "US": "usd", "GB": "gbp", "CH": "chf", "JP": "jpy", "CA": "cad", "AU": "aud", "NZ": "nzd", "SE": "sek", "NO": "nok",
    "DK": "dkk", "PL": "pln", "CZ": "czk", "HU": "huf", "RO": "ron", "MX": "mxn", "BR": "brl", "SG": "sgd", "HK": "hkd",
    "TH": "thb", "AE": "aed", "IN": "inr",
}  # fmt: skip
# Metadata that makes an account wait for the page behind its account link.
ONBOARDING = ("sandbox_onboarding", "required")


def _capabilities(name: str, value: object) -> dict[str, bool]:
    asked = free_mapping(name, value)
    return {key: _requested(f"{name}[{key}]", item)["requested"] for key, item in asked.items()}


_requested: Kind = mapping(("requested",), requested=boolean)
UPDATE_ACCEPTS = {
    "business_profile": free_mapping,
    "business_type": one_of("company", "individual", "non_profit", "government_entity"),
    "capabilities": _capabilities,
    "company": free_mapping,
    "individual": free_mapping,
    "default_currency": text,
    "email": text,
    "external_account": bank_accounts.token_or_details,
    "metadata": metadata,
    "settings": free_mapping,
    "tos_acceptance": free_mapping,
    "expand": texts,
}
CREATE_ACCEPTS = {
    **UPDATE_ACCEPTS,
    "type": one_of("custom", "express", "standard"),
    "country": text,
    "controller": free_mapping,
}
LIST_ACCEPTS = page_accepts(created=instants)
LINK_ACCEPTS = {
    "account": text,
    "type": one_of("account_onboarding", "account_update"),
    "refresh_url": text,
    "return_url": text,
    "collect": one_of("currently_due", "eventually_due"),
    "collection_options": free_mapping,
    "expand": texts,
}
CAPABILITY_ACCEPTS = {"requested": boolean, "expand": texts}
LINK_SECONDS = 300


def create(call: Call) -> Doc:
    country = call.params.get("country", "US").upper()
    account = blank(call, new_id("acct")[:21], country, call.params.get("type", "none"))
    account["default_currency"] = call.params.get("default_currency", account["default_currency"])
    account["_requested"] = [name for name, asked in call.params.get("capabilities", {}).items() if asked]
    _describe(call, account)
    bank = call.params.get("external_account") or bank_accounts.default_details(country, account["default_currency"])
    ready = account["metadata"].get(ONBOARDING[0]) != ONBOARDING[1]
    call.store.add(PLATFORM, account)
    bank_accounts.add(call.on(account["id"]), account, bank)
    show_readiness(account, ready=ready)
    call.store.put(account)
    emit(call.on(account["id"]), "account.updated", account)
    return account


def blank(call: Call, account_id: str, country: str, kind: str) -> Doc:
    return {
        "id": account_id,
        "object": "account",
        "business_profile": {
            "mcc": None,
            "name": None,
            "product_description": None,
            "support_email": None,
            "url": None,
        },
        "business_type": None,
        "capabilities": {},
        "charges_enabled": False,
        "controller": {"type": "application", "is_controller": True},
        "country": country,
        "created": call.now(),
        "default_currency": CURRENCIES.get(country, "eur"),
        "details_submitted": False,
        "email": None,
        "external_accounts": whole([], f"/v1/accounts/{account_id}/external_accounts"),
        "metadata": {},
        "payouts_enabled": False,
        "requirements": {},
        "settings": {
            "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
            "card_payments": {"statement_descriptor_prefix": None},
            "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
            "payments": {"statement_descriptor": None},
            "payouts": {
                "debit_negative_balances": False,
                "schedule": {"delay_days": 2, "interval": "manual"},
                "statement_descriptor": None,
            },
        },
        "tos_acceptance": {},
        "type": kind,
        "_requested": ["card_payments", "transfers"],
    }


def _describe(call: Call, account: Doc) -> None:
    account.update(call.given("business_type", "email"))
    account["business_profile"].update(call.params.get("business_profile", {}))
    if "metadata" in call.params:
        account["metadata"] = merged(account["metadata"], call.params["metadata"])


def show_readiness(account: Doc, *, ready: bool) -> None:
    """Writes into the document what Stripe shows of an account that may, or may not yet, be paid."""
    due = [] if ready else ["external_account", "tos_acceptance.date", "tos_acceptance.ip"]
    requested = account["_requested"]
    account.update(
        capabilities=dict.fromkeys(requested, "active" if ready else "inactive"),
        charges_enabled=ready and "card_payments" in requested,
        payouts_enabled=ready,
        details_submitted=ready,
        requirements={
            "alternatives": [],
            "current_deadline": None,
            "currently_due": due,
            "disabled_reason": None if ready else "requirements.past_due",
            "errors": [],
            "eventually_due": due,
            "past_due": due,
            "pending_verification": [],
        },
    )


def set_ready(call: Call, account: Doc, *, ready: bool) -> Doc:
    """Onboarding was completed, or the provider took the account's rights away."""
    previous = {name: account[name] for name in ("charges_enabled", "payouts_enabled", "details_submitted")}
    show_readiness(account, ready=ready)
    emit(call.on(account["id"]), "account.updated", call.store.put(account), previous)
    return account


def found(call: Call, account_id: str, *, param: str | None = None) -> Doc:
    return call.on(PLATFORM).found("account", account_id, param=param)


def retrieve(call: Call) -> Doc:
    return found(call, call.ids["id"])


def retrieve_own(call: Call) -> Doc:
    return found(call, call.account)


def update(call: Call) -> Doc:
    account = retrieve(call)
    _describe(call, account)
    asked = call.params.get("capabilities", {})
    account["_requested"] = sorted({*account["_requested"], *asked} - {name for name, on in asked.items() if not on})
    if "external_account" in call.params:
        account["external_accounts"]["data"].clear()
        bank_accounts.add(call.on(account["id"]), account, call.params["external_account"])
    return set_ready(call, account, ready=account["details_submitted"])


def delete(call: Call) -> Doc:
    account = retrieve(call)
    call.store.remove(account["id"])
    return {"id": account["id"], "object": "account", "deleted": True}


def list_accounts(call: Call) -> Doc:
    """The connected ones only, as Stripe's list."""
    return listed(call, "account", also=f"id <> '{PLATFORM}'")


def create_link(call: Call) -> Doc:
    account = found(call, call.params["account"], param="account")
    for name in ("refresh_url", "return_url"):
        if name not in call.params:
            raise malformed(f"Missing required param: {name}.", code="parameter_missing", param=name)
    account["_return_url"] = call.params["return_url"]
    call.store.put(account)
    now = call.now()
    url = f"{call.settings.base_url}/sandbox/onboarding/{account['id']}"
    return {"object": "account_link", "created": now, "expires_at": now + LINK_SECONDS, "url": url}


def list_capabilities(call: Call) -> Doc:
    account = retrieve(call)
    items = [_capability(account, name) for name in account["_requested"]]
    return whole(items, f"/v1/accounts/{account['id']}/capabilities")


def retrieve_capability(call: Call) -> Doc:
    account = retrieve(call)
    name = call.ids["capability"]
    if name not in account["_requested"]:
        raise invalid(
            f"The capability {name} was not requested.", code="resource_missing", param="capability", status=404
        )
    return _capability(account, name)


def update_capability(call: Call) -> Doc:
    account = retrieve(call)
    name = call.ids["capability"]
    rest = [other for other in account["_requested"] if other != name]
    account["_requested"] = [*rest, name] if call.params.get("requested", True) else rest
    set_ready(call, account, ready=account["details_submitted"])
    return _capability(account, name)


def _capability(account: Doc, name: str) -> Doc:
    requested = name in account["_requested"]
    return {
        "id": name,
        "object": "capability",
        "account": account["id"],
        "requested": requested,
        "requested_at": account["created"] if requested else None,
        "status": account["capabilities"].get(name, "unrequested"),
    }
