"""YAML that others wrote: without aliases, no larger than anybody means, each place with its line.

A few lines with aliases can stand for gigabytes, or for a loop. `yaml` is imported when there is
something to read: it takes longer than answering `status` does.
"""

from __future__ import annotations

from ai_sessions import site_packages
from ai_sessions.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LARGEST = 8 << 20
#: Brackets in each other that anybody means, at most.
DEEPEST = 100


class NotYaml(ConfigError):
    """The text is not YAML we take. `line`: counted from 1, 0 when not known."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def loaded(text: str, largest: int = LARGEST) -> Any:
    """The value of a text of at most `largest` characters. Raises `NotYaml`."""
    if len(text) > largest:
        raise NotYaml(f"{len(text):,} characters (at most {largest:,})", 0)
    if _says_nothing(text):
        return None
    site_packages.use()
    import yaml

    try:
        _check(yaml, yaml.scan(text, Loader=yaml.SafeLoader))
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise NotYaml(f"not YAML: {problem}", mark.line + 1 if mark else 0) from error


def parsed(
    text: str, largest: int = LARGEST
) -> tuple[Any, dict[tuple[str | int, ...], int], list[tuple[int, str]]]:
    """YAML as values, the line of every place, and the keys that stand twice.

    Raises `NotYaml`.
    """
    value = loaded(text, largest)
    if value is None and _says_nothing(text):
        return None, {}, []
    import yaml

    node = yaml.compose(text, Loader=yaml.SafeLoader)
    lines: dict[tuple[str | int, ...], int] = {}
    twice: list[tuple[int, str]] = []
    if node is not None:
        _note_lines(node, (), lines, twice)
    return value, lines, twice


def _check(yaml: Any, tokens: Any) -> None:
    """Raises `NotYaml` for what takes more time or room to read than its size says: an alias, and
    brackets in brackets, for each of which the scanner looks at all those around it.
    """
    depth = 0
    for token in tokens:
        if isinstance(token, yaml.AliasToken):
            raise NotYaml("aliases (*name) are not allowed here", token.start_mark.line + 1)
        if isinstance(token, (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)):
            depth += 1
        elif isinstance(token, (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)):
            depth -= 1
        if depth > DEEPEST:
            told = f"not YAML that we read: more than {DEEPEST} brackets in each other"
            raise NotYaml(told, token.start_mark.line + 1)


def _says_nothing(text: str) -> bool:
    """True where all lines are empty or comments, as in the `config.yaml` that `init` writes."""
    lines = text.split("\n")
    return all(line.isprintable() and line.lstrip(" ")[:1] in ("", "#") for line in lines)


def _note_lines(
    node: Any,
    place: tuple[str | int, ...],
    lines: dict[tuple[str | int, ...], int],
    twice: list[tuple[int, str]],
) -> None:
    lines.setdefault(place, node.start_mark.line + 1)
    if node.id == "mapping":
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                twice.append((key.start_mark.line + 1, name))
            seen.add(name)
            lines[(*place, name)] = key.start_mark.line + 1
            _note_lines(value, (*place, name), lines, twice)
    elif node.id == "sequence":
        for index, item in enumerate(node.value):
            _note_lines(item, (*place, index), lines, twice)
