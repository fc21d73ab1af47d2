"""Redis or Valkey: the doorbell between the log and the workers."""

from collections.abc import Iterator

import redis

from infrastructure.doctor.finding import Finding
from infrastructure.embedded import valkey
from infrastructure.settings import Settings


def examine(settings: Settings) -> Iterator[Finding]:
    url, whose = settings.redis_url, "configured"
    if url is None:
        survivor = valkey.find(settings.home / "valkey")
        if survivor is None:
            yield Finding("queue", "embedded, not running")
            return
        url, whose = survivor.url, "embedded, left running; the next `travellr up` adopts it"
    elif settings.embedded and url.startswith("unix:"):
        whose = "embedded"
    try:
        with redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5, decode_responses=True) as client:
            yield _examined(client, whose)
    except (redis.RedisError, OSError, ValueError) as error:
        yield Finding("queue", whose, f"it cannot be used: {error}")


def _examined(client: redis.Redis, whose: str) -> Finding:
    server, memory = client.info("server"), client.info("memory")
    persistent = bool(client.info("persistence").get("aof_enabled"))
    name = server.get("server_name", "redis")
    version = server.get("valkey_version") or server.get("redis_version")
    policy = memory.get("maxmemory_policy", "unknown")
    problems = [] if persistent else ["appendonly is off: a restart forgets messages, and the sweeper must ring again"]
    if policy != "noeviction":
        problems.append("maxmemory-policy must be noeviction: a full queue forgets messages")
    found = f"{whose}, {name} {version}, appendonly {'on' if persistent else 'off'}, {policy}"
    return Finding("queue", found, "; ".join(problems) or None)
