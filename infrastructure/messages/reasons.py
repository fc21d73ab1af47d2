"""Why a vendor was not paid for a period, as a sentence in a person's language."""

from typing import Final

from infrastructure.messages.speech import Language

_SENTENCES: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "payouts are on hold": "Your payouts are on hold.",
        "below minimum": "What was available is less than the smallest payout.",
        "payout account not ready": "Your payout account is not ready yet.",
        "the payout before is unresolved": "We still wait to hear what became of the payout before.",
    },
    "de": {
        "payouts are on hold": "Ihre Auszahlungen sind angehalten.",
        "below minimum": "Der verfügbare Betrag ist kleiner als die kleinste Auszahlung.",
        "payout account not ready": "Ihr Auszahlungskonto ist noch nicht bereit.",
        "the payout before is unresolved": "Wir warten noch auf Nachricht, was aus der vorigen Auszahlung wurde.",
    },
}


def why_carried(reason: str, language: Language) -> str:
    """The reason as it stands in the log where there is no sentence for it yet."""
    return _SENTENCES[language].get(reason, reason)
