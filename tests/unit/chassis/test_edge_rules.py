"""What is asked of every request before its route, and said with every answer."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from joserfc import jwt

from chassis.process.settings import ServiceSettings
from cli.issuer import issuer_in
from tests.conftest import temporary_home
from tests.unit.chassis.an_edge import Served, served

PAGE = "https://desk.example"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service() -> AsyncGenerator[Served]:
    with temporary_home() as home:
        async with served(home) as running:
            yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def http(service: Served) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.port}") as client:
        yield client


@pytest.fixture
def organiser(service: Served) -> dict[str, str]:
    return {
        "authorization": f"Bearer {service.token}",
        "idempotency-key": "key",
        "content-type": "application/json",
    }


def refusal(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "Accept-Language" in answer.headers["vary"]
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/notes", "DELETE, GET, HEAD, OPTIONS, POST"),
        ("/notes/7", "GET, HEAD, OPTIONS"),
        ("/health/live", "GET, HEAD, OPTIONS"),
        ("/openapi.json", "GET, HEAD, OPTIONS"),
    ],
)
async def test_options_and_405_name_all_methods_of_an_address(
    http: httpx.AsyncClient, path: str, methods: str
) -> None:
    options = await http.options(path)
    assert (options.status_code, options.content) == (204, b"")
    assert options.headers["allow"] == methods
    for method in ("PATCH", "TRACE", "PUT"):
        answer = await http.request(method, path)
        assert refusal(answer) == (405, "method_not_allowed")
        assert answer.headers["allow"] == methods


async def test_what_is_nowhere_has_no_methods(http: httpx.AsyncClient) -> None:
    for method in ("OPTIONS", "GET", "POST", "HEAD"):
        answer = await http.request(method, "/nowhere")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/notes", "/notes/3000", "/health/live", "/openapi.json"])
async def test_head_says_what_get_says_without_the_body(http: httpx.AsyncClient, path: str) -> None:
    head, get = await http.head(path), await http.get(path)
    assert (head.status_code, head.content) == (200, b"")
    for headers in (head.headers, get.headers):
        headers.pop("date", None)
    assert head.headers == get.headers


async def test_head_of_what_needs_a_token_needs_a_token(
    http: httpx.AsyncClient, organiser: Mapping[str, str]
) -> None:
    assert (await http.head("/mine")).status_code == 401
    assert (await http.head("/mine", headers=organiser)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"content-type": "text/plain"}, "type_unsupported"),
        ({"content-type": "application/x-www-form-urlencoded"}, "type_unsupported"),
        ({"content-type": "application/json; charset=latin-1"}, "type_unsupported"),
        ({"content-type": ""}, "type_unsupported"),
        ({"content-encoding": "gzip"}, "encoding_unsupported"),
        ({"content-encoding": "br"}, "encoding_unsupported"),
    ],
)
async def test_bodies_that_are_not_read_are_refused(
    http: httpx.AsyncClient, organiser: Mapping[str, str], headers: dict[str, str], code: str
) -> None:
    answer = await http.post("/notes", content=b'{"text": "x"}', headers={**organiser, **headers})
    assert refusal(answer) == (415, code)


@pytest.mark.parametrize(
    "kind",
    ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"'],
)
async def test_json_is_read_however_it_is_written(
    http: httpx.AsyncClient, organiser: Mapping[str, str], kind: str
) -> None:
    headers = {**organiser, "content-type": kind, "content-encoding": "identity"}
    answer = await http.post("/notes", content=b'{"text": "x"}', headers=headers)
    assert answer.status_code == 201, answer.text


async def test_a_request_without_a_body_needs_no_type(
    http: httpx.AsyncClient, organiser: dict[str, str]
) -> None:
    del organiser["content-type"]
    assert (await http.delete("/notes", headers=organiser)).status_code == 204
    assert refusal(await http.post("/notes", headers=organiser)) == (422, "invalid_request")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"text": "a", "text": "b"}', "key_repeated"),
        (b'{"text": {"a": 1, "b": [{"c": 1, "c": 1}]}}', "key_repeated"),
        (b'{"text": "a", "te\\u0078t": "b"}', "key_repeated"),
        (b'{"text": NaN}', "malformed_json"),
        (b'{"text": "a"', "malformed_json"),
        (b"[" * 100_000, "malformed_json"),
        ('{"text": "é"}'.encode("latin-1"), "malformed_json"),
        ('{"text": "a"}'.encode("utf-16"), "malformed_json"),
    ],
)
async def test_json_that_can_be_read_in_two_ways_is_refused(
    http: httpx.AsyncClient, organiser: Mapping[str, str], body: bytes, code: str
) -> None:
    answer = await http.post("/notes", content=body, headers=organiser)
    assert refusal(answer) == (400, code)


@pytest.mark.parametrize(
    ("path", "code", "parameter"),
    [
        ("/notes?knd=a", "parameter_unknown", "knd"),
        ("/notes?kind=a&Kind=a", "parameter_unknown", "Kind"),
        ("/notes?kind=a&kind=b", "parameter_repeated", "kind"),
        ("/notes?kind=", "invalid_request", None),
        ("/notes/7?x", "parameter_unknown", "x"),
        ("/health/live?x=1", "parameter_unknown", "x"),
        ("/openapi.json?x=1", "parameter_unknown", "x"),
    ],
)
async def test_parameters_that_nobody_knows_are_refused(
    http: httpx.AsyncClient, path: str, code: str, parameter: str | None
) -> None:
    answer = await http.get(path)
    assert refusal(answer) == (422, code)
    if parameter is not None:
        assert answer.json()["parameter"] == parameter
        assert parameter in answer.json()["detail"]
    assert (await http.get("/notes?kind=a&limit=2")).json() == ["a", "a"]


async def test_parameters_are_looked_at_after_the_token(http: httpx.AsyncClient) -> None:
    assert refusal(await http.get("/mine?x=1")) == (401, "token_missing")


async def test_public_answers_are_kept_and_asked_for_again(http: httpx.AsyncClient) -> None:
    for path in ("/notes", "/notes/3000", "/openapi.json"):
        first = await http.get(path)
        assert first.headers["cache-control"] == "no-cache"
        tag = first.headers["etag"]
        for wanted in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
            again = await http.get(path, headers={"if-none-match": wanted})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
            assert "content-type" not in again.headers
        other = await http.get(path, headers={"if-none-match": 'W/"other"'})
        assert other.content == first.content
    assert (await http.get("/notes/1")).headers["etag"] != (await http.get("/notes/2")).headers[
        "etag"
    ]


async def test_no_cache_keeps_an_answer_that_is_not_public(
    http: httpx.AsyncClient, organiser: Mapping[str, str]
) -> None:
    answers = [
        await http.get("/mine", headers=organiser),
        await http.post("/notes", json={"text": "x"}, headers=organiser),
        await http.delete("/notes", headers=organiser),
        await http.get("/health/live"),
        await http.get("/metrics"),
        await http.get("/notes/404"),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store", answer.url
        assert "etag" not in answer.headers


async def test_long_answers_are_compressed_for_who_asks(http: httpx.AsyncClient) -> None:
    plain = await http.get("/notes/3000", headers={"accept-encoding": "identity"})
    small = await http.get("/notes/30", headers={"accept-encoding": "gzip"})
    packed = await http.get("/notes/3000", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in small.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < 300
    assert packed.json() == plain.json()
    # One tag for both: it is weak, and says that the content is the same.
    assert packed.headers["etag"] == plain.headers["etag"]
    assert "Accept-Encoding" in plain.headers["vary"]


async def test_other_sites_may_not_call_from_a_browser(http: httpx.AsyncClient) -> None:
    answer = await http.get("/notes", headers={"origin": PAGE})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    asked = {"origin": PAGE, "access-control-request-method": "GET"}
    options = await http.options("/notes", headers=asked)
    assert options.status_code == 204
    assert not [name for name in options.headers if name.startswith("access-control")]


async def test_sites_that_are_named_may_call_from_a_browser() -> None:
    settings: dict[str, Any] = {"cors_origins": f"{PAGE},https://gates.example:8443"}
    with temporary_home() as home:
        async with (
            served(home, settings=settings) as service,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.port}") as http,
        ):
            asked = {
                "origin": PAGE,
                "access-control-request-method": "POST",
                "access-control-request-headers": "authorization, idempotency-key, content-type",
            }
            preflight = await http.options("/notes", headers=asked)
            assert preflight.status_code == 200
            assert preflight.headers["access-control-allow-origin"] == PAGE
            assert "POST" in preflight.headers["access-control-allow-methods"]
            assert "access-control-allow-credentials" not in preflight.headers
            for method, path in (("GET", "/notes"), ("POST", "/notes"), ("GET", "/nowhere")):
                answer = await http.request(method, path, headers={"origin": PAGE})
                assert answer.headers["access-control-allow-origin"] == PAGE
                assert "Origin" in answer.headers["vary"]
            other = await http.options(
                "/notes", headers={**asked, "origin": "https://evil.example"}
            )
            assert other.status_code == 400
            assert "access-control-allow-origin" not in other.headers
            plain = await http.options("/notes")
            assert plain.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize(
    "origins", ["*", "https://*.example", "desk.example", "https://a.example/"]
)
def test_sites_are_named_one_by_one(origins: str) -> None:
    with pytest.raises(ValueError, match="cors_origins"):
        ServiceSettings(
            database_url="postgresql://nobody@nowhere/nothing",
            bootstrap_servers="nowhere:1",
            issuer="nobody",
            jwks_url="https://nowhere.invalid/keys",
            cors_origins=origins,
        )


@pytest.mark.parametrize(
    ("accepted", "language", "star", "unknown"),
    [
        ("en", "en", "The value must be at most 5.", "This field is not known here."),
        ("fr", "fr", "La valeur doit être d'au plus 5.", "Ce champ est inconnu ici."),
        ("ar", "ar", "يجب ألا تزيد القيمة عن 5.", "هذا الحقل غير معروف هنا."),
        ("zgh", "ar", "يجب ألا تزيد القيمة عن 5.", "هذا الحقل غير معروف هنا."),
    ],
)
async def test_what_is_wrong_is_said_in_the_callers_language(
    http: httpx.AsyncClient,
    organiser: dict[str, str],
    accepted: str,
    language: str,
    star: str,
    unknown: str,
) -> None:
    answer = await http.post(
        "/notes",
        json={"text": "x", "stars": 6, "colour": "red"},
        headers={**organiser, "accept-language": accepted},
    )
    assert refusal(answer) == (422, "invalid_request")
    assert answer.headers["content-language"] == language
    assert answer.json()["errors"] == [
        {"where": "body.stars", "what": star},
        {"where": "body.colour", "what": unknown},
    ]


async def test_tokens_of_a_further_issuer_open_what_it_is_trusted_with(
    tmp_path: Path, service: Served
) -> None:
    town = issuer_in(tmp_path / "town")
    file = tmp_path / "issuers.toml"
    file.write_text(
        f'[[issuers]]\nname = "town"\nissuer = "https://town.example"\naudience = "maarid"\n'
        f'jwks_url = "{town.jwks_url}"\nroles = ["organiser"]\n'
    )

    async def asked(of: Served, token: str) -> int:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{of.port}") as client:
            answer = await client.get("/mine", headers={"authorization": f"Bearer {token}"})
        return answer.status_code

    def signed(role: str) -> str:
        claims: dict[str, Any] = {"iss": "https://town.example", "aud": "maarid", "sub": "u1"}
        claims |= {"exp": int(time.time()) + 600, "roles": [role]}
        header = {"alg": "ES256", "kid": town.key.kid}
        return jwt.encode(header, claims, town.key, algorithms=["ES256"])

    async with served(tmp_path, settings={"issuers_file": str(file)}) as trusting:
        assert await asked(trusting, signed("organiser")) == 200
        assert await asked(trusting, signed("auditor")) == 401
        assert await asked(trusting, trusting.token) == 200
    # Where nobody has named it, its tokens are nobody's.
    assert await asked(service, signed("organiser")) == 401
