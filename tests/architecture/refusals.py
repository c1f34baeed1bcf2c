"""Which refusals an operation can lead to, read from the code that it reaches.

From the function of a route this follows every function of the service that it names, and from
each command that it makes into the branch of `decide` that takes it.  What it meets there and is a
code of `problems.toml` is a refusal of the operation.
"""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from pydantic import BaseModel

from chassis.definition.service import ServiceDefinition


@functools.cache
def _tree_of(function: Any) -> ast.FunctionDef | ast.AsyncFunctionDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef)
    return tree


class Reach:
    """What one operation of a service reaches."""

    def __init__(self, definition: ServiceDefinition, codes: Iterable[str]) -> None:
        self._package = f"services.{definition.name}"
        self._codes = frozenset(codes)
        sourced = definition.event_sourced
        deciders = () if sourced is None else sourced.deciders
        self._decides = [decider.decide for decider in deciders]
        self._seen: set[tuple[Any, type | None]] = set()
        self.all_commands = frozenset[type]().union(*map(commands_of, self._decides))
        self.commands: set[type] = set()
        self.found: set[str] = set()

    def follow(self, endpoint: Callable[..., Any]) -> set[str]:
        """The codes of the service that the function of a route can lead to."""
        self._function(endpoint, None)
        decided: set[tuple[Any, type]] = set()
        while (
            pending := {
                (decide, command)
                for command in self.commands
                for decide in self._decides
                if command in commands_of(decide)
            }
            - decided
        ):
            for decide, command in pending:
                self._function(decide, command)
            decided |= pending
        return self.found

    def _function(self, function: Any, command: type | None) -> None:
        if (function, command) in self._seen:
            return
        self._seen.add((function, command))
        tree = _tree_of(function)
        _Body(self, function, command).block(tree.body)

    def take(self, found: Any, command: type | None) -> None:
        """Follow what a body names, if it is of this service."""
        if isinstance(found, str) and found in self._codes:
            self.found.add(found)
        elif isinstance(found, type) and found in self.all_commands:
            self.commands.add(found)
        elif (
            isinstance(found, types.FunctionType)
            and found.__module__.startswith(self._package)
            and found not in self._decides
        ):
            self._function(found, command if _takes_command(found) else None)
        elif isinstance(found, type) and _is_private(found, self._package):
            # What an object does that is made here, as the reader of a parser.
            for name, each in vars(found).items():
                if not name.startswith("__"):
                    self.take(each, None)


@functools.cache
def commands_of(decide: Any) -> frozenset[type]:
    """The commands that a function decides on."""
    hint = typing.get_type_hints(decide)["command"]
    return frozenset(_members(hint))


def _members(hint: Any) -> Iterator[type]:
    if isinstance(hint, type):
        yield hint
    for each in typing.get_args(hint):
        yield from _members(each)


def _is_private(found: type, package: str) -> bool:
    return found.__module__.startswith(package) and found.__name__.startswith("_")


def _takes_command(function: Any) -> bool:
    return "command" in inspect.signature(function).parameters


class _Body:
    """The body of one function, as far as it is run for one command (or for any, if None)."""

    def __init__(self, reach: Reach, function: Any, command: type | None) -> None:
        self._reach = reach
        self._command = command
        self._names: Mapping[str, Any] = {
            **function.__globals__,
            **inspect.getclosurevars(function).nonlocals,
        }
        self._hints = _hints_of(function)

    def block(self, statements: list[ast.stmt]) -> bool:
        """Look at statements in their order; whether the last one that is run always returns."""
        return any(self._statement(statement) for statement in statements)

    def _statement(self, statement: ast.stmt) -> bool:
        match statement:
            case ast.Return() | ast.Raise():
                self._expressions(statement)
                return True
            case ast.If(test=test, body=body, orelse=orelse):
                self._expressions(test)
                is_command = self._asks_for_command(test)
                if is_command is True:
                    return self.block(body)
                if is_command is False:
                    return self.block(orelse)
                ends = self.block(body)
                return bool(orelse) and self.block(orelse) and ends
            case ast.Match(subject=subject, cases=cases):
                self._expressions(subject)
                return self._match(subject, cases)
            case ast.AnnAssign(value=value):
                self._expressions(value)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.block(statement.body)
            case ast.For() | ast.AsyncFor() | ast.While() | ast.With() | ast.AsyncWith():
                self._expressions(statement, within=False)
                self.block(statement.body)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                for each in (body, *(handler.body for handler in handlers), orelse, final):
                    self.block(each)
            case _:
                self._expressions(statement)
        return False

    def _asks_for_command(self, test: ast.expr) -> bool | None:
        """Whether `isinstance(command, X)` holds; None if something else is asked."""
        if self._command is None:
            return None
        match test:
            case ast.Call(func=ast.Name("isinstance"), args=[ast.Name("command"), asked]):
                return self._command is self.resolved(asked)
            case _:
                return None

    def _match(self, subject: ast.expr, cases: list[ast.match_case]) -> bool:
        """For a command: the cases that its class does not exclude, and none that another hides."""
        of_command = self._command is not None and (
            ast.unparse(subject) == "command" or ast.unparse(subject).startswith("(command, ")
        )
        hidden: set[str] = set()
        ends = True
        for case in cases:
            ways = [
                (first, rest)
                for first, rest in _ways(case.pattern, subject)
                if rest not in hidden and not (of_command and self._excluded(first))
            ]
            if not ways:
                continue
            self._expressions(case.guard)
            ends = self.block(case.body) and ends
            if case.guard is None:
                hidden |= {rest for first, rest in ways if _is_bare(first)}
            if of_command and "" in hidden:
                break
        return ends

    def _excluded(self, pattern: ast.pattern) -> bool:
        match pattern:
            case ast.MatchClass(cls=cls):
                # A base class takes the commands that derive from it.
                asked, command = self.resolved(cls), self._command
                return not (command and isinstance(asked, type) and issubclass(command, asked))
            case ast.MatchOr(patterns=patterns):
                return all(map(self._excluded, patterns))
            case _:
                return False

    def _expressions(self, node: ast.AST | None, *, within: bool = True) -> None:
        pending: list[ast.AST] = [] if node is None else [node]
        while pending:
            each = pending.pop()
            match each:
                case ast.Constant(value=value):
                    self._reach.take(value, self._command)
                case ast.Name() | ast.Attribute():
                    self._reach.take(self.resolved(each), self._command)
                    if isinstance(each, ast.Attribute):
                        pending.append(each.value)
                case ast.Call(func=ast.Name("isinstance"), args=[subject, _]):
                    pending.append(subject)
                case ast.Call(func=func) if self._is_command(func):
                    # What is made for a part of a command is not given to the desk itself.
                    self._reach.take(self.resolved(func), self._command)
                    before = set(self._reach.commands)
                    for child in (*each.args, *(keyword.value for keyword in each.keywords)):
                        self._expressions(child)
                    self._reach.commands = before
                case _:
                    pending += [
                        child
                        for child in ast.iter_child_nodes(each)
                        if within or not isinstance(child, ast.stmt)
                    ]

    def _is_command(self, func: ast.expr) -> bool:
        found = self.resolved(func)
        return isinstance(found, type) and found in self._reach.all_commands

    def resolved(self, node: ast.expr) -> Any:
        """What a name stands for; a parameter with a model stands for the model."""
        match node:
            case ast.Name(id=name):
                return self._hints.get(name, self._names.get(name))
            case ast.Attribute(value=value, attr=attr):
                owner = self.resolved(value)
                if (
                    isinstance(owner, type)
                    and issubclass(owner, BaseModel)
                    and (field := owner.model_fields.get(attr)) is not None
                ):
                    return _model(field.annotation)
                return getattr(cast(Any, owner), attr, None)
            case _:
                return None


def _hints_of(function: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(function)
    return {name: model for name, hint in hints.items() if (model := _model(hint)) is not None}


def _model(hint: Any) -> Any:
    return next((each for each in _members(hint) if issubclass(each, BaseModel)), None)


def _ways(pattern: ast.pattern, subject: ast.expr) -> list[tuple[ast.pattern, str]]:
    """The patterns of the command, each with the rest as text."""
    if not isinstance(subject, ast.Tuple):
        return [(pattern, "")]
    ways: list[tuple[ast.pattern, str]] = []
    for each in pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern]:
        assert isinstance(each, ast.MatchSequence)
        first, *others = each.patterns
        ways.append((first, ", ".join(map(ast.unparse, others))))
    return ways


def _is_bare(pattern: ast.pattern) -> bool:
    """Whether a pattern takes every command of its classes."""
    match pattern:
        case ast.MatchClass(patterns=patterns, kwd_patterns=named):
            return all(map(_is_bare, (*patterns, *named)))
        case ast.MatchOr(patterns=patterns):
            return all(map(_is_bare, patterns))
        case ast.MatchAs(pattern=None):
            return True
        case _:
            return False
