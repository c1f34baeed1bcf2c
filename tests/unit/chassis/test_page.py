"""The page of a service's operations, as it is served."""

from __future__ import annotations

import base64
import hashlib
import re

import httpx
import pytest

from tests.architecture.operations import application

APP = application("registration")


async def page(language: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=APP)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        return await client.get("/docs", headers={"accept-language": language, **headers})


@pytest.mark.parametrize(
    ("asked", "given", "heading"),
    [("fr-MA", "fr", "Sommaire"), ("zgh", "ar", "المحتويات"), ("es", "en", "Contents")],
)
async def test_headings_are_in_the_language_asked_for(asked: str, given: str, heading: str) -> None:
    answer = await page(asked)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-language"] == given
    assert "accept-language" in answer.headers["vary"].lower()
    assert f"<h2>{heading}</h2>" in answer.text


async def test_its_policy_lets_it_load_nothing_but_its_own_style() -> None:
    answer = await page("en")
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")


async def test_it_is_compressed_and_not_sent_again_to_who_has_it() -> None:
    first = await page("en", **{"accept-encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    again = await page("en", **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
