"""What may go wrong between us and whoever carries a message; none of it repeats an address or a number."""


class ProviderAway(Exception):  # noqa: N818 -- somebody else's outage
    """It cannot be reached, asks for patience, or does not know us: the message waits."""


class MessageRefused(Exception):  # noqa: N818 -- sending it again would not help
    """It will not carry this message: a person must look."""


class AddressDead(Exception):  # noqa: N818 -- not an error: people move
    """Nothing can be sent there any more, or nothing of ours is wanted there."""
