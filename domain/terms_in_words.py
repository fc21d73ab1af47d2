"""Cancellation terms in plain words, with every deadline as the local time that a traveller reads on a clock."""

from collections.abc import Sequence
from datetime import datetime

from domain.duration import parse_duration
from domain.words import said_amount, said_duration, said_instant

Said = tuple[str, int, datetime]
"""A tier as it is said: how long before the start, basis points back, until when."""


def grace_clause(name: str, within: str, until: datetime, time_zone: str) -> str:
    """As "Moderate: full refund within 24 hours of booking (until Sat 6 June 2026, 09:00 Europe/Berlin)."."""
    duration = said_duration(parse_duration(within))
    return f"{_title(name)}: full refund within {duration} of booking (until {said_instant(until, time_zone)})."


def tier_clauses(
    name: str, tiers: Sequence[Said], fee_minor: int, time_zone: str, currency: str
) -> tuple[list[str], str]:
    """A sentence for each tier, and the one that holds when the last deadline has passed.

    A tier is said with its own deadline; one that gives nothing back with the deadline that was missed.
    """
    clauses = []
    missed = ""
    for before, refund_bp, until in tiers:
        when = f"{_distance(before)} ({said_instant(until, time_zone)})"
        if refund_bp:
            clauses.append(f"{_title(name)}: {_share(refund_bp, fee_minor, currency)} until {when}.")
            missed = f" later than {when}"
        else:
            clauses.append(f"{_title(name)}: no refund{missed}.")
    return clauses, f"{_title(name)}: no refund{missed}."


def no_show_clause(no_show_bp: int) -> str:
    return f"Not shown up: {_share(no_show_bp, 0, '') if no_show_bp else 'no refund'}."


def _title(name: str) -> str:
    return name[:1].upper() + name[1:].replace("_", "-")


def _distance(before: str) -> str:
    duration = parse_duration(before)
    return f"{said_duration(duration)} before the start" if duration.total_seconds else "the start"


def _share(refund_bp: int, fee_minor: int, currency: str) -> str:
    share = "full refund" if refund_bp == 10_000 else f"{refund_bp / 100:g} % refund"
    return f"{share}, less a fee of {said_amount(fee_minor, currency)}," if fee_minor else share
