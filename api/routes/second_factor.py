"""The second factor of staff: one-time codes from an authenticator app, and recovery codes for when it is lost."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import Body, Code, Password
from api.known import carry_out, change_known, known_account
from api.problems import errors
from api.refusals import WrongCode, WrongPassword
from api.sign_in import is_fresh_code, is_second_factor
from commands.second_factor import ConfirmSecondFactor, OfferSecondFactor, RemoveSecondFactor
from domain.account import SecondFactorState
from infrastructure.known_account import KnownAccount
from infrastructure.totp import new_recovery_codes, new_secret, uri

router = APIRouter(prefix="/auth/second-factor", tags=["auth"])


class Offered(BaseModel):
    secret: str = Field(description="In base32, to type into an authenticator app.")
    uri: str = Field(description="The same as a QR code says it.")


class OneCode(Body):
    code: Code


class Removal(Body):
    password: Password
    code: Code


class Recovery(BaseModel):
    recovery_codes: list[str] = Field(description="Shown this once. Each is good for one sign-in without the app.")


@router.post(
    "", status_code=201, response_model=Offered, responses=errors(401, 403, 409), summary="Get a secret for my app"
)
async def offer_second_factor(request: Request, edge: TheEdge, caller: SignedIn) -> Response:
    secret = new_secret()

    async def offer(known: KnownAccount) -> str:
        command = OfferSecondFactor(known.id, known.account.version, known.seal("totp", secret))
        await carry_out(edge, request, command, caller.actor)
        return known.must_read("email")

    view = Offered(secret=secret, uri=uri(secret, await change_known(edge, caller.account_id, offer)))
    return Response(view.model_dump_json(), 201, media_type="application/json")


@router.post(
    "/confirm",
    response_model=Recovery,
    responses=errors(401, 403, 409),
    summary="Give a code of it: from now on signing in needs one",
)
async def confirm_second_factor(request: Request, edge: TheEdge, caller: SignedIn, body: OneCode) -> Response:
    known = await known_account(edge, caller.account_id)
    if known.account.second_factor != "offered":
        raise SecondFactorState
    if not await is_fresh_code(edge, known, body.code):
        raise WrongCode
    codes = new_recovery_codes()
    hashes = " ".join(edge.house.vault.pseudonym("recovery", f"{known.id}/{code}") for code in codes)

    async def confirm(known: KnownAccount) -> None:
        command = ConfirmSecondFactor(known.id, known.account.version, known.seal("recovery", hashes))
        await carry_out(edge, request, command, caller.actor)

    await change_known(edge, caller.account_id, confirm)
    return Response(Recovery(recovery_codes=codes).model_dump_json(), 200, media_type="application/json")


@router.post("/remove", status_code=204, responses=errors(401, 403, 409), summary="A password is enough again")
async def remove_second_factor(request: Request, edge: TheEdge, caller: SignedIn, body: Removal) -> None:
    known = await known_account(edge, caller.account_id)
    vault, password = edge.house.vault, body.password.get_secret_value()
    if not await edge.slowly.run(lambda: vault.password_matches(password, known.read("password"))):
        raise WrongPassword
    if known.account.second_factor != "on":
        raise SecondFactorState
    if not await is_second_factor(edge, request, known, body.code):
        raise WrongCode
    await carry_out(edge, request, RemoveSecondFactor(known.id), caller.actor)
