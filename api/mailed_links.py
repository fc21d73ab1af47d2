"""The pages behind the links that are mailed: show that an address is yours, set a new password. Without third parties.

The token stands behind the #, which browsers send to no server; a script of ours sends it when the button is pressed,
so that nobody's mail scanner, which opens every link, does it for them.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

from babel import negotiate_locale
from fastapi import APIRouter, Header
from jinja2 import Environment, StrictUndefined
from starlette.responses import Response

router = APIRouter(include_in_schema=False)

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
LANGUAGES: Final = ("en", "de")
_WANTED_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    explanation: str
    button: str
    done: str
    bad_link: str
    too_many: str
    failed: str
    no_script: str
    password: str = ""
    bad_password: str = ""


_ENGLISH: Final = {
    "too_many": "Too many tries. Please wait a little.",
    "failed": "That did not work. Please try again in a moment.",
    "no_script": "This page needs JavaScript.",
}
_GERMAN: Final = {
    "too_many": "Zu viele Versuche. Bitte warten Sie etwas.",
    "failed": "Das hat nicht geklappt. Bitte versuchen Sie es gleich noch einmal.",
    "no_script": "Diese Seite braucht JavaScript.",
}
WORDS: Final = {
    ("verify_email", "en"): Words(
        title="Confirm your e-mail address",
        explanation="One press, and we know that this address is yours.",
        button="This address is mine",
        done="Thank you. Your address is confirmed; you can close this page.",
        bad_link="This link is not good any more.",
        **_ENGLISH,
    ),
    ("verify_email", "de"): Words(
        title="E-Mail-Adresse bestätigen",
        explanation="Ein Klick, und wir wissen, dass diese Adresse Ihre ist.",
        button="Diese Adresse gehört mir",
        done="Danke. Ihre Adresse ist bestätigt; Sie können diese Seite schließen.",
        bad_link="Dieser Link gilt nicht mehr.",
        **_GERMAN,
    ),
    ("reset_password", "en"): Words(
        title="Set a new password",
        explanation="You will be signed out everywhere.",
        button="Set this password",
        done="Your new password is set. You can sign in with it now.",
        bad_link="This link is not good any more: each is good once, for an hour. Ask for a new one.",
        password="New password (8 characters or more)",  # noqa: S106 -- what the field is called
        bad_password="Please choose another one: this password is too short, or one that many people have.",  # noqa: S106
        **_ENGLISH,
    ),
    ("reset_password", "de"): Words(
        title="Neues Passwort setzen",
        explanation="Sie werden überall abgemeldet.",
        button="Dieses Passwort setzen",
        done="Ihr neues Passwort gilt. Sie können sich jetzt damit anmelden.",
        bad_link="Dieser Link gilt nicht mehr: jeder gilt einmal und eine Stunde lang. Fordern Sie einen neuen an.",
        password="Neues Passwort (mindestens 8 Zeichen)",  # noqa: S106 -- what the field is called
        bad_password="Bitte wählen Sie ein anderes: dieses ist zu kurz, oder viele Menschen haben es.",  # noqa: S106
        **_GERMAN,
    ),
}
_ENDPOINTS: Final = {
    "verify_email": "/api/v1/auth/verify-email",
    "reset_password": "/api/v1/auth/password-reset/confirm",
}
_ASSETS: Final = {"mailed_link.js": "text/javascript", "mailed_link.css": "text/css"}

Wanted = Annotated[str, Header(alias="accept-language")]


@router.get("/verify-email")
async def verify_email_page(wanted: Wanted = "") -> Response:
    return _page("verify_email", wanted)


@router.get("/reset-password")
async def reset_password_page(wanted: Wanted = "") -> Response:
    return _page("reset_password", wanted)


@router.get("/pages/mailed_link.js")
async def mailed_link_script() -> Response:
    return _asset("mailed_link.js")


@router.get("/pages/mailed_link.css")
async def mailed_link_style() -> Response:
    return _asset("mailed_link.css")


def language_of(wanted: str) -> str:
    """The first of our languages that an Accept-Language header asks for, by its order; English for anything else."""
    asked = [part.partition(";")[0].strip().replace("-", "_") for part in wanted.split(",")[:_WANTED_MAX]]
    found = negotiate_locale(asked, LANGUAGES) if wanted else None
    return found or LANGUAGES[0]


@cache
def _rendered(page: str, language: str) -> str:
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(_read("mailed_link.html"))
    words = WORDS[page, language]
    return template.render(
        language=language, words=words, endpoint=_ENDPOINTS[page], asks_password=page == "reset_password"
    )


def _page(page: str, wanted: str) -> Response:
    language = language_of(wanted)
    headers = {"Content-Security-Policy": POLICY, "Content-Language": language, "Vary": "Accept-Language"}
    return Response(_rendered(page, language), 200, headers, "text/html")


@cache
def _read(name: str) -> str:
    return (files("api") / "pages" / name).read_text(encoding="utf-8")


def _asset(name: str) -> Response:
    return Response(_read(name), 200, media_type=_ASSETS[name])
