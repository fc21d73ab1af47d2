"""Whose events are where: the positions behind every account, request and cause. Ids only, no facts."""

from collections.abc import Iterator
from uuid import UUID

from domain.ids import request_key
from projections.change import Change, Once, Projection, Stored


def project(stored: Stored, position: int) -> Iterator[Change]:
    names: dict[UUID, None] = {}
    for request in (stored.correlation_id, stored.causation_id):
        if request is not None:
            names[request_key(request)] = None
    if stored.by.account_id is not None:
        names[stored.by.account_id] = None
    for name in names:
        yield Once("trail", {"name": name, "position": position}, {})


TRAIL = Projection("trail", (), lambda _event, _position: iter(()), ("trail",), by_metadata=project)
