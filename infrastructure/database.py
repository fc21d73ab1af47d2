"""Connections to PostgreSQL: every one takes the restricted role, says who it is, and never waits for ever."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

from psycopg import AsyncConnection, Connection, OperationalError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolTimeout

from infrastructure.pg_arrays import know_arrays

# A plan made while a table was empty would scan it for ever (research, "plan prepared while the table is empty").
_OPTIONS = (
    "-c role=travellr_app -c statement_timeout=15000 -c lock_timeout=5000"
    " -c idle_in_transaction_session_timeout=30000 -c plan_cache_mode=force_custom_plan -c timezone=UTC"
)
# For a connection that only looks things up by their keys, and often: planning would take longer than the answer. One
# plan serves for good, whatever the tables held when it was made.
KEPT_PLANS = (
    "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
)
# For what is derived from the log: after a crash the last of it may be missing, checkpoint and rows alike, and is done
# again. Whoever makes more of it durable (a worker who leases a task) makes it durable too: WAL is written in order.
DERIVED = f"{KEPT_PLANS} -c synchronous_commit=off"
CONNECT_TIMEOUT_S = 5
POOL_WAIT_S = 3.0


def conninfo(url: str, *, name: str, options: str = "") -> str:
    """`url` with the role, the timeouts and the application name that our connections have; `options` go last."""
    given = str(conninfo_to_dict(url).get("options") or "")
    return make_conninfo(
        url,
        options=f"{given} {_OPTIONS} {options}".strip(),
        application_name=f"travellr-{name}",
        connect_timeout=CONNECT_TIMEOUT_S,
    )


def async_pool(url: str, *, name: str, most: int, options: str = "") -> AsyncConnectionPool[AsyncConnection[TupleRow]]:
    """A closed pool; open it in the event loop that uses it."""
    kwargs: dict[str, Any] = {"autocommit": True}
    return AsyncConnectionPool(
        conninfo(url, name=name, options=options),
        kwargs=kwargs,
        min_size=1,
        max_size=most,
        timeout=POOL_WAIT_S,
        open=False,
        name=name,
        configure=_configure,
    )


async def _configure(connection: AsyncConnection[TupleRow]) -> None:
    know_arrays(connection)


async def fetch(
    source: AsyncConnectionPool[AsyncConnection[TupleRow]],
    query: LiteralString,
    parameters: Sequence[Any] | Mapping[str, Any],
) -> list[TupleRow]:
    """The rows of a question. Asked once more if the first connection had died while it was idle in the pool."""
    for last in (False, True):
        try:
            async with source.connection() as connection:
                cursor = await connection.execute(query, parameters, binary=True)
                return await cursor.fetchall()
        except PoolTimeout:
            raise
        except OperationalError:
            if last:
                raise
    raise AssertionError


async def async_connect(url: str, *, name: str) -> AsyncConnection[TupleRow]:
    connection = await AsyncConnection.connect(conninfo(url, name=name), autocommit=True)
    know_arrays(connection)
    return connection


def pool(url: str, *, name: str, most: int) -> ConnectionPool[Connection[TupleRow]]:
    kwargs: dict[str, Any] = {"autocommit": True}
    return ConnectionPool(
        conninfo(url, name=name), kwargs=kwargs, min_size=1, max_size=most, timeout=POOL_WAIT_S, open=False, name=name
    )


def connect(url: str, *, name: str, options: str = "") -> Connection[TupleRow]:
    return Connection.connect(conninfo(url, name=name, options=options), autocommit=True)
