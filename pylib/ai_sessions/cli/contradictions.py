"""Options that exclude or need each other: refused before a command begins, both named."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar, cast

import click
from click.core import ParameterSource

from ai_sessions.errors import UsageError

Command = TypeVar("Command", bound=Callable[..., Any])
#: What is wrong with the options and arguments that were typed; empty when nothing is.
Rule = Callable[[Collection[str]], str]


def one_of(*options: str) -> Rule:
    """At most one of these."""

    def complaint(typed: Collection[str]) -> str:
        found = [option for option in options if option in typed]
        return _excluding(*found[:2]) if len(found) > 1 else ""

    return complaint


def excludes(option: str, *others: str) -> Rule:
    """`option` with none of the others."""

    def complaint(typed: Collection[str]) -> str:
        found = next((other for other in others if other in typed), "")
        return _excluding(option, found) if option in typed and found else ""

    return complaint


def needs(option: str, *others: str) -> Rule:
    """`option` only together with one of the others."""

    def complaint(typed: Collection[str]) -> str:
        lacks = option in typed and not any(other in typed for other in others)
        return f"{option} needs {' or '.join(others)}" if lacks else ""

    return complaint


def refuse(*rules: Rule) -> Callable[[Command], Command]:
    """For a command: raises `UsageError` for the first rule that is broken.

    Options go by their long name as it was typed (`--ai`, `--no-ai`), arguments by the word in the
    usage line (`PROMPT`).
    """

    def add(command: Command) -> Command:
        @functools.wraps(command)
        def checked(*args: Any, **kwargs: Any) -> Any:
            context = click.get_current_context()
            typed = frozenset(given(context))
            told = next(filter(None, (rule(typed) for rule in rules)), "")
            if told:
                raise UsageError(told, f"{context.command_path} --help")
            return command(*args, **kwargs)

        return cast("Command", checked)

    return add


class MayBeEmpty(click.Option):
    """An option that takes away with an empty text what it sets with any other."""


def no_empty_option(command: Command) -> Command:
    """For a command: refuses options without words in them.

    An unset variable in a script (`--base "$BASE"`) is no wish for the default.
    """

    @functools.wraps(command)
    def checked(*args: Any, **kwargs: Any) -> Any:
        context = click.get_current_context()
        for param in _typed(context):
            if not isinstance(param, click.Option) or isinstance(param, MayBeEmpty):
                continue
            if _is_empty(context.params.get(param.name or "")):
                raise click.BadParameter("it is empty", context, param)
        return command(*args, **kwargs)

    return cast("Command", checked)


def given(context: click.Context) -> list[str]:
    """What was typed, by name; without the session that the script chose by itself."""
    found = _typed(context)
    return [_name(context, param) for param in found if param.name != "default_session"]


def _typed(context: click.Context) -> list[click.Parameter]:
    return [
        param
        for param in context.command.params
        if param.name and context.get_parameter_source(param.name) is ParameterSource.COMMANDLINE
    ]


def _is_empty(value: object) -> bool:
    # a path has no name when it is empty: Path("") is Path(".")
    words = value if isinstance(value, tuple) else (value,)
    return any(
        not word.strip() if isinstance(word, str) else not Path(str(word).strip()).name
        for word in words
        if isinstance(word, str | Path)
    )


def _excluding(one: str, other: str) -> str:
    return f"{one} and {other} exclude each other"


def _name(context: click.Context, param: click.Parameter) -> str:
    if isinstance(param, click.Argument):
        return param.make_metavar(context).strip("[].")
    is_off = param.secondary_opts and context.params.get(param.name or "") is False
    return max(param.secondary_opts if is_off else param.opts, key=len)
