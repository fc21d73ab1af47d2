"""docs/roles.md and /openapi.json tell what the table of roles says."""

from pathlib import Path

from api.app import create_app
from api.roles import ALLOWED, EVERYBODYS, OWN_ONLY
from api.roles_document import DOCUMENT, render
from infrastructure.settings import load_settings


def test_the_document_of_roles_is_up_to_date() -> None:
    assert DOCUMENT.read_text() == render(), "Write it anew: python -m api.roles_document"


def test_the_description_says_for_whom_every_operation_is(tmp_path: Path) -> None:
    described = create_app(load_settings({}, home=tmp_path)).openapi()
    said = {o["operationId"]: o.get("x-roles") for methods in described["paths"].values() for o in methods.values()}
    assert {name: frozenset(roles) for name, roles in said.items() if roles} == ALLOWED


def test_exceptions_are_exceptions_of_something() -> None:
    assert ALLOWED.keys() >= EVERYBODYS | OWN_ONLY
