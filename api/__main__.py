"""`python -m api`: serve HTTP until asked to stop."""

from typing import Final

import uvicorn

from api.app import app_of_environment
from api.patience import IDLE_S, PatientProtocol, connections_max
from infrastructure.lifeline import watch
from infrastructure.process_start import checked_settings, ending_in_words
from infrastructure.settings import Settings

SHUTDOWN_S: Final = 10


def main() -> None:
    watch()
    with ending_in_words():
        settings = checked_settings()
    _serve(settings)


def _serve(settings: Settings) -> None:
    uvicorn.run(
        f"{app_of_environment.__module__}:{app_of_environment.__name__}",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.api_processes,
        loop="uvloop",
        http=PatientProtocol,
        timeout_keep_alive=IDLE_S,
        limit_concurrency=connections_max(),
        ws="none",
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=SHUTDOWN_S,
        log_level=settings.log_level,
    )


if __name__ == "__main__":
    main()
