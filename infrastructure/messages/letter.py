"""A message in words: one plain template for each kind and language, from which the text and the HTML are both made.

The words are templates of plain text, so that nothing has to be said twice; HTML is made of their paragraphs by one
page that escapes everything (jinja2's autoescape). A value that is missing is an error, never an empty place.
"""

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from infrastructure.letters import Letter, Links
from infrastructure.messages.occasion import Occasion, values_of
from infrastructure.messages.reasons import why_carried
from infrastructure.messages.speech import Language, speech_of

_FOLDER: Final = Path(__file__).parent / "templates"
_UNSUBSCRIBE: Final[dict[Language, str]] = {"en": "Unsubscribe", "de": "Abbestellen"}


def written(kind: str, name: str, locale: str | None, occasion: Occasion, links: Links) -> Letter:
    """What this kind of message says about its occasion, in the person's language."""
    say = speech_of(locale)
    values = {"booking_id": None, **values_of(occasion, say), "link": links.secret}
    if kind == "payout_carried":
        values["why"] = why_carried(values["reason"], say.language)
        values["period_end"] = say.date(values["period_end"])
    subject, _, body = _words(f"{say.language}/{kind}.txt", values).partition("\n\n")
    subject = " ".join(subject.split())
    framed = {"name": name, "body": body.strip(), "booking_id": values["booking_id"], "unsubscribe": links.unsubscribe}
    paragraphs = _paragraphs(_words(f"{say.language}/frame.txt", framed))
    html = (
        environment()
        .get_template("mail.html")
        .render(
            language=say.language,
            subject=subject,
            paragraphs=paragraphs,
            link=links.secret,
            unsubscribe=links.unsubscribe,
            unsubscribe_word=_UNSUBSCRIBE[say.language],
        )
    )
    return Letter(subject, "\n\n".join(paragraphs) + "\n", html + "\n", _paragraphs(body)[0])


def _words(template: str, values: dict[str, Any]) -> str:
    return environment().get_template(template).render(values)


def _paragraphs(text: str) -> list[str]:
    """Without the line breaks that the templates have for their own sake."""
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph.strip()]


@cache
def environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
    )
