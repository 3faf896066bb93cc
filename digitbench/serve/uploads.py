"""Takes what a browser sends, bounded in bytes and in time."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request

MOST_UPLOAD_BYTES = 20 << 20
"""More than the photograph of any telephone has."""
MOST_SECONDS = 30.0
_OTHER = "application/octet-stream"


async def read_upload(
    request: Request,
    most_bytes: int = MOST_UPLOAD_BYTES,
    most_seconds: float = MOST_SECONDS,
) -> bytes:
    """Return the body of a request, a picture.

    Raises:
        HTTPException: it says that it is something else, is empty or too large, or comes too
            slowly.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not kind.startswith("image/") and kind != _OTHER:
        raise _refusal(415, "send a picture")
    too_large = _refusal(413, f"the picture is larger than {most_bytes >> 20} MiB")
    if int(request.headers.get("content-length", 0)) > most_bytes:  # a number, or uvicorn refuses
        raise too_large
    parts = bytearray()
    try:
        async with asyncio.timeout(most_seconds):
            async for part in request.stream():
                parts += part
                if len(parts) > most_bytes:
                    raise too_large
    except TimeoutError as error:
        raise _refusal(408, "the picture comes too slowly") from error
    if not parts:
        raise _refusal(422, "the picture is empty")
    return bytes(parts)


def _refusal(status: int, reason: str) -> HTTPException:
    """Refuse a picture, and close the connection: else the rest of it would be waited for."""
    return HTTPException(status, reason, {"connection": "close"})
