"""What a person wants to be told, by which channel, and when not: nothing here says who the person is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from domain.refusal import Refusal

Group = Literal["security", "bookings", "payments", "reminders", "sales", "payouts"]
Channel = Literal["email", "sms", "push"]
GROUPS: Final[tuple[Group, ...]] = get_args(Group)
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)

# A text message costs money and a phone rings: it is sent to who has asked for it. Nobody has a push subscription
# without having asked.
BY_DEFAULT: Final[Mapping[Channel, bool]] = {"email": True, "sms": False, "push": True}
# What protects an account, or what the law wants on a durable medium, arrives by e-mail whatever anybody prefers:
# Directive 2011/83/EU, article 8 (7), for contracts; the payouts are a vendor's accounts.
ALWAYS: Final[frozenset[tuple[Group, Channel]]] = frozenset(
    {("security", "email"), ("bookings", "email"), ("payouts", "email")}
)


class CannotSwitchOff(Refusal):
    """These messages are needed, for safety or by law, and cannot be switched off."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local times as "22:00"; past midnight if they end before they start."""

    starts: str
    ends: str
    time_zone: str

    def until(self, now: datetime) -> datetime | None:
        """When the quiet ends in which `now` lies (UTC), or None outside of it. The end itself is not quiet."""
        zone = ZoneInfo(self.time_zone)
        local = now.astimezone(zone)
        starts, ends, at = time.fromisoformat(self.starts), time.fromisoformat(self.ends), local.time()
        if starts == ends:
            return None
        quiet = starts <= at < ends if starts < ends else at >= starts or at < ends
        if not quiet:
            return None
        day = local.date() + timedelta(days=1) if starts > ends and at >= starts else local.date()
        return datetime.combine(day, ends, zone).astimezone(UTC)


def checked(chosen: Mapping[str, bool]) -> dict[str, bool]:
    """Choices as "group.channel". Raises CannotSwitchOff; an unknown name is a programmer's error."""
    for name, wanted in chosen.items():
        group, _, channel = name.partition(".")
        assert group in GROUPS, name
        assert channel in CHANNELS, name
        if not wanted and (group, channel) in ALWAYS:
            raise CannotSwitchOff
    return dict(chosen)


def is_wanted(chosen: Mapping[str, bool], group: Group, channel: Channel) -> bool:
    """Whether messages of this group go out by this channel; what was never chosen is as it is for everybody."""
    return (group, channel) in ALWAYS or chosen.get(f"{group}.{channel}", BY_DEFAULT[channel])
