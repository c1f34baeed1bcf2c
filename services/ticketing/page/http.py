"""Routes of the gates' page.  What it shows and does stands in `static/`; nothing is built."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from chassis.api.requests import NotFound, public

STATIC = Path(__file__).with_name("static")
START, WORKER = "index.html", "worker.js"
MEDIA_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
}
POLICY = "; ".join(
    (
        "default-src 'none'",
        # To compile what reads QR codes where the browser cannot; scripts are made from no text.
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
ALLOWED = (
    "camera=(self), screen-wake-lock=(self), microphone=(), geolocation=(), payment=(), usb=()"
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "permissions-policy": ALLOWED,
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "x-content-type-options": "nosniff",
    # Beside `gate/worker.js` stands `gate`, the page itself, which the worker serves as well.
    "service-worker-allowed": "../gate",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file, as it is and compressed."""

    media_type: str
    body: bytes
    compressed: bytes


@dataclass(frozen=True, slots=True)
class Files:
    """All files of the page, and the version that they make up together."""

    version: str
    by_name: Mapping[str, File]


@cache
def read_files() -> Files:
    """What stands in `static/`; its worker is told the version and what to keep."""
    bodies = {path.name: path.read_bytes() for path in sorted(STATIC.iterdir())}
    digest = hashlib.sha256()
    for name, body in bodies.items():
        digest.update(b"%s %d\n" % (name.encode(), len(body)) + body)
    version = digest.hexdigest()[:16]
    kept = " ".join(name for name in bodies if name not in (START, WORKER))
    worker = bodies[WORKER].decode().replace("{version}", version).replace("{files}", kept)
    bodies[WORKER] = worker.encode()
    return Files(version, {name: _file(name, body) for name, body in bodies.items()})


def _file(name: str, body: bytes) -> File:
    media_type = MEDIA_TYPES[Path(name).suffix]
    return File(media_type, body, gzip.compress(body, compresslevel=9, mtime=0))


async def _file_of(name: str, version: str | None) -> File:
    """A file; all are read and compressed once, at the first request, beside the event loop.

    A replica of another version has none, so that no phone keeps a page put together from two.
    """
    files = await asyncio.to_thread(read_files)
    file = files.by_name.get(name)
    if file is None or version not in (None, files.version):
        raise NotFound("page_file_unknown", file=name)
    return file


def _answer(file: File, accepted: str) -> Response:
    small = "gzip" in accepted.lower()
    headers = {**HEADERS, "vary": "Accept-Encoding"}
    if small:
        headers["content-encoding"] = "gzip"
    body = file.compressed if small else file.body
    return Response(body, headers=headers, media_type=file.media_type)


router = APIRouter(tags=["gates"])

Accepted = Annotated[str, Header(include_in_schema=False)]
Version = Annotated[
    str | None, Query(max_length=64, description="The version of the page that it must be of.")
]


@router.get(
    "/gate",
    dependencies=[public()],
    response_class=Response,
    responses={200: {"description": "The page.", "content": {"text/html": {"schema": {}}}}},
)
async def show_gate(v: Version = None, accept_encoding: Accepted = "") -> Response:
    """The page on which stewards read tickets; it goes on without a network."""
    return _answer(await _file_of(START, v), accept_encoding)


@router.get(
    "/gate/{name}",
    dependencies=[public()],
    response_class=Response,
    responses={
        200: {
            "description": "The file.",
            "content": {kind.partition(";")[0]: {"schema": {}} for kind in MEDIA_TYPES.values()},
        }
    },
)
async def show_gate_file(name: str, v: Version = None, accept_encoding: Accepted = "") -> Response:
    """A file of the gates' page."""
    return _answer(await _file_of(name, v), accept_encoding)
