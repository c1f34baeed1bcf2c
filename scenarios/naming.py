"""Made-up trade names in Arabic and French, and in Tifinagh where the name is a Tamazight word."""

from __future__ import annotations

from random import Random

from scenarios import words
from scenarios.cast import Name
from scenarios.model import Group
from scenarios.words import Term


class Naming:
    """Gives no name twice."""

    def __init__(self, seed: str) -> None:
        self._random = Random(f"{seed}/names")
        self._given: set[str] = set()

    def of(self, group: Group, family: str | None, province: str) -> Name:
        """A name for a member of a group: its kind, a word, what it makes; where, if need be."""
        title = group.title or words.organisations().kinds[group.kind]
        maker = words.families()[family].maker if family else Term("", "")
        where = words.provinces()[province].name
        terms = list(words.organisations().names)
        self._random.shuffle(terms)
        for ar, fr in (("", ""), (f" – {where.ar}", f" – {where.fr}")):
            for term in terms:
                name = Name(
                    _joined(title.ar, term.ar, maker.ar) + ar,
                    _joined(title.fr, term.fr, maker.fr) + fr,
                    zgh=term.zgh,
                )
                if name.fr not in self._given:
                    self._given.add(name.fr)
                    return name
        raise ValueError(f"the word lists have no name left for {title.fr} in {where.fr}")

    def body(self, body: Term, region: str) -> Name:
        """The name of a public body of a region."""
        where = words.regions()[region].name
        return Name(f"{body.ar} – {where.ar}", f"{body.fr} – {where.fr}")


def as_name(term: Term) -> Name:
    """A name that stands in the word lists as it is."""
    return Name(term.ar, term.fr, term.zgh, term.en)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
