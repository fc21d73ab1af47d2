"""Every message in every language, text and HTML, as a golden file each; and the table that says who is told what.

`TRAVELLR_WRITE_MESSAGES=1 pytest tests/unit/test_messages.py` writes the files anew: read them before you keep them.
"""

import os
import re
from pathlib import Path
from typing import get_args

import pytest
from jinja2 import UndefinedError

from domain.preferences import ALWAYS, GROUPS, Group
from infrastructure.letters import Letter, Links
from infrastructure.messages.catalogue import BY_KIND, CAUSES, MESSAGES, caused_by
from infrastructure.messages.clauses import clause_in
from infrastructure.messages.letter import environment, written
from infrastructure.messages.occasion import Occasion, concerns
from infrastructure.messages.speech import LANGUAGES, Language, speech_of
from infrastructure.messages.unsubscribe_page import unsubscribe_page
from tests.unit.facts import HOUR, booking_id, cancelled, confirmed, held, on_offer
from tests.unit.message_occasions import STORIES, occasion
from tests.unit.story import T0, given

GOLDEN = Path(__file__).parent.parent / "golden" / "messages"
LOCALES: dict[Language, str] = {"en": "en-GB", "de": "de-DE"}
NAME = "Ada <Lovelace> & Co"
LINKS = Links(unsubscribe="https://travellr.example/api/v1/unsubscribe/token")
SECRET = Links(secret="https://travellr.example/page#token")
EVERY = [(name, language) for name in STORIES for language in LANGUAGES]


def letter(name: str, language: Language) -> Letter:
    kind = BY_KIND[name.partition(".")[0]]
    links = SECRET if kind.kind in {"verify_email", "password_reset"} else Links()
    links = links if (kind.group, "email") in ALWAYS else LINKS
    return written(kind.kind, NAME, LOCALES[language], occasion(name), links)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_message_reads_as_its_golden_file(name: str, language: Language) -> None:
    said = letter(name, language)
    text, html = GOLDEN / f"{name}.{language}.txt", GOLDEN / f"{name}.{language}.html"
    whole = f"Subject: {said.subject}\nShort: {said.short}\n\n{said.text}"
    if os.environ.get("TRAVELLR_WRITE_MESSAGES"):
        GOLDEN.mkdir(exist_ok=True)
        text.write_text(whole)
        html.write_text(said.html or "")
    assert whole == text.read_text()
    assert said.html == html.read_text()


def test_every_kind_of_message_has_its_words_in_every_language_and_a_golden_file() -> None:
    wanted = {f"{language}/{message.kind}.txt" for message in MESSAGES for language in LANGUAGES}
    frames = {f"{language}/frame.txt" for language in LANGUAGES}
    assert set(environment().list_templates()) == wanted | frames | {"mail.html", "unsubscribe.html"}
    assert {name.partition(".")[0] for name in STORIES} == set(BY_KIND)
    files = {f"{name}.{language}.{kind}" for name, language in EVERY for kind in ("txt", "html")}
    assert {path.name for path in GOLDEN.iterdir()} == files


def test_a_value_that_is_missing_is_an_error_and_no_empty_place() -> None:
    with pytest.raises(UndefinedError):
        written("booking_held", NAME, None, Occasion(T0), Links())


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_nothing_that_a_person_wrote_becomes_html(name: str, language: Language) -> None:
    said = letter(name, language)
    assert said.html is not None
    assert "Ada &lt;Lovelace&gt; &amp; Co" in said.html
    assert NAME in said.text
    assert "None" not in said.text
    assert not re.search(r"\{\{|\}\}|\{%|_minor", said.text)


def test_a_german_letter_has_its_clause_in_german() -> None:
    for name in STORIES:
        if "cancelled" in name or "show" in name or "rescheduled" in name:
            said = letter(name, "de").text
            assert "refund" not in said.lower(), (name, said)


@pytest.mark.parametrize(
    ("locale", "language", "money"),
    [
        (None, "en", "€1,250.00"),
        ("de", "de", "1.250,00 €"),
        ("de-AT", "de", "€ 1.250,00"),
        ("de_CH", "de", "EUR 1\u2019250.00"),
        ("en-GB", "en", "€1,250.00"),
        ("fr", "en", "€1,250.00"),
        ("en-0ab1cd-ef", "en", "€1,250.00"),
    ],
)
def test_a_person_is_spoken_to_as_their_locale_says(locale: str | None, language: str, money: str) -> None:
    say = speech_of(locale)
    assert (say.language, say.money(1_250_00, "EUR")) == (language, money)


def test_money_has_as_many_decimals_as_its_currency() -> None:
    assert speech_of("en").money(1_250, "JPY") == "¥1,250"
    assert speech_of("de").money(1_250, "KWD") == "1,250 KWD"


def test_a_time_is_that_of_the_listing_with_its_name() -> None:
    assert speech_of("en").instant(T0, "Europe/Berlin") == ("Mon, 2 March 2026, 10:00 Central European Standard Time")
    assert speech_of("de").instant(T0 + 60 * 24 * HOUR, "Europe/Berlin") == (
        "Fr., 1. Mai 2026, 11:00 Uhr Mitteleuropäische Sommerzeit"
    )


def test_a_clause_that_nobody_knows_any_more_is_said_as_the_log_has_it() -> None:
    assert clause_in(speech_of("de"), "Some old rule.", (), "EUR") == "Some old rule."


def test_kinds_are_told_apart_and_every_cause_is_told() -> None:
    assert len(BY_KIND) == len(MESSAGES)
    for name in STORIES:
        event = occasion(name).event
        if event is not None:
            assert type(event) in CAUSES
            assert BY_KIND[name.partition(".")[0]] in caused_by(event)


def test_a_vendor_never_hears_of_the_end_of_what_it_never_heard_of() -> None:
    sale = BY_KIND["sale_cancelled"]
    assert not concerns(sale, occasion("booking_cancelled.unpaid"))
    assert concerns(sale, occasion("sale_cancelled"))
    assert concerns(sale, occasion("sale_cancelled.asked"))
    assert concerns(BY_KIND["booking_cancelled"], occasion("booking_cancelled.unpaid"))


def test_what_is_needed_by_law_or_for_safety_goes_by_mail() -> None:
    for message in MESSAGES:
        assert "email" in message.channels, message.kind
        assert message.group in get_args(Group)


@pytest.mark.parametrize("group", [group for group in GROUPS if (group, "email") not in ALWAYS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_group_that_can_be_switched_off_has_a_page_to_do_it(group: Group, language: Language) -> None:
    assert "<form" in unsubscribe_page(language, group, done=False)
    assert "<form" not in unsubscribe_page(language, group, done=True)


def test_the_same_event_makes_the_same_messages_every_time() -> None:
    log = given(on_offer(), confirmed(), held(2), cancelled()).log
    assert booking_id(2) in {event.originator_id for event in log.events_after(0)}
    first = [caused_by(event) for event in log.events_after(0)]
    assert first == [caused_by(event) for event in log.events_after(0)]
