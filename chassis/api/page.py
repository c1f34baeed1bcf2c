"""The operations of a service as a page to read: plain HTML made from its OpenAPI document.

It loads nothing, from here or elsewhere, and runs no script; its policy lets it do neither.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from chassis.answers.invalid import read_texts
from chassis.answers.problems import preferred_language
from chassis.edge.auth import public

Json = dict[str, Any]

HEADINGS: Mapping[str, Mapping[str, str]] = read_texts(Path(__file__).with_suffix(".toml"))
STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem; }
section { border-top: 1px solid #8886; margin-top: 1.5rem; }
h3 { margin-bottom: 0; font-family: ui-monospace, monospace; font-size: 1.05rem; }
h3 b { text-transform: uppercase; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: .2rem .6rem .2rem 0; }
th { font-weight: 600; }
tr + tr td { border-top: 1px solid #8883; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: break-word; }
pre { background: #8882; padding: .6rem; overflow-x: auto; }
summary { cursor: pointer; font-weight: 600; }
nav ul { columns: 18rem; padding-inline-start: 1.2rem; }
"""
POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


def page_router() -> APIRouter:
    """The route of the page."""
    router = APIRouter(tags=["operations"])
    pages: dict[str, str] = {}

    @router.get("/docs", dependencies=[public()], response_class=HTMLResponse)
    async def show_documentation(request: Request) -> HTMLResponse:
        """The operations of this service as a page, with headings in the language asked for."""
        language = preferred_language(request.headers.get("accept-language", ""), HEADINGS)
        if language not in pages:
            pages[language] = page_of(request.app.openapi(), language)
        headers = {
            "content-language": language,
            "content-security-policy": POLICY,
            "referrer-policy": "no-referrer",
            "vary": "Accept-Language",
            "x-content-type-options": "nosniff",
        }
        return HTMLResponse(pages[language], headers=headers)

    return router


def page_of(document: Json, language: str) -> str:
    """The HTML of a document."""
    return "\n".join(_Page(document, HEADINGS[language]).lines(language))


class _Page:
    def __init__(self, document: Json, say: Mapping[str, str]) -> None:
        self._document = document
        self._say = say

    def lines(self, language: str) -> Iterator[str]:
        info = self._document["info"]
        title = escape(self._say["title"].format(name=info["title"]))
        link = '<a href="openapi.json"><code dir="ltr">openapi.json</code></a>'
        yield f'<!doctype html>\n<html lang="{language}" dir="{self._say["dir"]}">'
        yield f'<head><meta charset="utf-8"><title>{title}</title>'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
        yield f"<style>{STYLE}</style></head>\n<body>"
        yield f"<h1>{title} <small>{escape(info['version'])}</small></h1>"
        yield _english(info["description"])
        yield f"<p>{self._say['machine'].format(link=link)}</p>"
        tags = [(tag, list(self._operations(tag["name"]))) for tag in self._document["tags"]]
        yield f"<nav><h2>{self._say['contents']}</h2>"
        yield '<ul dir="ltr" lang="en">'
        for _, operations in tags:
            for _, _, operation in operations:
                name = operation["operationId"]
                yield f'<li><a href="#{name}">{escape(operation["summary"])}</a></li>'
        yield "</ul></nav>\n<main>"
        for tag, operations in tags:
            yield f'<h2 dir="ltr" lang="en">{escape(tag["name"])}</h2>'
            yield _english(tag["description"])
            for path, method, operation in operations:
                yield from self._operation(path, method, operation)
        yield f"<h2>{self._say['parts']}</h2>"
        for name, schema in self._document["components"]["schemas"].items():
            yield from self._part(name, schema)
        yield "</main></body></html>"

    def _operations(self, tag: str) -> Iterator[tuple[str, str, Json]]:
        for path, methods in self._document["paths"].items():
            for method, operation in methods.items():
                if operation.get("tags") == [tag]:
                    yield path, method, operation

    def _operation(self, path: str, method: str, operation: Json) -> Iterator[str]:
        say = self._say
        yield f'<section id="{operation["operationId"]}">'
        yield f'<h3 dir="ltr"><b>{method}</b> {escape(path)}</h3>'
        yield _english(operation.get("description", operation["summary"]))
        if not operation["security"]:
            yield f"<p>{say['everybody']}</p>"
        if parameters := operation.get("parameters"):
            yield f"<h4>{say['parameters']}</h4>"
            yield from _table(
                (say["name"], say["where"], say["type"], say["meaning"]),
                (
                    self._named(each["name"], each, each["schema"], _code(each["in"]))
                    for each in parameters
                ),
            )
        if body := operation.get("requestBody"):
            (kind, content), *_ = body["content"].items()
            shown = _type(content["schema"]) if content["schema"] else _code(kind)
            yield f"<h4>{say['body']}</h4><p>{shown}{self._needed(body)}</p>"
        yield f"<h4>{say['answers']}</h4>"
        yield from _table(
            (say["status"], say["type"], say["meaning"]),
            (self._answer(status, each) for status, each in operation["responses"].items()),
        )
        yield "</section>"

    def _answer(self, status: str, response: Json) -> tuple[str, str, str]:
        if "$ref" in response:
            name = response["$ref"].rpartition("/")[2]
            response = self._document["components"]["responses"][name]
        types = [
            _type(content["schema"]) if content.get("schema") else _code(kind)
            for kind, content in response.get("content", {}).items()
        ]
        return _code(status), " / ".join(types), _inline(response["description"])

    def _part(self, name: str, schema: Json) -> Iterator[str]:
        say = self._say
        yield f'<section id="part-{escape(name)}"><h3 dir="ltr">{escape(name)}</h3>'
        if said := schema.get("description"):
            yield _english(said)
        needed = schema.get("required", [])
        if properties := schema.get("properties"):
            yield from _table(
                (say["name"], say["type"], say["meaning"]),
                (
                    self._named(each, {**found, "required": each in needed}, found)
                    for each, found in properties.items()
                ),
            )
        else:
            yield f"<p>{_type(schema)}</p>"
        examples: list[Any] = schema.get("examples", []) if properties else []
        for example in examples:
            text = json.dumps(example, ensure_ascii=False, indent=2)
            yield f"<details><summary>{say['example']}</summary>"
            yield f'<pre dir="ltr">{escape(text)}</pre></details>'
        yield "</section>"

    def _named(self, name: str, said: Json, schema: Json, *place: str) -> Iterable[str]:
        """The row of a parameter or a field."""
        meaning = _inline(said.get("description", ""))
        return (_code(name) + self._needed(said), *place, _type(schema), meaning)

    def _needed(self, said: Json) -> str:
        return f" <small>{self._say['required']}</small>" if said.get("required") else ""


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield "<table><tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
    yield "</table>"


def _english(text: str) -> str:
    paragraphs = (f"<p>{_marked(each)}</p>" for each in text.split("\n\n") if each.strip())
    return f'<div dir="ltr" lang="en">{"".join(paragraphs)}</div>'


def _inline(text: str) -> str:
    return f'<span dir="ltr" lang="en">{_marked(text)}</span>'


def _marked(text: str) -> str:
    """Text with what stands between back quotes as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _code(text: str) -> str:
    return f'<code dir="ltr">{escape(text)}</code>'


def _type(schema: Json) -> str:
    """A schema in a few words; parts are links."""
    if reference := schema.get("$ref"):
        name = escape(str(reference).rpartition("/")[2])
        return f'<a dir="ltr" href="#part-{name}">{name}</a>'
    either = cast("list[Json]", schema.get("anyOf") or schema.get("oneOf") or [])
    if either:
        return " | ".join(_type(each) for each in either)
    if values := schema.get("enum"):
        return _code(" | ".join(map(str, values)))
    if "const" in schema:
        return _code(str(schema["const"]))
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    words = [str(schema.get("format") or schema.get("type") or "any")]
    words += [
        f"{sign} {schema[key]}"
        for key, sign in (("minimum", "≥"), ("maximum", "≤"), ("maxLength", "length ≤"))
        if key in schema
    ]
    return _code(", ".join(words))
