"""A payment file as an answer: SEPA pain.001, streamed."""

from typing import Any, Final
from uuid import UUID

from starlette.responses import Response, StreamingResponse

from infrastructure.container import Container
from infrastructure.payment_files import credit_transfers, payment_file_in_log
from infrastructure.sepa import pain_001

XML: Final = "application/xml"
XML_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {XML: {"schema": {"type": "string"}}},
        "description": "JSON, or the file itself if that is asked for",
    }
}


def asks_for_xml(accept: str) -> bool:
    """Whether XML is asked for, and nothing before it."""
    first = accept.split(",", maxsplit=1)[0].split(";", maxsplit=1)[0].strip().lower()
    return first in {XML, "text/xml"}


async def xml_file(house: Container, file_id: UUID) -> Response:
    """Raises NotFound, and FileForgotten. Who pays whom is nobody else's business, so it is kept by no cache."""
    file = await payment_file_in_log(house, file_id)
    transfers = await credit_transfers(house, file)
    headers = {
        "Content-Disposition": f'attachment; filename="pain.001-{file.id.hex}.xml"',
        "Cache-Control": "no-store",
        "Vary": "Accept",
    }
    return StreamingResponse(pain_001(file, transfers), 200, headers, XML)
