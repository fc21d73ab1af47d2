"""What this process counts, for Prometheus; a registry of its own for each app, so that nothing is global."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from infrastructure.refused_commands import Counts
from projections.catalogue import FOLLOWERS
from queries.followers import FollowerRow
from queries.seal import Verification
from queries.stuck_money import STUCK_KINDS, StuckCount
from queries.tasks import TaskCount

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class Metrics:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "travellr_http_requests", "Requests answered", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "travellr_http_request_seconds", "Time to answer", ["method", "route"], registry=self._registry
        )
        self._behind_events = Gauge(
            "travellr_follower_lag_events", "Events not applied yet", ["follower"], registry=self._registry
        )
        self._behind_seconds = Gauge(
            "travellr_follower_lag_seconds", "Age of the oldest of them", ["follower"], registry=self._registry
        )
        self._position = Gauge(
            "travellr_follower_position",
            "Position read up to; its rate is events a second",
            ["follower"],
            registry=self._registry,
        )
        self._stopped = Gauge(
            "travellr_follower_stopped",
            "1 if it cannot apply an event, or has never run",
            ["follower"],
            registry=self._registry,
        )
        self._tasks = Gauge("travellr_tasks", "Tasks on the board", ["state", "kind"], registry=self._registry)
        self._stuck = Gauge(
            "travellr_stuck_money",
            "Cases of stuck money, as `travellr money stuck` lists them: above 0 somebody should look",
            ["kind"],
            registry=self._registry,
        )
        self._verify_rate = Gauge(
            "travellr_seal_verify_events_per_second", "Of the last `travellr audit verify`", registry=self._registry
        )
        self._verify_holds = Gauge(
            "travellr_seal_verify_holds", "1 if it found that the log is what was sealed", registry=self._registry
        )
        self._verified_at = Gauge(
            "travellr_seal_verified_timestamp_seconds", "When it ended, since 1970", registry=self._registry
        )
        self._refused = Gauge(
            "travellr_refused_commands",
            "Refused since this process began, by how they came into the log; dropped: not at all",
            ["recorded"],
            registry=self._registry,
        )
        self._head = Gauge(
            "travellr_log_head", "Position of the newest event; its rate is appends a second", registry=self._registry
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(known, route).observe(seconds)

    def refused(self, counts: Counts) -> None:
        """Refused commands of this process, by how they came into the log."""
        for how in ("singly", "together", "dropped"):
            self._refused.labels(how).set(getattr(counts, how))

    def verified(self, last: Verification | None) -> None:
        """The last time that the whole log was compared with its seal."""
        if last is not None:
            self._verify_rate.set(last.position / last.seconds if last.seconds else 0)
            self._verify_holds.set(int(last.holds))
            self._verified_at.set(last.finished_at.timestamp())

    def render(self, head: int, followers: list[FollowerRow], tasks: list[TaskCount], stuck: list[StuckCount]) -> bytes:
        """All of it in Prometheus' text format, with what the database says right now."""
        self._head.set(head)
        for name in FOLLOWERS:
            self._stopped.labels(name).set(1)
            self._behind_events.labels(name).set(head)
        for follower in followers:
            self._position.labels(follower.name).set(follower.position)
            self._behind_events.labels(follower.name).set(head - follower.position)
            self._behind_seconds.labels(follower.name).set(follower.lag_seconds)
            self._stopped.labels(follower.name).set(int(follower.error is not None))
        self._tasks.clear()
        for count in tasks:
            self._tasks.labels(count.state, count.kind).set(count.tasks)
        for kind in STUCK_KINDS:
            self._stuck.labels(kind).set(0)
        for case in stuck:
            self._stuck.labels(case.kind).set(case.cases)
        return generate_latest(self._registry)
