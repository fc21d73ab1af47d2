"""The pages behind mailed links: our own scripts and styles only, in the language that is asked for, and they work."""

import re
from html.parser import HTMLParser

import httpx
import pytest

from api.mailed_links import LANGUAGES, POLICY, WORDS, language_of
from tests.integration.conftest import Http

pytestmark = pytest.mark.anyio

ROOT = "http://travellr.test"


class Page(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


async def page(http: Http, path: str, language: str = "en") -> httpx.Response:
    answer = await http("GET", f"{ROOT}/{path}", headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("path", ["verify-email", "reset-password"])
async def test_a_page_asks_nobody_else_for_anything(http: Http, path: str) -> None:
    answer = await page(http, path)
    assert answer.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert answer.headers["referrer-policy"] == "no-referrer"
    read = Page(answer.text)
    assert not [a for _, a in read.elements if "style" in a or any(name.startswith("on") for name in a)]
    (script,), (style,) = read.all("script"), read.all("link")
    for address, kind in ((script["src"], "text/javascript"), (style["href"], "text/css")):
        asset = await http("GET", f"{ROOT}{address}")
        assert (asset.status_code, asset.headers["content-type"].partition(";")[0]) == (200, kind)
        assert "//" not in re.sub(r"^\s*//.*$", "", asset.text, flags=re.MULTILINE)


@pytest.mark.parametrize("path", ["verify-email", "reset-password"])
async def test_a_page_sends_the_token_to_an_operation_that_there_is(http: Http, path: str) -> None:
    (form,) = Page((await page(http, path)).text).all("form")
    operation = http.app.openapi()["paths"][form["data-endpoint"]]["post"]
    schema = http.app.openapi()["components"]["schemas"][
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    ]
    inputs = Page((await page(http, path)).text).all("input")
    assert set(schema["properties"]) == {"token", *(field["name"] for field in inputs)}


async def test_it_is_in_german_for_who_reads_german_and_else_in_english(http: Http) -> None:
    german, other = await page(http, "verify-email", "de-AT,de;q=0.9,en;q=0.8"), await page(http, "verify-email", "pt")
    assert ('lang="de"' in german.text, german.headers["content-language"]) == (True, "de")
    assert ('lang="en"' in other.text, other.headers["content-language"]) == (True, "en")
    assert other.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize(
    ("wanted", "language"), [("", "en"), ("*", "en"), ("en-GB,de", "en"), ("fr, de;q=0.5", "de"), ("\xff;;,,=", "en")]
)
def test_the_language_that_is_asked_for_first_is_taken(wanted: str, language: str) -> None:
    assert language_of(wanted) == language


def test_every_page_has_all_its_words_in_every_language() -> None:
    for name in ("verify_email", "reset_password"):
        said = [WORDS[name, language] for language in LANGUAGES]
        assert len({bool(words.password) for words in said}) == 1
        assert len({words.title for words in said}) == len(LANGUAGES)
