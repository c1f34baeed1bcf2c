"""Word lists of which made-up organisations and persons are put together."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Term:
    """One word or name in the languages that we have for it."""

    ar: str
    fr: str
    zgh: str | None = None
    en: str | None = None


@dataclass(frozen=True)
class Goods:
    """A product; made in its region it is from the place that it is named after."""

    name: Term
    origin: Term | None
    region: str | None


@dataclass(frozen=True)
class Family:
    """What products of a family are made up of; its names stand in registration."""

    code: str
    maker: Term
    """The words after the name of an organisation that makes it."""
    products: tuple[Goods, ...]


@dataclass(frozen=True)
class Province:
    slug: str
    name: Term
    region: str


@dataclass(frozen=True)
class Region:
    slug: str
    name: Term
    provinces: tuple[Province, ...]


@dataclass(frozen=True)
class Delegation:
    """A delegation from a partner country."""

    slug: str
    country: str
    name: Term
    language: str


@dataclass(frozen=True)
class Persons:
    women: tuple[Term, ...]
    men: tuple[Term, ...]
    surnames: tuple[Term, ...]
    abroad: tuple[str, ...]


@dataclass(frozen=True)
class Organisations:
    kinds: Mapping[str, Term]
    names: tuple[Term, ...]
    bodies: tuple[Term, ...]
    delegations: tuple[Delegation, ...]


@cache
def families() -> Mapping[str, Family]:
    """Every product family by its code."""
    return {
        code: Family(
            code,
            Term(table["for_ar"], table["for_fr"]),
            tuple(_goods(**row) for row in table["products"]),
        )
        for code, table in _read("families").items()
    }


@cache
def regions() -> Mapping[str, Region]:
    """Every region by its slug."""
    return {
        slug: Region(
            slug,
            Term(table["ar"], table["fr"]),
            tuple(
                Province(province, Term(**name), slug)
                for province, name in table["provinces"].items()
            ),
        )
        for slug, table in _read("regions").items()
    }


@cache
def provinces() -> Mapping[str, Province]:
    """Every province that we know, by its slug."""
    return {
        province.slug: province for region in regions().values() for province in region.provinces
    }


@cache
def persons() -> Persons:
    """First names and surnames."""
    table = _read("persons")
    return Persons(
        _terms(table["women"]),
        _terms(table["men"]),
        _terms(table["surnames"]),
        tuple(table["abroad"]),
    )


@cache
def organisations() -> Organisations:
    """What the names of organisations are built of."""
    table = _read("organisations")
    return Organisations(
        {kind: Term(**word) for kind, word in table["kinds"].items()},
        _terms(table["names"]),
        _terms(table["bodies"]),
        tuple(
            Delegation(row["slug"], row["country"], Term(row["ar"], row["fr"]), row["language"])
            for row in table["delegations"]
        ),
    )


def _goods(
    *, origin: dict[str, str] | None = None, region: str | None = None, **name: str
) -> Goods:
    return Goods(Term(**name), None if origin is None else Term(**origin), region)


def _terms(rows: list[dict[str, str]]) -> tuple[Term, ...]:
    return tuple(Term(**row) for row in rows)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))
