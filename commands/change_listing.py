"""Publish, pause, resume or close a listing."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from commands.access import my_listing
from commands.work import Work
from domain.listing import Listing


@dataclass(frozen=True, slots=True)
class ChangeListing:
    listing_id: UUID
    to: Literal["publish", "pause", "resume", "close"]
    if_version: int | None = None


async def change_listing(command: ChangeListing, work: Work) -> Listing:
    listing = await my_listing(work, command.listing_id, command.if_version)
    now = await work.now()
    match command.to:
        case "publish":
            listing.publish(now=now)
        case "pause":
            listing.pause(now=now)
        case "resume":
            listing.resume(now=now)
        case "close":
            listing.close(now=now)
    return listing
