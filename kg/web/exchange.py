"""What requests bring and responses carry: fields, bodies, tags, answers."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from starlette.responses import Response, StreamingResponse

from kg import __version__
from kg.web.refused import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

    from kg.web.negotiation import Form
    from kg.web.site import Site
    from kg.web.workers import Answer

__all__ = ["body", "etag", "parameters", "sent", "unchanged"]

_BODY_S = 30.0
"""Seconds in which the body of a request has to come."""
_BEHIND = "the content goes on behind what was packed; pack it in one piece"


def parameters(encoded: bytes, maximum: int = 1 << 16) -> list[tuple[str, str]]:
    """Return the names and values of a query string or form, in order."""
    if len(encoded) > maximum:
        raise Refused(413, f"the text is longer than {maximum >> 10} KiB")
    if encoded.count(b"&") >= 100:
        raise Refused(400, "there are more than 100 parameters")
    pairs = [each.partition(b"=") for each in encoded.replace(b"+", b" ").split(b"&") if each]
    try:
        encoded.decode("ascii")  # all else has to be escaped
        return [(_unescaped(name), _unescaped(value)) for name, _, value in pairs]
    except UnicodeDecodeError as error:
        raise Refused(400, "what is sent is no UTF-8") from error


def _unescaped(text: bytes) -> str:
    """As the standard library does; escape by escape a question takes it 0.1 ms."""
    try:  # %41 is \x41 to Python
        codes = text.replace(b"\\", b"\\\\").replace(b"%", b"\\x").decode("unicode_escape")
    except UnicodeDecodeError:  # a % that begins no escape stands for itself
        return unquote_to_bytes(text).decode()
    return codes.encode("latin-1").decode()


async def body(request: Request, limit: int) -> bytes:
    """Return the request's content, unpacked.

    Raises :class:`~kg.web.refused.Refused` with 413 when it is, or becomes, longer than
    `limit` bytes; with 408 when it takes too long to come.
    """
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "", "gzip", "deflate"):
        raise Refused(415, f"the content is packed with {coding[:40]}; send gzip, or as it is")
    packed = coding in ("gzip", "deflate")
    opened = zlib.decompressobj(zlib.MAX_WBITS | 32) if packed else None
    found = bytearray()
    try:
        async with asyncio.timeout(_BODY_S):
            async for piece in request.stream():
                room = limit + 1 - len(found)
                if opened and opened.eof and piece:
                    raise Refused(400, _BEHIND)
                found += opened.decompress(piece, room) if opened else piece[:room]
                if len(found) > limit:
                    raise Refused(413, f"the content is longer than {_amount(limit)}")
    except TimeoutError:
        raise Refused(408, f"the content did not come within {_BODY_S:g} s") from None
    except zlib.error as error:
        raise Refused(400, f"the content is not packed with {coding}") from error
    if opened and opened.unused_data:
        raise Refused(400, _BEHIND)
    if opened and not opened.eof:
        raise Refused(400, f"the content is not packed with {coding} to its end")
    return bytes(found)


def _amount(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size >> 10} KiB"


def sent(answer: Answer, by_name: dict[str, Form], headers: dict[str, str]) -> Response:
    """Return the response that carries an answer."""
    headers["Content-Type"] = by_name[answer.form].content_type
    if answer.truncated:
        headers["Kg-Truncated"] = "true"
    if answer.file is None:
        return Response(answer.body, headers=headers)
    headers["Content-Length"] = str(answer.size)
    return StreamingResponse(answer.pieces(), headers=headers)


def etag(site: Site, *content: object) -> str:
    """Return the tag of what follows from the data and `content`, ``""`` where data may change.

    It is a weak one: the same rows may come in another order from another worker.
    """
    if not site.served.fingerprint:
        return ""
    told = site.settings  # what it may leave out or add, and what this version writes
    options = (__version__, told.inferred, told.rows, told.answer_mib, told.public_url)
    digest = hashlib.sha256(f"{site.served.fingerprint}{options}{content!r}".encode()).hexdigest()[
        :32
    ]
    return f'W/"{digest}"'


def unchanged(request: Request, tag: str) -> bool:
    """Whether the client has the answer with this tag already (RFC 9110, section 13.1.2)."""
    known = request.headers.get("if-none-match")
    if not (known and tag):
        return False
    tags = {each.strip().removeprefix("W/") for each in known.split(",")}
    return not tags.isdisjoint((tag.removeprefix("W/"), "*"))
