"""What schemathesis is told for one role: what it may ask, as whom, about which things, and what it has to look at."""

import json
from typing import Final

from api.roles import ALLOWED
from domain.actor import Role
from tests.integration.sample_bodies import Json

# One waits for a schedule that does not run here, and the answers of the others have no end.
LEFT_OUT: Final = frozenset({"move_clock", "stream_booking", "stream_vendor_bookings"})
# What ends the session or the account of whoever asks is asked by somebody else of that role.
LEAVING: Final = ("logout", "erase_me", "change_password", "end_session")
# One of them may do whatever any role may, so the edges of each operation are tried once and not by each of the staff.
TRYING_EDGES: Final = frozenset({"traveller", "vendor", "admin", None})
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
ODD: Final = (
    *("", " ", "\x00", "a\x00b", "\u202e\u0000", "\ufffe", "e\u0301" * 20, "\U0001f98a" * 300, "x" * 5_000),
    *("' OR 1=1 --", "../../etc/passwd", "{{7*7}}", "9999-12-31T23:59:59Z", "0000-00-00", "2027-02-30", "P999999999Y"),
)


def asked(api: Json, role: Role | None) -> list[str]:
    """The operations that a role may do; a stranger, those that need no sign-in."""
    return [
        name
        for methods in api["paths"].values()
        for name in (operation["operationId"] for operation in methods.values())
        if name not in LEFT_OUT and (name not in ALLOWED if role is None else role in ALLOWED.get(name, ()))
    ]


def configuration(
    api: Json, role: Role | None, tokens: tuple[str, str], known: dict[str, list[str]], *, cases: int, seed: int
) -> str:
    """schemathesis.toml (JSON's texts and lists are TOML's, too). `tokens` are of who asks, and of who may leave.

    `known` are ids of things that there are, by their names in paths and bodies.
    """
    edges = role in TRYING_EDGES or cases > 2
    dictionaries = {"odd": ODD, **known}
    lines = [
        f"""
        hooks = "tests.integration.schemathesis_hooks"
        seed = {seed}
        continue-on-failure = true
        warnings = false
        [auth]
        auto-signup = false
        [generation]
        max-examples = {cases}
        allow-x00 = true
        no-shrink = true
        database = "none"
        [generation.dictionaries]
        string = {{ dictionary = "odd", probability = 0.2 }}
        [phases.coverage]
        enabled = {_text(edges)}
        unexpected-methods = []
        [phases.stateful]
        max-steps = 8
        [phases.stateful.generation]
        max-examples = {cases * 6}
        [checks]
        enabled = false
        """,
        *(f"[checks.{check}]\nenabled = true" for check in CHECKS),
        "[dictionaries]",
        *(f"{name} = {{ values = {_text(values)} }}" for name, values in dictionaries.items()),
        "[parameters]",
        *(
            f'"{place}.{name}" = {{ dictionary = "{name}", probability = 0.8 }}'
            for place in ("path", "query", "body")
            for name in known
        ),
        f"[[operations]]\ninclude-operation-id = {_text(_not_asked(api, role))}\nenabled = false",
        # Rightly red where no workers run.
        '[[operations]]\ninclude-operation-id = "readyz"\n[operations.checks.not_a_server_error]',
        'expected-statuses = ["2xx", 503]',
    ]
    if role is not None:
        lines += [f"[headers]\nAuthorization = {_text('Bearer ' + tokens[0])}"]
        lines += [f"[[operations]]\ninclude-operation-id = {_text(LEAVING)}"]
        lines += [f"[operations.headers]\nAuthorization = {_text('Bearer ' + tokens[1])}"]
    return "\n".join(lines) + "\n"


def _not_asked(api: Json, role: Role | None) -> list[str]:
    mine = set(asked(api, role))
    every = [operation["operationId"] for methods in api["paths"].values() for operation in methods.values()]
    return [name for name in every if name not in mine]


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
