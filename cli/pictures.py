"""Writes the plan of a fair as files: SVG, PDF and PNG, in Arabic and French."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx

from services.scheduling.drawings.pages import Page
from services.scheduling.drawings.printing import printed

LANGUAGES = ("ar", "fr")
_SIZE = re.compile(r'width="([0-9.]+)mm" height="([0-9.]+)mm"')


async def write_pictures(url: str, fair_id: str, directory: Path) -> list[Path]:
    """The plan in force and the way to its last booth, from a running scheduling service.

    Raises OSError where a file cannot be written, and httpx.HTTPError.
    """
    await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    written: list[Path] = []
    async with httpx.AsyncClient(base_url=f"{url}/fairs/{fair_id}", timeout=20) as client:

        async def get(path: str, language: str) -> bytes:
            answer = await client.get(path, params={"language": language})
            return answer.raise_for_status().content

        plan = (await client.get("/floor-plan")).raise_for_status().json()
        booth = plan["floor_plan"]["booths"][-1]["booth_id"]
        for language in LANGUAGES:
            for name, path in (
                (f"{fair_id}.{language}", "/floor-plan.svg"),
                (f"{fair_id}.{booth}.{language}", f"/booths/{booth}/floor-plan.svg"),
            ):
                svg = await get(path, language)
                made = await asyncio.to_thread(printed, [page_of(svg.decode())], "png")
                written += [
                    _write(directory / f"{name}.svg", svg),
                    _write(directory / f"{name}.png", made),
                ]
            pdf = await get("/floor-plan.pdf", language)
            written.append(_write(directory / f"{fair_id}.{language}.pdf", pdf))
    return written


def page_of(svg: str) -> Page:
    """A picture as a page of its own size.  Raises ValueError where it says none."""
    found = _SIZE.search(svg)
    if found is None:
        raise ValueError("the picture says no size in millimetres")
    return Page(svg, float(found[1]), float(found[2]))


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
