"""Is it alive, is it ready, what does it count. Outside the base path and without sign-in."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api.edge import TheEdge
from api.readiness import examine
from queries.followers import followers
from queries.positions import head
from queries.seal import last_verification
from queries.stuck_money import stuck_counts
from queries.tasks import task_counts

router = APIRouter(tags=["operation"])


@router.get("/livez", summary="The process answers")
async def livez() -> dict[str, str]:
    return {"status": "alive"}


@router.get("/readyz", summary="Everything it needs is there", responses={503: {"description": "Which check is red"}})
async def readyz(edge: TheEdge) -> Response:
    report: dict[str, Any] = await examine(edge)
    return JSONResponse(report, 200 if report["ready"] else 503)


@router.get(
    "/metrics",
    summary="For Prometheus",
    response_class=PlainTextResponse,
    responses={200: {"description": "What is counted, as text"}},
)
async def metrics(edge: TheEdge) -> Response:
    async with edge.house.reads.connection() as connection:
        newest = await head(connection)
        rows, counts = await followers(connection), await task_counts(connection)
        stuck = await stuck_counts(connection)
        edge.metrics.verified(await last_verification(connection))
    edge.metrics.refused(edge.house.refused.counts)
    text = edge.metrics.render(newest, rows, counts, stuck)
    return Response(text, 200, media_type="text/plain; version=0.0.4; charset=utf-8")
