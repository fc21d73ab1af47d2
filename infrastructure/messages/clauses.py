"""The clause of the terms that decided a refund, in a person's language: the log has it in English words."""

from collections.abc import Iterable
from typing import Final

from domain.duration import parse_duration
from domain.money import BASIS_POINTS
from domain.terms import Deadline, FrozenTerms
from domain.terms_in_words import no_show_clause
from infrastructure.messages.speech import Speech

_NAMES: Final = {
    "flexible": "Flexibel",
    "moderate": "Moderat",
    "strict": "Streng",
    "non_refundable": "Nicht erstattbar",
}
_AT_FAULT: Final = {
    "Cancelled by the vendor: full refund.": "Vom Anbieter storniert: volle Erstattung.",
    "Cancelled by the platform: full refund.": "Von uns storniert: volle Erstattung.",
}


def clause_in(say: Speech, clause: str, terms: Iterable[FrozenTerms], currency: str) -> str:
    """The same clause in the language of `say`; as it stands in the log if none of these terms has it."""
    if say.language == "en":
        return clause
    said = _AT_FAULT.get(clause)
    for known in terms:
        said = said or _in_german(say, clause, known, currency)
    return said or clause


def _in_german(say: Speech, clause: str, terms: FrozenTerms, currency: str) -> str | None:
    if clause == no_show_clause(terms.no_show_bp):
        return f"Nicht erschienen: {_share(say, terms.no_show_bp, 0, currency)}."
    if clause == terms.lapsed:
        return f"{_name(terms)}: keine Erstattung{_missed(say, terms)}."
    if terms.grace and clause == terms.grace.clause:
        until = say.instant(terms.grace.until, terms.time_zone)
        return f"{_name(terms)}: volle Erstattung bei Stornierung kurz nach der Buchung (bis {until})."
    tier = next((tier for tier in terms.deadlines if clause == tier.clause), None)
    return _tier(say, terms, tier, currency) if tier else None


def _tier(say: Speech, terms: FrozenTerms, tier: Deadline, currency: str) -> str:
    if not tier.refund_bp:
        return f"{_name(terms)}: keine Erstattung{_missed(say, terms)}."
    share = _share(say, tier.refund_bp, terms.fee_minor, currency)
    return f"{_name(terms)}: {share} bis {_when(say, tier, terms.time_zone)}."


def _missed(say: Speech, terms: FrozenTerms) -> str:
    """The last deadline until which anything came back."""
    paying = [tier for tier in terms.deadlines if tier.refund_bp]
    return f" später als {_when(say, paying[-1], terms.time_zone)}" if paying else ""


def _when(say: Speech, tier: Deadline, time_zone: str) -> str:
    duration = parse_duration(tier.before)
    before = f"{say.duration(duration)} vor Beginn" if duration.total_seconds else "zum Beginn"
    return f"{before} ({say.instant(tier.until, time_zone)})"


def _share(say: Speech, refund_bp: int, fee_minor: int, currency: str) -> str:
    if not refund_bp:
        return "keine Erstattung"
    percent = f"{refund_bp / 100:g}".replace(".", ",")
    share = "volle Erstattung" if refund_bp == BASIS_POINTS else f"{percent} % Erstattung"
    return f"{share} abzüglich einer Gebühr von {say.money(fee_minor, currency)}" if fee_minor else share


def _name(terms: FrozenTerms) -> str:
    return _NAMES.get(terms.name, terms.name)
