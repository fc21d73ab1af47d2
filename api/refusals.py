"""What the door itself refuses, before any rule of the domain is asked."""

from dataclasses import dataclass

from domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that cannot be accepted. `field` is its path; what was sent is never repeated."""

    field: str
    message: str


class ValidationFailed(Refusal):
    """Some fields cannot be accepted."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(None)
        self.errors = errors


class BadJson(Refusal):
    """The body is not valid JSON."""


class BodyTooLarge(Refusal):
    """The body is larger than 1 MiB."""


class HeadersTooLarge(Refusal):
    """The headers are larger than 32 KiB."""


class Unauthenticated(Refusal):
    """Sign in first: the access token is missing, expired or revoked."""


class WrongCredentials(Refusal):
    """E-mail address or password is wrong."""


class AccountSuspended(Refusal):
    """This account is suspended; ask the platform why."""


class SecondFactorNeeded(Refusal):
    """Give a one-time code, too: `code` of your authenticator app, or one of your recovery codes."""


class WrongCode(Refusal):
    """This code is wrong, too old, or was used before."""


class WrongPassword(Refusal):
    """The present password is another one."""


class LinkNotGood(Refusal):
    """This link is not good any more; ask for a new one."""


class TooManyRequests(Refusal):
    """Too many tries; wait before the next one."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(None)
        self.retry_after_s = retry_after_s


class TooManyStreams(TooManyRequests):
    """You have too many streams open; close another one first."""


class TooManyEndpoints(Refusal):
    """You have ten webhook endpoints already; remove one first."""


class TooManyReplays(Refusal):
    """Too many replays are under way or kept; wait until one is over."""


class SessionOver(Refusal):
    """This refresh token is not good any more; sign in again."""


class PreviewNotOurs(Refusal):
    """This preview token was not made for this booking."""


class BadSignature(Refusal):
    """The webhook is not signed by Stripe, or too old."""


class BadWebhook(Refusal):
    """The body is not an event of Stripe."""


class WrongMode(Refusal):
    """The webhook is of the other mode: live and test money never mix."""


class NotCaughtUp(Refusal):
    """This read model has not got to that position yet; try again."""


class ClockStillMoving(Refusal):
    """The clock is on its way there; what falls due is being done first."""


class ClockMovesForward(Refusal):
    """The clock moves forward only."""


class Unavailable(Refusal):
    """The database cannot be reached right now; try again."""


class TooManyWaiting(Refusal):
    """More requests wait than can be remembered; nothing was done, try again in a moment."""


class NotKnown(Refusal):
    """It is not known whether this was done; ask again with the same Idempotency-Key and you will be told."""


class Unexpected(Refusal):
    """Something went wrong on our side; it has been recorded under this correlation id."""
