"""The ASGI application: the store, the two background loops and all routes, put together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import accounts, bank_accounts
from sandbox.control import Control
from sandbox.delivery import Deliveries
from sandbox.documents import PLATFORM
from sandbox.errors import invalid
from sandbox.faults import Faults
from sandbox.gateway import Gateway
from sandbox.operations import Operation
from sandbox.pages import Pages
from sandbox.routes import operations
from sandbox.store import Store
from sandbox.timers import Timers
from sandbox.world import Call, Clock, Settings, World


def build(folder: Path, settings: Settings) -> Starlette:
    store = Store(folder)
    faults = Faults(store)
    bells: list[Callable[[], None]] = []

    def wake() -> None:
        for ring in bells:
            ring()

    world = World(store, Clock(store), settings, faults, wake)
    _open_platform(world)
    gateway = Gateway(world, faults)

    @asynccontextmanager
    async def background(_app: Starlette) -> AsyncIterator[None]:
        timers, deliveries = Timers(world), Deliveries(world, faults)
        bells.extend([timers.changed.set, deliveries.changed.set])
        tasks = [asyncio.create_task(timers.run()), asyncio.create_task(deliveries.run())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        store.close()

    return Starlette(
        routes=[
            *(Route(item.path, _endpoint(gateway, item), methods=[item.method]) for item in operations()),
            *Control(world).routes(),
            *Pages(world).routes(),
        ],
        exception_handlers={404: _unknown_url, 405: _unknown_url},
        lifespan=background,
    )


def _endpoint(gateway: Gateway, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await gateway.handle(operation, request)

    return endpoint


async def _unknown_url(request: Request, _error: Exception) -> Response:
    refusal = invalid(
        f"Unrecognized request URL ({request.method}: {request.url.path}). Please see https://stripe.com/docs or we "
        "can help at https://support.stripe.com/. The sandbox has only a part of Stripe's endpoints.",
    )
    return JSONResponse({"error": refusal.error}, 404)


def _open_platform(world: World) -> None:
    """The platform's own account, with a bank account for its payouts, on the first start."""
    call = Call(world)
    if world.store.get("account", PLATFORM, PLATFORM) is not None:
        return
    with world.store.transaction():
        account = accounts.blank(call, PLATFORM, "US", "standard")
        world.store.add(PLATFORM, account)
        bank_accounts.add(call, account, bank_accounts.default_details("US", "usd"))
        accounts.show_readiness(account, ready=True)
        world.store.put(account)
