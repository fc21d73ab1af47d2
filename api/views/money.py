"""Money as answers write it."""

from pydantic import BaseModel, Field


class MoneyView(BaseModel):
    amount: int = Field(description="Minor units.", examples=[12550])
    currency: str = Field(description="ISO 4217", examples=["EUR"])


def money(amount_minor: int, currency: str) -> MoneyView:
    return MoneyView(amount=amount_minor, currency=currency)
