"""The two kinds of process of this package: `followers`, and `worker`."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

import dramatiq
import psycopg
import structlog

from domain.refusal import Refusal
from infrastructure.blocking import LoopThread
from infrastructure.collector import calm
from infrastructure.container import container
from infrastructure.database import pool
from infrastructure.erasures import replay_erasures
from infrastructure.plain_logs import log_plainly
from infrastructure.settings import Settings
from infrastructure.settings_error import SettingsError
from infrastructure.stripe_gateway import StripeGateway
from projections.catalogue import PROJECTIONS
from projections.change import Change, Once
from workers.actors import ACTORS
from workers.board import RENEW_S, Board, Rung
from workers.doorbell import QUEUE, SLOW_QUEUE, Doorbell
from workers.follower import Followed, FollowerThread
from workers.hands import Hands
from workers.listener import listen
from workers.missed_news import fetch_missed_news
from workers.perform import perform
from workers.react import REACT
from workers.schedule import Schedule
from workers.seal import SealThread
from workers.webhook_fan_out import WEBHOOKS_OUT, rung, write
from workers.webhooks import register_webhooks

HEARTBEAT_S: Final = 3.0
SWEEP_S: Final = 1.0
SWEEP_MAX: Final = 200
# Threads of a worker that wait for other people's servers.
SLOW_THREADS: Final = 16

log = structlog.get_logger()


@contextmanager
def equipped(settings: Settings, name: str) -> Iterator[tuple[Hands, Board, Doorbell]]:
    """What both processes work with, built once and taken down in the reverse order."""
    if settings.database_url is None or settings.redis_url is None or settings.stripe_api_key is None:
        raise SettingsError("TRAVELLR_DATABASE_URL, TRAVELLR_REDIS_URL and TRAVELLR_STRIPE_API_KEY must be set.")
    log_plainly()
    with ExitStack() as stack:
        loop = LoopThread()
        stack.callback(loop.close)
        built = container(settings, name=name)
        shared = loop.run(built.__aenter__())
        stack.callback(lambda: loop.run(built.__aexit__(None, None, None)))
        tasks = stack.enter_context(pool(settings.database_url, name=name, most=settings.worker_threads + 8))
        key = settings.stripe_api_key.get_secret_value()
        gateway = StripeGateway(
            key,
            settings.stripe_api_base,
            processes=settings.worker_processes,
            per_second=settings.stripe_per_second,
        )
        hands = Hands(shared, loop, gateway, tasks, f"http://{settings.host}:{settings.port}/paid")
        board = Board(tasks)
        doorbell = Doorbell(settings.redis_url, ACTORS, lambda task_id: perform(task_id, board, hands))
        yield hands, board, doorbell


def run_followers(settings: Settings) -> None:
    """Projections, reactions, the sweeper and the schedule, until told to stop."""
    stop = _stop_on_signals()
    with equipped(settings, "followers") as (hands, board, doorbell):
        url = settings.database_url
        assert url is not None

        def ring(changes: Sequence[Change]) -> None:
            doorbell.ring(Rung(c.key["task_id"], c.values["kind"]) for c in changes if isinstance(c, Once))

        followed = [Followed(p) for p in PROJECTIONS.values()]
        followed.append(Followed(REACT, schema="board", committed=ring))
        followed.append(Followed(WEBHOOKS_OUT, write=write, committed=lambda made: doorbell.ring(rung(made))))
        followers = [FollowerThread(url, f, stop) for f in followed]
        seal = SealThread(url, settings, stop)
        threads: list[threading.Thread] = [
            *followers,
            seal,
            threading.Thread(target=listen, args=(url, followers, stop), name="listen", daemon=True),
            threading.Thread(target=register_webhooks, args=(settings, hands, stop), name="webhooks", daemon=True),
            threading.Thread(target=_fetch_news, args=(settings, hands, stop), name="missed-news", daemon=True),
            threading.Thread(target=_sweep, args=(board, doorbell, stop), name="sweep", daemon=True),
            Schedule(url, hands, settings.platform_time_zone, stop),
        ]
        _quietly("erasures", lambda: _forget_again(hands))
        calm()
        for thread in threads:
            thread.start()
        # A follower's thread that died would leave a process that lives and stands still: end, and be started again.
        _beat(hands, "followers", stop, lambda: all(thread.is_alive() for thread in (*followers, seal)))
        stop.set()
        for thread in threads:
            thread.join(timeout=10)


def run_worker(settings: Settings) -> None:
    """Actors, until told to stop; a task that is being done is finished first."""
    stop = _stop_on_signals()
    with equipped(settings, "worker") as (hands, board, doorbell):
        threading.Thread(target=_renew, args=(board, stop), name="renew", daemon=True).start()
        workers = [
            dramatiq.Worker(doorbell.broker, queues={QUEUE}, worker_threads=settings.worker_threads),
            dramatiq.Worker(doorbell.broker, queues={SLOW_QUEUE}, worker_threads=SLOW_THREADS),
        ]
        for worker in workers:
            worker.start()
        # A consumer that died would leave a worker that lives and does nothing: end, and be started again.
        _beat(hands, "worker", stop, lambda: all(c.is_alive() for worker in workers for c in worker.consumers.values()))
        for worker in workers:
            worker.stop(timeout=10_000)


def _fetch_news(settings: Settings, hands: Hands, stop: threading.Event) -> None:
    fetch_missed_news(hands, live=settings.stripe_mode == "live", stop=stop)


def _forget_again(hands: Hands) -> None:
    """Before anything else is done with a database that may have been restored from a back-up."""
    with hands.pool.connection() as connection:
        for erasure in replay_erasures(hands.container, hands.loop, connection):
            log.warning("erased_again", account_id=str(erasure.account_id))


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _sweep(board: Board, doorbell: Doorbell, stop: threading.Event) -> None:
    """Ring again for whatever is due: what Redis lost, what was put off, what a crashed worker left."""
    while not stop.wait(SWEEP_S):
        _quietly("sweep", lambda: sweep(board, doorbell))


def sweep(board: Board, doorbell: Doorbell) -> None:
    """Ring for what is due, unless nobody answers: while no worker lives, rings must not fill the queue."""
    for queue in (QUEUE, SLOW_QUEUE):
        if doorbell.unheard(queue) < SWEEP_MAX:
            doorbell.ring(board.due(SWEEP_MAX, doorbell.kinds(queue)))


def _renew(board: Board, stop: threading.Event) -> None:
    """Keep the leases of tasks that take long; a killed worker's run out within seconds."""
    while not stop.wait(RENEW_S):
        _quietly("renew", board.renew)


def _beat(hands: Hands, name: str, stop: threading.Event, alive: Callable[[], bool] = lambda: True) -> None:
    """Say that this process lives, until it is told to stop or does not live any more."""
    process = f"{name}@{socket.gethostname()}:{os.getpid()}"

    def beat() -> None:
        with hands.pool.connection() as connection:
            connection.execute(
                "INSERT INTO ops.heartbeat (process) VALUES (%s) ON CONFLICT (process)"
                " DO UPDATE SET seen_at = clock_timestamp()",
                (process,),
            )
            connection.execute("DELETE FROM ops.heartbeat WHERE seen_at < clock_timestamp() - interval '1 hour'")

    _quietly("heartbeat", beat)
    while alive() and not stop.wait(HEARTBEAT_S):
        _quietly("heartbeat", beat)


def _quietly(what: str, act: Callable[[], None]) -> None:
    """A loop outlives a database that is away for a while."""
    try:
        act()
    except (psycopg.Error, Refusal) as error:
        log.warning("not_now", what=what, error=str(error))
