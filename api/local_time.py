"""The time zone in which a listing's local times are read."""

from uuid import UUID

from api.edge import Edge
from domain.listing import Listing
from domain.refusal import NotFound
from domain.root import replay


async def listing_in_log(edge: Edge, listing_id: UUID) -> Listing:
    """From the log, so that a listing made a moment ago is there. Raises NotFound."""
    streams = await edge.house.log.read((listing_id,))
    found = replay(streams.events[listing_id])
    if not isinstance(found, Listing):
        raise NotFound
    return found


async def zone_of_listing(edge: Edge, listing_id: UUID) -> str:
    """Raises NotFound."""
    return (await listing_in_log(edge, listing_id)).time_zone
