"""What a letter is. Letters are written at the moment of sending and kept nowhere in clear."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Letter:
    """The same words as text and as HTML; `short` is the first paragraph. Nothing of it may be written to a log."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    short: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Links:
    """`secret` is the link of a letter that proves who reads it; `unsubscribe` is there if that may be done."""

    secret: str | None = field(default=None, repr=False)
    unsubscribe: str | None = field(default=None, repr=False)
