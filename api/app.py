"""The HTTP application, built when asked for: nothing exists at import."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI

from api import failures
from api.auditing import Auditing
from api.body_limit import BodyLimit
from api.by_id import by_id
from api.description import Described
from api.docs_page import router as docs
from api.edge import Edge, Slowly
from api.exit_signal import told_of_exit
from api.hearing import Hearing
from api.logs import logger
from api.mailed_links import router as mailed_links
from api.metrics import Metrics
from api.observed import Observed
from api.problems import errors
from api.roles import ALLOWED
from api.route_table import RouteTable
from api.routes import (
    adjustments,
    admin,
    analytics,
    audit,
    audit_replays,
    audit_rows,
    audit_streams,
    audit_trace,
    auth,
    booking_stream,
    bookings,
    cancellation,
    closes,
    departure_cancellations,
    disputes,
    explain,
    finance,
    finance_reports,
    health,
    history,
    hosting,
    housekeeping,
    journal,
    listings,
    notifications,
    openings,
    password,
    payment_files,
    payments,
    payout_bank_account,
    payout_control,
    payout_runs,
    payouts,
    people,
    push_subscriptions,
    reconciliation,
    refunds,
    sandbox_clock,
    sandbox_mailbox,
    seal,
    second_factor,
    sessions,
    statement,
    suspense,
    tasks,
    unsubscribe,
    users,
    vendor_ageing,
    vendor_stream,
    vendor_webhooks,
    vendors,
    webhook_deliveries,
    webhooks,
)
from api.watching import Watching
from api.webhook_secrets import WebhookSecrets
from infrastructure.cache.in_memory import MemoryCache
from infrastructure.cache.in_redis import RedisCache
from infrastructure.cache.kept_answers import KeptAnswers
from infrastructure.collector import calm
from infrastructure.container import container
from infrastructure.keyring import Keyring
from infrastructure.limits import Limits
from infrastructure.sessions import Sessions
from infrastructure.settings import Settings, load_settings
from infrastructure.tokens import Tokens
from queries.bookings import bookings_by_id

BASE: Final = "/api/v1"
# What is asked most is found first: every request is compared with one after the other.
ROUTES: Final = (
    bookings,
    auth,
    password,
    second_factor,
    sessions,
    users,
    notifications,
    push_subscriptions,
    unsubscribe,
    listings,
    openings,
    departure_cancellations,
    history,
    booking_stream,
    hosting,
    cancellation,
    payments,
    refunds,
    webhooks,
    vendors,
    vendor_stream,
    vendor_webhooks,
    webhook_deliveries,
    statement,
    explain,
    payouts,
    payout_runs,
    payout_control,
    payout_bank_account,
    payment_files,
    adjustments,
    finance,
    finance_reports,
    vendor_ageing,
    journal,
    closes,
    reconciliation,
    suspense,
    disputes,
    tasks,
    admin,
    housekeeping,
    people,
    analytics,
    audit,
    audit_replays,
    audit_rows,
    audit_streams,
    audit_trace,
    seal,
)


def create_app(settings: Settings) -> FastAPI:
    log, metrics = logger(settings.log_level), Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with container(settings, name="api") as house:
            limits = Limits.of(settings)
            assert settings.database_url is not None
            watching = Watching(settings.database_url, house.reads, log)
            hearing = Hearing(settings.database_url, house.reads, log)
            house.log.told = hearing.told
            cache = RedisCache(settings.redis_url) if settings.redis_url else MemoryCache()
            app.state.edge = Edge(
                house=house,
                sessions=Sessions(house.reads, Keyring.of(settings.secret_key, settings.secret_key_previous)),
                tokens=Tokens(settings),
                slowly=Slowly(),
                limits=limits,
                webhook_secrets=WebhookSecrets(settings, house.reads),
                bookings=by_id(house.reads, "bookings", bookings_by_id),
                watching=watching,
                hearing=hearing,
                answers=KeptAnswers(cache, hearing),
                metrics=metrics,
                log=log,
            )
            with told_of_exit(watching.end_all):
                yield
            await hearing.close()
            await cache.close()
            await limits.counts.close()

    app = Described(
        title="Travellr",
        description="The booking ledger behind a travel marketplace.",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        responses=errors(400, 413, 422, 431, 500, 503),
    )
    table = app.state.routes = RouteTable()
    areas = (*ROUTES, sandbox_clock, sandbox_mailbox) if settings.sandbox else ROUTES
    outside = (health.router, docs, mailed_links)
    for prefix, router in (*((BASE, area.router) for area in areas), *(("", page) for page in outside)):
        app.include_router(router, prefix=prefix)
        table.add(prefix, router)
    assert table.secured == set(ALLOWED), table.secured ^ set(ALLOWED)
    failures.install(app)
    app.add_middleware(Auditing)
    app.add_middleware(BodyLimit)
    app.add_middleware(Observed, routes=table, log=log, metrics=metrics)
    return app


def app_of_environment() -> Any:
    """For uvicorn, which builds the application in every one of its processes."""
    app = create_app(load_settings())
    calm()
    return app
