"""The page behind the link at the foot of a message: what it switches off, and that it is done."""

from typing import Final

from domain.preferences import Group
from infrastructure.messages.letter import environment
from infrastructure.messages.speech import Language

_GROUPS: Final[dict[Language, dict[Group, str]]] = {
    "en": {"payments": "payments that are open", "reminders": "trips to come", "sales": "your sales"},
    "de": {"payments": "offene Zahlungen", "reminders": "bevorstehende Reisen", "sales": "Ihre Verkäufe"},
}
_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "title": "Unsubscribe",
        "ask": "Shall we send you no more e-mail about {}?",
        "done": "We send you no more e-mail about {}. You can have it again in your settings at any time.",
        "button": "No more of it",
    },
    "de": {
        "title": "Abbestellen",
        "ask": "Sollen wir Ihnen keine E-Mails mehr schicken über {}?",
        "done": "Wir schicken Ihnen keine E-Mails mehr über {}. Sie können es jederzeit wieder einschalten.",
        "button": "Keine mehr",
    },
}


def unsubscribe_page(language: Language, group: Group, *, done: bool) -> str:
    words = _WORDS[language]
    return (
        environment()
        .get_template("unsubscribe.html")
        .render(
            language=language,
            title=words["title"],
            text=words["done" if done else "ask"].format(_GROUPS[language][group]),
            button=None if done else words["button"],
        )
    )
