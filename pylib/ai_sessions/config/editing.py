"""The text of a file of settings with one of them set or taken away; all else stays as it is.

Of YAML the comments and the layout stay: only the characters of that setting change, and the result
is read again and compared before it is given back.
"""

from __future__ import annotations

from ai_sessions.config import reading
from ai_sessions.config.layers import quoted
from ai_sessions.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_INDENT = "  "


def in_json(text: str, name: str, value: str | None, path: str) -> str:
    """`text`, of the user's JSON file `path`, with the setting `name`; a value of None takes it
    away. Raises `ConfigError` for a text that is not JSON.
    """
    found = {one: written for one, _value, written, _line in reading.members(text, path)}
    found.pop(name, None) if value is None else found.update({name: _in_json(value)})
    if not found:
        return "{}\n"
    lines = (f"{_INDENT}{_dumped(one)}: {written}" for one, written in found.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _in_json(value: str) -> str:
    """`5`, `true`, `"opus"`: as people write it, and read back exactly."""
    import json

    try:
        is_plain = isinstance(json.loads(value, parse_constant=_none), bool | int | float)
    except (ValueError, RecursionError):
        is_plain = False
    return value.strip() if is_plain else _dumped(value)


def _none(_word: str) -> None:
    """What Python reads as a number and JSON does not know: NaN, Infinity."""


def _dumped(value: str) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def in_yaml(text: str, name: str, value: str | None, path: str) -> str:
    """`text`, of a project's `config.yaml` at `path`, with the setting `name` in its `settings:`; a
    value of None takes it away. Raises `ConfigError` for a text that is not YAML, and for one that
    is laid out so that a person has to change it.
    """
    before, settings = _content(text, path)
    wanted = {one: each for one, each in settings.items() if one != name}
    if value is None and wanted == settings:
        return text
    if value is not None:
        wanted[name] = value
    for written in [""] if value is None else [value, _dumped(value)]:
        changed = _changed(text, name, written)
        if _says(changed, before, wanted, path):
            return changed
    told = f"{name}: {value}" if value is not None else f"without {name}"
    raise ConfigError(
        f"{path}: its settings are laid out in a way that only a person can change",
        f"change it in an editor: {quoted(told)}",
    )


def _content(text: str, path: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What a text says beside its settings, and those."""
    document = reading.document(text, path)
    settings = dict(reading.yaml_layer(text, path).values)
    return {name: value for name, value in document.items() if name != "settings"}, settings


def _says(text: str, before: dict[str, Any], settings: dict[str, str], path: str) -> bool:
    try:
        return _content(text, path) == (before, settings)
    except ConfigError:
        return False


def _changed(text: str, name: str, written: str) -> str:
    """`written`: the value in YAML; empty: the setting goes."""
    line_end = "\r\n" if "\r\n" in text else "\n"
    block = _settings_node(text)
    if block is None:
        gap = line_end if text.strip() else ""
        return (
            f"{_ended(text, line_end)}{gap}settings:{line_end}{_INDENT}{name}: {written}{line_end}"
        )
    key, value = block
    if value.id != "mapping" or not value.value:
        return _first(text, key, value, f"{name}: {written}", line_end)
    pairs = [(one.value, one, each) for one, each in value.value]
    place = next((number for number, pair in enumerate(pairs) if pair[0] == name), None)
    if place is None:
        return _added(text, value, f"{name}: {written}", line_end)
    if written:
        return _spliced(text, pairs[place][2], written)
    return _without(text, value, place)


def _settings_node(text: str) -> tuple[Any, Any] | None:
    """The nodes of the key `settings` and its value; None where there is none."""
    import yaml

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs: list[tuple[Any, Any]] = root.value if isinstance(root, yaml.MappingNode) else []
    return next((pair for pair in pairs if pair[0].value == "settings"), None)


def _first(text: str, key: Any, value: Any, entry: str, line_end: str) -> str:
    """With the first entry of a map that is empty: `{}`, `null` or nothing at all."""
    start, end = value.start_mark.index, value.end_mark.index
    if value.id == "mapping" and text[start:end].startswith("{"):
        return f"{text[:start]}{{{entry}}}{text[end:]}"
    if start != end:  # `null`
        text = f"{text[:start].rstrip(' ')}{text[end:]}"
    return _inserted(text, key.end_mark.index, f"{_INDENT}{entry}", line_end)


def _added(text: str, value: Any, entry: str, line_end: str) -> str:
    """With one more entry behind the others, indented as they are."""
    last = value.value[-1][1].end_mark.index
    if value.flow_style:
        return f"{text[:last]}, {entry}{text[last:]}"
    indent = " " * value.value[0][0].start_mark.column
    return _inserted(text, last, f"{indent}{entry}", line_end)


def _spliced(text: str, node: Any, written: str) -> str:
    """With another value in place of one; what a block scalar ends with stays a line of its own."""
    start, end = node.start_mark.index, node.end_mark.index
    tail = text[start:end][len(text[start:end].rstrip()) :]
    gap = " " if text[start - 1 : start] == ":" else ""
    return f"{text[:start]}{gap}{written}{tail}{text[end:]}"


def _without(text: str, value: Any, place: int) -> str:
    """Without one entry; in a block that is its lines, with what is said of it behind it."""
    key, old = value.value[place]
    if not value.flow_style:
        start = text.rfind("\n", 0, key.start_mark.index) + 1
        return f"{text[:start]}{text[_line_after(text, old.end_mark.index) :]}"
    if place:
        start = value.value[place - 1][1].end_mark.index
        return f"{text[:start]}{text[old.end_mark.index :]}"
    after = value.value[1][0].start_mark if len(value.value) > 1 else old.end_mark
    return f"{text[: key.start_mark.index]}{text[after.index :]}"


def _inserted(text: str, after: int, line: str, line_end: str) -> str:
    """With a new line below the one that has the character before `after`."""
    place = _line_after(text, after)
    return f"{_ended(text[:place], line_end)}{line}{line_end}{text[place:]}"


def _line_after(text: str, index: int) -> int:
    """Where the line begins that follows the character before `index`."""
    return text.find("\n", index - 1) + 1 or len(text)


def _ended(text: str, line_end: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}{line_end}"
