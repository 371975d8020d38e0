"""YAML as values with the line of each, for messages that name the place of a mistake."""

from __future__ import annotations

from ai_sessions import yaml_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def parsed(text: str) -> tuple[Any, dict[tuple[str | int, ...], int], list[tuple[int, str]]]:
    """YAML as values, the line of every place, and the keys that stand twice.

    Raises `NotYaml`.
    """
    import yaml

    value = yaml_text.loaded(text)
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    lines: dict[tuple[str | int, ...], int] = {}
    twice: list[tuple[int, str]] = []
    if node is not None:
        _note_lines(node, (), lines, twice)
    return value, lines, twice


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
