"""Templates of plans: what stands for the names of a feature, and the document that comes of one.

A template is a plan.yaml in which values may hold placeholders. What a project knows itself, its
test commands, its base and the feature's name, need not stand in it.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan.document import SCHEMA
from ai_sessions.plan.layout import Layout
from ai_sessions.plan.parts import Parts, with_parts
from ai_sessions.records import Json

_PLACEHOLDER = re.compile(
    r"\{(feature|module|words|goal|spec|readme|sources|source|test)(?::([a-z0-9_-]+))?\}"
)
#: Stands for the command that runs a task's tests; alone in its value.
_COMMAND = "{test_command}"
_FIRST = ("schema", "feature", "title", "goal", "base", "budget_usd", "defaults")


@dataclass(frozen=True, slots=True)
class Names:
    """What placeholders stand for in one feature of one project. `goal`: what is wanted."""

    feature: str
    goal: str
    spec: str
    layout: Layout

    def value(self, name: str, part: str) -> str:
        """What `{name}`, or `{name:part}`, stands for."""
        words = f"{self.feature}_{part}" if part else self.feature
        match name:
            case "source":
                return self.layout.source_of(words)
            case "test":
                return self.layout.test_of(words)
            case "module":
                return re.sub(r"[.-]", "_", words)
            case "words":
                return re.sub(r"[._-]+", "[ ._-]", self.feature)
            case "sources" | "readme":
                return str(getattr(self.layout, name))
        return str(getattr(self, name))


def filled(document: Any, names: Names, commands: Mapping[str, Json], parts: Parts) -> Any:
    """The plan's document of a template; what is not of a plan's form is left to the checks.

    `commands`: the project's `test` and `suite`; those of the template count first. `parts`: the
    same of folders with test tools of their own.
    """
    made = _filled(document, names, _test(commands, parts))
    if not isinstance(made, dict):
        return made
    made = {"schema": SCHEMA, "feature": names.feature, **made}
    defaults = made.get("defaults") or {}
    if commands and isinstance(defaults, dict):
        made["defaults"] = {**commands, **defaults}
    made = {key: made[key] for key in (*(one for one in _FIRST if one in made), *made)}
    with suppress(KeyError, TypeError, AttributeError):
        return with_parts(made, parts)
    return made


def place_of(commands: Mapping[str, Json], parts: Parts) -> str:
    """The folder whose tests a template is for: the first with a test command, the top before."""
    return "" if "test" in commands else next((one for one in parts if "test" in parts[one]), "")


def _test(commands: Mapping[str, Json], parts: Parts) -> Json | None:
    place = place_of(commands, parts)
    return {**parts[place]["test"], "cwd": place} if place else commands.get("test")


def _filled(value: Any, names: Names, command: Json | None) -> Any:
    if isinstance(value, str):
        if value == _COMMAND and command:
            return dict(command)
        return _PLACEHOLDER.sub(lambda found: names.value(found[1], found[2] or ""), value)
    if isinstance(value, list):
        return [_filled(one, names, command) for one in value]
    if not isinstance(value, dict):
        return value
    if word := _unquoted(value):
        return _filled(word, names, command)
    return {key: _filled(one, names, command) for key, one in value.items()}


def _unquoted(value: Mapping[Any, Any]) -> str:
    """`{feature}` where it was written without quotes, which YAML takes for a map; else empty."""
    (key, inside), *others = value.items() or [("", "")]
    word = f"{{{key}}}"
    is_one = inside is None and not others
    return word if is_one and (word == _COMMAND or _PLACEHOLDER.fullmatch(word)) else ""
