"""Errors as RFC 9457 problem details."""

import json
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel, Field
from starlette.responses import Response

from api.refusals import FieldError, TooManyRequests, ValidationFailed
from api.statuses import status_of
from domain.account import OpenMatter, StillOpen
from domain.refusal import Refusal

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 1


class FieldProblem(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """An error, as RFC 9457 has it. `code` is for programs and never changes."""

    type: str = Field(examples=["urn:travellr:problem:sold_out"])
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] = Field(default_factory=list)
    correlation_id: str


def problem_body(
    status: int,
    code: str,
    title: str,
    detail: str,
    correlation_id: str,
    errors: tuple[FieldError | OpenMatter, ...] = (),
) -> bytes:
    content: dict[str, Any] = {
        "type": f"urn:travellr:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [{"field": error.field, "message": error.message} for error in errors],
        "correlation_id": correlation_id,
    }
    return json.dumps(content).encode()


def refusal_body(refusal: Refusal, correlation_id: str) -> bytes:
    title = (type(refusal).__doc__ or refusal.code).strip().splitlines()[0]
    errors = refusal.errors if isinstance(refusal, ValidationFailed | StillOpen) else ()
    return problem_body(status_of(refusal), refusal.code, title, refusal.detail, correlation_id, errors)


def problem_response(status: int, body: bytes, headers: dict[str, str] | None = None) -> Response:
    extra = dict(headers or {})
    if status == HTTPStatus.UNAUTHORIZED:
        extra.setdefault("WWW-Authenticate", 'Bearer realm="travellr"')
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        extra.setdefault("Retry-After", str(RETRY_AFTER_S))
    return Response(body, status, extra, MEDIA_TYPE)


def refusal_response(refusal: Refusal, correlation_id: str) -> Response:
    headers = {"Retry-After": str(refusal.retry_after_s)} if isinstance(refusal, TooManyRequests) else None
    return problem_response(status_of(refusal), refusal_body(refusal, correlation_id), headers)


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of an operation, for OpenAPI. Those that every operation has are added in app.py."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
