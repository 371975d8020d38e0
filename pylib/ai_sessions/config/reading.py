"""Settings as files have them: `.env`, JSON, and the `settings:` of a project's `config.yaml`.

Each value is known with its line. What is wrong is a `ConfigError` that names file and line.
"""

from __future__ import annotations

import os
import stat

from ai_sessions import site_packages, yaml_text
from ai_sessions.config.layers import Layer, quoted
from ai_sessions.config.parsers import amounts, tables, variables, words
from ai_sessions.config.spelling import nearest
from ai_sessions.config.table import BY_NAME
from ai_sessions.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO, Any

#: Settings are a page at most.
_LARGEST_BYTES = 1 << 18


def env_file(path: str) -> Layer:
    """The settings in a `.env` file; none when there is no such file."""
    try:
        with open(path, encoding="utf-8") as file:
            found = list(_assignments(file, path))
    except FileNotFoundError:
        return Layer(path, {})
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    for name, _text, line in found:
        _check_name(name, f"{path}:{line}")
    values = {name: text for name, text, _line in found}
    return Layer(path, values, {name: line for name, _text, line in found})


def _assignments(file: IO[str], path: str) -> Iterator[tuple[str, str, int]]:
    """Names, texts and lines of a `.env` file."""
    site_packages.use()
    from dotenv.parser import parse_stream

    for one in parse_stream(file):
        text = one.original.string
        blank = text[: len(text) - len(text.lstrip())].count("\n")
        line = one.original.line + blank
        if one.error:
            raise ConfigError(f"{path}:{line}: not NAME=value", "a comment begins with #")
        if one.key is not None:
            yield one.key, one.value or "", line


def user_json(path: str, *, named_by: str = "") -> Layer:
    """The user's own settings; none when there is no such file, unless a variable names it
    (`named_by`).
    """
    if named_by and not os.path.exists(path):
        told = f"{path}, which {named_by} names, does not exist"
        raise ConfigError(told, f"ai-session.sh config set makes it; or unset {named_by}")
    return _json_layer(path, of_project=False)


def project_json(path: str) -> Layer:
    """What a project says in `config/ai-sessions.json`; none when there is no such file."""
    return _json_layer(path, of_project=True)


def project_yaml(path: str) -> Layer:
    """The `settings:` map of a project's `config.yaml`; none when there is no such file or map."""
    return yaml_layer(text_of(path, "replace"), path)


def yaml_layer(text: str, path: str) -> Layer:
    """The same of a text; `path` is named in errors."""
    if "settings" not in text:
        return Layer(path, {})
    found, places, twice = _parsed(text, path)
    settings = found.get("settings") or {}
    if not isinstance(settings, dict):
        place = f"{path}:{places['settings',]}"
        raise ConfigError(f"{place}: settings must be a map of names to values")
    for row, name in twice:
        if name in BY_NAME:
            raise _twice(name, f"{path}:{row}")
    lines = {str(key[1]): line for key, line in places.items() if _is_setting(key)}
    values = {
        name: _checked(str(name), value, f"{path}:{lines[str(name)]}")
        for name, value in settings.items()
    }
    return Layer(path, values, lines)


def document(text: str, path: str) -> dict[str, Any]:
    """All that a project's `config.yaml` says."""
    return _parsed(text, path)[0]


def _parsed(
    text: str, path: str
) -> tuple[dict[str, Any], dict[tuple[str | int, ...], int], list[tuple[int, str]]]:
    """As `yaml_text.parsed`; what is no map at all says nothing."""
    try:
        found, places, twice = yaml_text.parsed(text, _LARGEST_BYTES)
    except yaml_text.NotYaml as error:
        line = f":{error.line}" if error.line else ""
        raise ConfigError(f"{path}{line}: {error.message}") from error
    return (found, places, twice) if isinstance(found, dict) else ({}, {}, [])


def _checked(name: str, value: Any, place: str) -> str:
    _check_name(name, place, of_project=True)
    return _as_text(name, value, place)


def _is_setting(place: tuple[str | int, ...]) -> bool:
    return len(place) == 2 and place[0] == "settings"


def _json_layer(path: str, *, of_project: bool) -> Layer:
    text = text_of(path)
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    for name, value, written, line in members(text, path):
        place = f"{path}:{line}"
        _check_name(name, place, of_project=of_project)
        if name in values:
            raise _twice(name, place)
        values[name], lines[name] = _as_text(name, value, place, written), line
    return Layer(path, values, lines)


def members(text: str, path: str) -> Iterator[tuple[str, Any, str, int]]:
    """Of a JSON object: names, values, how they are written, and their lines."""
    if not text.strip():
        return
    from io import StringIO

    from ai_sessions.json_stream import NotJson, Reader

    reader = Reader(StringIO(text))
    try:
        for name in reader.members():
            reader.next()
            line = reader.line
            yield name, *reader.value_and_text(), line
        if reader.next():
            raise ConfigError(f"{path}:{reader.line}: something stands behind the closing brace")
    except NotJson as error:
        raise ConfigError(f"{path}:{error.line}: not JSON: {error.what}") from error


def _check_name(name: str, place: str, *, of_project: bool = False) -> None:
    """Raises `ConfigError` for a name that is no setting, or none for a project to set."""
    if name not in BY_NAME:
        near = nearest(name.upper(), list(BY_NAME))
        hint = f"did you mean {near}?" if near else "docs/settings.md lists every setting"
        raise ConfigError(f"{place}: unknown setting {quoted(name)}", hint)
    if of_project and BY_NAME[name].personal:
        raise ConfigError(
            f"{place}: {name} is yours to set, not the project's",
            f"remove that line; set it for yourself: ai-session.sh config set {name} VALUE",
        )


def _as_text(name: str, value: Any, place: str, written: str = "") -> str:
    """A value as a variable would have it. `written`: the JSON it was read from, which keeps the
    digits of a number.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return written or str(value)
    taken = _OF_SEVERAL.get(BY_NAME[name].parse)
    if taken and isinstance(value, taken[0]):
        return taken[1](value, written)
    if value is None:
        raise ConfigError(f"{place}: {name} has no value", f"give it one, or remove {name}")
    raise ConfigError(f"{place}: {name} must be one value, not {quoted(value)}")


def _joined(value: Any, _written: str) -> str:
    return " ".join(map(str, value))


def _pairs(value: Any, _written: str) -> str:
    return " ".join(f"{name}={each}" for name, each in value.items())


def _dumped(value: Any, written: str) -> str:
    import json

    return written or json.dumps(value, default=str)


#: The settings that are more than one value: their parser -> the type, and what makes it a text.
_OF_SEVERAL: dict[Any, tuple[type, Callable[[Any, str], str]]] = {
    words: (list, _joined),
    variables: (list, _joined),
    amounts: (dict, _pairs),
    tables: (dict, _dumped),
}


def _twice(name: str, place: str) -> ConfigError:
    return ConfigError(f"{place}: {name} stands there twice", "keep one of the lines")


def text_of(path: str, errors: str = "strict") -> str:
    """The content of a regular file; empty when there is none. A device in its place, which a
    cloned repository may link to, is not read, and nothing waits for a pipe.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ConfigError(f"{path}: not a regular file")
            content = file.read(_LARGEST_BYTES + 1)
        if len(content) > _LARGEST_BYTES:
            raise ConfigError(f"{path}: more than {_LARGEST_BYTES:,} bytes of settings")
        return content.decode("utf-8", errors)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def _unreadable(path: str, error: Exception) -> ConfigError:
    told = getattr(error, "strerror", None) or "it is not UTF-8"
    return ConfigError(f"cannot read {path}: {told}")
