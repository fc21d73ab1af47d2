"""The bank account that a vendor names to be paid by bank transfer: kept sealed, and shown with most of it hidden."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import Edge, TheEdge
from api.fields import Body, ShortText, Text
from api.known import carry_out, change_known, known_account
from api.problems import errors
from commands.vendor_settings import ChooseBankTransfer, ChooseStripe
from domain.iban import checked_bic, checked_iban, masked_iban
from domain.vendor import BANK_CURRENCY
from infrastructure.known_account import KnownAccount

router = APIRouter(prefix="/vendors/me/payout-bank-account", tags=["vendors"])

Iban = Annotated[
    Text,
    StringConstraints(max_length=64),
    AfterValidator(checked_iban),
    Field(description="Of a country in the SEPA area; spaces are ignored.", examples=["DE89370400440532013000"]),
]
Bic = Annotated[Text, StringConstraints(max_length=16), AfterValidator(checked_bic), Field(examples=["COBADEFFXXX"])]
Holder = Annotated[ShortText, StringConstraints(max_length=70)]


class BankAccount(Body):
    """`bic` only if the bank wants one."""

    iban: Iban
    account_holder: Holder
    bic: Bic | None = None


class BankAccountView(BaseModel):
    """`method` is `bank_transfer` while a bank account is named: then payouts in `currency` go there, by our bank."""

    method: str
    currency: str
    iban: str | None = Field(description="Country and last four characters only.")
    account_holder: str | None
    bic: str | None


@router.put("", response_model=BankAccountView, responses=errors(401, 403), summary="Be paid by bank transfer")
async def name_bank_account(request: Request, edge: TheEdge, caller: SignedIn, body: BankAccount) -> Response:
    """From the next payout file on, also for payouts that are drafted already as bank transfers."""
    said = {name: getattr(body, name) for name in ("iban", "account_holder", "bic")}

    async def change(known: KnownAccount) -> None:
        if all(known.read(name) == text for name, text in said.items()):
            return
        sealed = known.seal_all({name: text for name, text in said.items() if text is not None})
        removed = tuple(name for name, text in said.items() if text is None)
        command = ChooseBankTransfer(known.account.version, sealed, removed)
        await carry_out(edge, request, command, caller.actor)

    await change_known(edge, caller.account_id, change)
    return await _answer(edge, caller)


@router.get("", response_model=BankAccountView, responses=errors(401, 403), summary="The bank account I am paid to")
async def get_bank_account(edge: TheEdge, caller: SignedIn) -> Response:
    return await _answer(edge, caller)


@router.delete("", response_model=BankAccountView, responses=errors(401, 403), summary="Be paid through Stripe again")
async def forget_bank_account(request: Request, edge: TheEdge, caller: SignedIn) -> Response:
    await carry_out(edge, request, ChooseStripe(), caller.actor)
    return await _answer(edge, caller)


async def _answer(edge: Edge, caller: SignedIn) -> Response:
    known = await known_account(edge, caller.account_id)
    iban = known.read("iban")
    view = BankAccountView(
        method="bank_transfer" if iban else "stripe",
        currency=BANK_CURRENCY,
        iban=masked_iban(iban) if iban else None,
        account_holder=known.read("account_holder"),
        bic=known.read("bic"),
    )
    return Response(view.model_dump_json(), 200, {"Cache-Control": "no-store"}, "application/json")
