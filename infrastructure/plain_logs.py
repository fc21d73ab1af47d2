"""Logs of followers and workers: what happened and where, never what the variables held."""

import structlog


def log_plainly() -> None:
    """Structlog's own way, but tracebacks without local variables: those hold addresses, secrets and card actions.

    With rich installed, structlog shows them by default.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.StackInfoRenderer(),
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    )
