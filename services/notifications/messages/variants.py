"""The texts of a template: one for each choice that it makes, as singular or plural.

A network that takes approved texts alone knows each of them by a name of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from babel import Locale
from fluent.syntax import ast

from services.notifications.messages.completeness import messages_in
from services.notifications.messages.texts import LOCALES

OTHER = "other"
NUMBERS: Mapping[str, int] = {"one": 1, "two": 2, "few": 3}
"""A number of each form that a text tells apart; the general form takes any."""

Choice = Mapping[str, str]
"""The key that is chosen, by the argument that chooses."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One text of a template.  Its name is the template's and what was chosen beside the rule."""

    template: str
    name: str
    choice: Choice

    @property
    def arguments(self) -> Mapping[str, str | int]:
        """Arguments that lead to this text; the general form of a number takes any."""
        chosen = {name: NUMBERS.get(key, key) for name, key in self.choice.items()}
        return {name: value for name, value in chosen.items() if value != OTHER}


@cache
def variants_of(template: str, language: str) -> Sequence[Variant]:
    """All texts of a template in a language, the rule first; none where the language lacks it."""
    message = messages_in(language).get(template)
    if message is None or message.value is None:
        return ()
    choosers = dict(_selects(message.value))
    found: list[Variant] = []
    for keys in product(*(_keys(select) for select in choosers.values())):
        choice = dict(zip(choosers, keys, strict=True))
        found.append(Variant(template, _name(template, choosers, choice), choice))
    return found


def variant_for(template: str, language: str, arguments: Mapping[str, object]) -> Variant | None:
    """The text that these arguments lead to; None where the language lacks the template."""
    message = messages_in(language).get(template)
    if message is None or message.value is None:
        return None
    choosers = dict(_selects(message.value))
    choice: dict[str, str] = {}
    for name, select in choosers.items():
        value = arguments[name]
        numbered = isinstance(value, int)
        key = Locale.parse(LOCALES[language]).plural_form(value) if numbered else str(value)
        choice[name] = key if key in _keys(select) else _keys(select)[0]
    return Variant(template, _name(template, choosers, choice), choice)


def parts_of(variant: Variant, language: str) -> Sequence[tuple[str, str]]:
    """A text in its parts: `("text", …)` as it stands, and `("argument", …)` by name."""
    message = messages_in(language)[variant.template]
    assert message.value is not None
    return list(_parts(message.value, variant.choice))


def _parts(pattern: ast.Pattern, choice: Choice) -> Iterator[tuple[str, str]]:
    for element in pattern.elements:
        if isinstance(element, ast.TextElement):
            yield "text", element.value
            continue
        match element.expression:
            case ast.VariableReference(id=ast.Identifier(name=name)):
                yield "argument", name
            case ast.SelectExpression() as select:
                key = choice[_chooser(select)]
                chosen = next(each for each in select.variants if _key(each) == key)
                yield from _parts(chosen.value, choice)
            case _:
                raise ValueError("a text may choose and be filled, and nothing else")


def _selects(pattern: ast.Pattern) -> Iterator[tuple[str, ast.SelectExpression]]:
    for element in pattern.elements:
        expression = element.expression if isinstance(element, ast.Placeable) else None
        if isinstance(expression, ast.SelectExpression):
            yield _chooser(expression), expression


def _chooser(select: ast.SelectExpression) -> str:
    assert isinstance(select.selector, ast.VariableReference)
    return select.selector.id.name


def _key(variant: ast.Variant) -> str:
    return variant.key.name if isinstance(variant.key, ast.Identifier) else variant.key.value


def _keys(select: ast.SelectExpression) -> Sequence[str]:
    """What can be chosen, the rule first."""
    return [_key(each) for each in sorted(select.variants, key=lambda each: not each.default)]


def _name(template: str, choosers: Mapping[str, ast.SelectExpression], choice: Choice) -> str:
    named = [key for name, key in choice.items() if key != _keys(choosers[name])[0]]
    return "_".join((template, *(_word(key, choice) for key in named)))


def _word(key: str, choice: Choice) -> str:
    """A choice between true and false is named after what is true."""
    return next(name for name, chosen in choice.items() if chosen == key) if key == "true" else key
