"""The table of contents: every endpoint of /v1 that the sandbox has."""

from sandbox import (
    accounts,
    balance,
    bank_accounts,
    charges,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    reversals,
    transfers,
    webhook_endpoints,
)
from sandbox.operations import Operation
from sandbox.params import texts

EXPAND = {"expand": texts}


def operations() -> list[Operation]:
    return [
        *_payments(),
        *_balances(),
        *_connect(),
        *_people(),
        *_telling(),
    ]


def _payments() -> list[Operation]:
    intents, intent = "/v1/payment_intents", "/v1/payment_intents/{id}"
    return [
        Operation("POST", intents, payment_intents.create, payment_intents.CREATE_ACCEPTS, ("amount", "currency")),
        Operation("GET", intents, payment_intents.list_intents, payment_intents.LIST_ACCEPTS),
        Operation("GET", intent, payment_intents.retrieve, payment_intents.RETRIEVE_ACCEPTS),
        Operation("POST", intent, payment_intents.update, payment_intents.UPDATE_ACCEPTS),
        Operation("POST", f"{intent}/confirm", payment_intents.confirm, payment_intents.CONFIRM_ACCEPTS),
        Operation("POST", f"{intent}/capture", payment_intents.capture, payment_intents.CAPTURE_ACCEPTS),
        Operation("POST", f"{intent}/cancel", payment_intents.cancel, payment_intents.CANCEL_ACCEPTS),
        Operation("GET", "/v1/charges", charges.list_charges, charges.LIST_ACCEPTS),
        Operation("GET", "/v1/charges/{id}", charges.retrieve, EXPAND),
        Operation("POST", "/v1/charges/{id}", charges.update, charges.UPDATE_ACCEPTS),
        Operation("POST", "/v1/refunds", refunds.create, refunds.CREATE_ACCEPTS),
        Operation("GET", "/v1/refunds", refunds.list_refunds, refunds.LIST_ACCEPTS),
        Operation("GET", "/v1/refunds/{id}", refunds.retrieve, EXPAND),
        Operation("POST", "/v1/refunds/{id}", refunds.update, refunds.UPDATE_ACCEPTS),
        Operation("POST", "/v1/refunds/{id}/cancel", refunds.cancel, refunds.CANCEL_ACCEPTS),
        Operation("GET", "/v1/disputes", disputes.list_disputes, disputes.LIST_ACCEPTS),
        Operation("GET", "/v1/disputes/{id}", disputes.retrieve, EXPAND),
        Operation("POST", "/v1/disputes/{id}", disputes.update, disputes.UPDATE_ACCEPTS),
        Operation("POST", "/v1/disputes/{id}/close", disputes.close, disputes.CLOSE_ACCEPTS),
    ]


def _balances() -> list[Operation]:
    reversal = "/v1/transfers/{id}/reversals"
    return [
        Operation("GET", "/v1/balance", balance.show_balance, EXPAND),
        Operation("GET", "/v1/balance_transactions", balance.list_transactions, balance.LIST_ACCEPTS),
        Operation("GET", "/v1/balance_transactions/{id}", balance.retrieve, EXPAND),
        Operation("POST", "/v1/transfers", transfers.create, transfers.CREATE_ACCEPTS, ("currency", "destination")),
        Operation("GET", "/v1/transfers", transfers.list_transfers, transfers.LIST_ACCEPTS),
        Operation("GET", "/v1/transfers/{id}", transfers.retrieve, EXPAND),
        Operation("POST", "/v1/transfers/{id}", transfers.update, transfers.UPDATE_ACCEPTS),
        Operation("POST", reversal, reversals.create, reversals.CREATE_ACCEPTS),
        Operation("GET", reversal, reversals.list_reversals, reversals.LIST_ACCEPTS),
        Operation("GET", f"{reversal}/{{reversal}}", reversals.retrieve, EXPAND),
        Operation("POST", "/v1/payouts", payouts.create, payouts.CREATE_ACCEPTS, ("amount", "currency")),
        Operation("GET", "/v1/payouts", payouts.list_payouts, payouts.LIST_ACCEPTS),
        Operation("GET", "/v1/payouts/{id}", payouts.retrieve, EXPAND),
        Operation("POST", "/v1/payouts/{id}", payouts.update, payouts.UPDATE_ACCEPTS),
        Operation("POST", "/v1/payouts/{id}/cancel", payouts.cancel, payouts.CANCEL_ACCEPTS),
    ]


def _connect() -> list[Operation]:
    account = "/v1/accounts/{id}"
    banks, capability = f"{account}/external_accounts", f"{account}/capabilities/{{capability}}"
    return [
        Operation("GET", "/v1/account", accounts.retrieve_own, EXPAND),
        Operation("POST", "/v1/accounts", accounts.create, accounts.CREATE_ACCEPTS),
        Operation("GET", "/v1/accounts", accounts.list_accounts, accounts.LIST_ACCEPTS),
        Operation("GET", account, accounts.retrieve, EXPAND),
        Operation("POST", account, accounts.update, accounts.UPDATE_ACCEPTS),
        Operation("DELETE", account, accounts.delete),
        Operation("GET", f"{account}/capabilities", accounts.list_capabilities, EXPAND),
        Operation("GET", capability, accounts.retrieve_capability, EXPAND),
        Operation("POST", capability, accounts.update_capability, accounts.CAPABILITY_ACCEPTS),
        Operation("GET", banks, bank_accounts.list_of_account, bank_accounts.LIST_ACCEPTS),
        Operation("POST", banks, bank_accounts.create, bank_accounts.ADD_ACCEPTS, ("external_account",)),
        Operation("POST", "/v1/account_links", accounts.create_link, accounts.LINK_ACCEPTS, ("account", "type")),
    ]


def _people() -> list[Operation]:
    customer, method = "/v1/customers/{id}", "/v1/payment_methods/{id}"
    methods = "/v1/payment_methods"
    return [
        Operation("POST", "/v1/customers", customers.create, customers.CREATE_ACCEPTS),
        Operation("GET", "/v1/customers", customers.list_customers, customers.LIST_ACCEPTS),
        Operation("GET", customer, customers.retrieve, EXPAND),
        Operation("POST", customer, customers.update, customers.UPDATE_ACCEPTS),
        Operation("DELETE", customer, customers.delete),
        Operation(
            "GET", f"{customer}/payment_methods", payment_methods.list_of_customer, payment_methods.CUSTOMERS_ACCEPTS
        ),
        Operation("POST", methods, payment_methods.create, payment_methods.CREATE_ACCEPTS, ("type",)),
        Operation("GET", methods, payment_methods.list_methods, payment_methods.LIST_ACCEPTS),
        Operation("GET", method, payment_methods.retrieve, EXPAND),
        Operation("POST", f"{method}/attach", payment_methods.attach, payment_methods.ATTACH_ACCEPTS, ("customer",)),
        Operation("POST", f"{method}/detach", payment_methods.detach, payment_methods.DETACH_ACCEPTS),
    ]


def _telling() -> list[Operation]:
    endpoints, endpoint = "/v1/webhook_endpoints", "/v1/webhook_endpoints/{id}"
    needs = ("enabled_events", "url")
    return [
        Operation("GET", "/v1/events", events.list_events, events.LIST_ACCEPTS),
        Operation("GET", "/v1/events/{id}", events.retrieve, EXPAND),
        Operation("POST", endpoints, webhook_endpoints.create, webhook_endpoints.CREATE_ACCEPTS, needs),
        Operation("GET", endpoints, webhook_endpoints.list_endpoints, webhook_endpoints.LIST_ACCEPTS),
        Operation("GET", endpoint, webhook_endpoints.retrieve, EXPAND),
        Operation("POST", endpoint, webhook_endpoints.update, webhook_endpoints.UPDATE_ACCEPTS),
        Operation("DELETE", endpoint, webhook_endpoints.delete),
    ]
