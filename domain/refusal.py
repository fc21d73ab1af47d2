"""A refusal: a named "no" to a request. Its docstring is the sentence a person reads; its code is for programs."""

import re
from typing import Any, ClassVar


class Refusal(Exception):  # noqa: N818 - "refusal" is the glossary's word
    """The request was refused."""

    code: ClassVar[str] = "refused"

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, detail: str | None = None, **facts: Any) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip()
        self.facts = facts
        super().__init__(self.detail)


class NotFound(Refusal):
    """There is no such thing, or it is not yours."""


class NotAllowed(Refusal):
    """Your role may not do this."""


class VersionMismatch(Refusal):
    """It has changed since you read it; read it again."""


class WrongState(Refusal):
    """That is not possible in its present state."""


class UnsupportedCurrency(Refusal):
    """This currency is not supported."""


class InvalidTerms(Refusal):
    """These cancellation terms contradict themselves."""
