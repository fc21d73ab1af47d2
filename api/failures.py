"""From whatever was raised to the problem a client reads."""

from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.problems import problem_body, problem_response, refusal_response
from api.refusals import BadJson, FieldError, NotKnown, TooManyWaiting, Unavailable, ValidationFailed
from api.statuses import FRAMEWORK
from api.trace import trace_of
from commands.append import OutcomeUnknown, Overloaded
from domain.refusal import Refusal

ERRORS_MAX = 20
NAME_MAX = 100


def install(app: FastAPI) -> None:
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(psycopg.OperationalError, _unavailable)
    app.add_exception_handler(PoolTimeout, _unavailable)
    app.add_exception_handler(Overloaded, _overloaded)
    app.add_exception_handler(OutcomeUnknown, _unknown)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return refusal_response(error, trace_of(request).correlation_id)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(e["type"] == "json_invalid" for e in found):
        return await _refused(request, BadJson())
    return await _refused(request, ValidationFailed(*(_field_error(e) for e in found[:ERRORS_MAX])))


def _field_error(error: Any) -> FieldError:
    """The path without the place it is in; names that a client invented may be long or unprintable."""
    path = ".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0])
    clean = path.encode("ascii", "replace").decode()[:NAME_MAX]
    message = str(error["msg"]).removeprefix("Value error, ")
    return FieldError(clean, message.encode("ascii", "replace").decode())


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    code = FRAMEWORK.get(error.status_code, phrase.lower().replace(" ", "_"))
    detail = BadJson().detail if code == BadJson.code else f"{phrase}."
    body = problem_body(error.status_code, code, phrase, detail, trace_of(request).correlation_id)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # The framework names the methods of one of the routes on this path only.
        headers["Allow"] = ", ".join(sorted(request.app.state.routes.methods(request.url.path)))
    return problem_response(error.status_code, body, headers)


async def _unavailable(request: Request, _: Exception) -> Response:
    return await _refused(request, Unavailable())


async def _overloaded(request: Request, _: Exception) -> Response:
    return await _refused(request, TooManyWaiting())


async def _unknown(request: Request, _: Exception) -> Response:
    return await _refused(request, NotKnown())
