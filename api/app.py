"""The HTTP application, built when asked for: nothing exists at import."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI

from api import failures
from api.body_limit import BodyLimit
from api.description import Described
from api.docs_page import router as docs
from api.edge import Edge, Slowly
from api.logs import logger
from api.metrics import Metrics
from api.observed import Observed
from api.problems import errors
from api.roles import ALLOWED
from api.route_table import RouteTable
from api.routes import (
    admin,
    audit,
    auth,
    bookings,
    cancellation,
    finance,
    health,
    history,
    journal,
    listings,
    openings,
    payments,
    payouts,
    sandbox_clock,
    sessions,
    statement,
    users,
    vendors,
    webhooks,
)
from api.webhook_secrets import WebhookSecrets
from infrastructure.container import container
from infrastructure.sessions import Sessions
from infrastructure.settings import Settings, load_settings
from infrastructure.tokens import Tokens

BASE: Final = "/api/v1"
ROUTES: Final = (
    auth,
    sessions,
    users,
    listings,
    openings,
    bookings,
    history,
    cancellation,
    payments,
    webhooks,
    vendors,
    statement,
    payouts,
    finance,
    journal,
    admin,
    audit,
)


def create_app(settings: Settings) -> FastAPI:
    log, metrics = logger(settings.log_level), Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with container(settings, name="api") as house:
            app.state.edge = Edge(
                house=house,
                sessions=Sessions(house.reads),
                tokens=Tokens(settings),
                slowly=Slowly(),
                webhook_secrets=WebhookSecrets(settings, house.reads),
                metrics=metrics,
                log=log,
            )
            yield

    app = Described(
        title="Travellr",
        description="The booking ledger behind a travel marketplace.",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        responses=errors(400, 413, 422, 500),
    )
    table = app.state.routes = RouteTable()
    areas = (*ROUTES, sandbox_clock) if settings.sandbox else ROUTES
    for prefix, router in (*((BASE, area.router) for area in areas), ("", health.router), ("", docs)):
        app.include_router(router, prefix=prefix)
        table.add(prefix, router)
    assert table.secured == set(ALLOWED), table.secured ^ set(ALLOWED)
    failures.install(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Observed, routes=table, log=log, metrics=metrics)
    return app


def app_of_environment() -> Any:
    """For uvicorn, which builds the application in every one of its processes."""
    return create_app(load_settings())
