"""The values in force: flag > environment > project > user > default.

Of a budget the lowest one counts, whoever set it: nobody raises what another one allows.
"""

from __future__ import annotations

import os

from ai_sessions import yaml_text
from ai_sessions.config.parsers import amount, amounts, expanded
from ai_sessions.config.spelling import nearest
from ai_sessions.config.table import BY_NAME, SETTINGS, TAKES_ANYTHING, Setting
from ai_sessions.errors import ConfigError

#: A project's settings are a page at most; and what of a wrong value is quoted.
_LARGEST, _QUOTED = 1 << 18, 60

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from typing import Any

_PACKAGE = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
#: True for a package that was installed; the wheel has the scripts inside of it.
INSTALLED = os.path.isdir(os.path.join(_PACKAGE, "scripts"))
#: The folder that holds scripts/: the top of the checkout, or the installed package.
ROOT = _PACKAGE if INSTALLED else os.path.abspath(os.path.join(_PACKAGE, "..", ".."))


class Settings:
    """The values in force. `settings["SESSION_DIR"]` is parsed; `origin` tells who set it."""

    def __init__(self, layers: tuple[tuple[str, Mapping[str, str]], ...]) -> None:
        """`layers`: (origin, raw texts by name), strongest first."""
        self._layers = layers

    def __getitem__(self, name: str) -> Any:
        setting = BY_NAME[name]
        text, origin = self._found(setting)
        try:
            return setting.parse(text)
        except ValueError as error:
            raise ConfigError(f"{name}={text!r} ({origin}): {error}") from error

    def check(self) -> None:
        """Raises `ConfigError` for the first value that is wrong, whoever set it."""
        for setting in SETTINGS:
            if setting.parse not in TAKES_ANYTHING and self.origin(setting.name) != "default":
                self[setting.name]

    def origin(self, name: str) -> str:
        """`flag`, `environment`, a file's path, or `default`."""
        return self._found(BY_NAME[name])[1]

    def _found(self, setting: Setting) -> tuple[str, str]:
        for origin, values in self._layers:
            text = values.get(setting.name)
            if text is not None and (text != "" or setting.default == ""):
                if setting.parse in (amount, amounts):
                    return self._lowest(setting)
                return text, origin
        return setting.default, "default"

    def _lowest(self, setting: Setting) -> tuple[str, str]:
        """The lowest amount, or the lowest of each name; a text that cannot be read comes first."""
        found = [(values.get(setting.name, ""), origin) for origin, values in self._layers]
        given = [(text, origin) for text, origin in found if text.strip()]
        if len(given) < 2:
            return (*given, ("", "default"))[0]
        for text, origin in given:
            try:
                setting.parse(text)
            except ValueError:
                return text, origin
        if setting.parse is amount:
            return min(given, key=lambda one: _dollars(amount(one[0])))
        return _lowest_by_name([amounts(text) for text, _origin in given]), given[0][1]


def _lowest_by_name(found: list[dict[str, str]]) -> str:
    lowest: dict[str, str] = {}
    for name, dollars in (pair for each in found for pair in each.items()):
        lowest[name] = min(lowest.get(name, dollars), dollars, key=_dollars)
    return " ".join(f"{name}={dollars}" for name, dollars in lowest.items())


def _dollars(text: str | None) -> Decimal:
    from decimal import Decimal

    return Decimal(text or 0)


def load(
    environment: Mapping[str, str],
    flags: Mapping[str, str] | None = None,
    files: tuple[tuple[str, Mapping[str, str]], ...] = (),
) -> Settings:
    """Put the layers in order. `files`: project before user, already read as text values."""
    xdg = (("XDG_STATE_HOME", _xdg(environment)), ("XDG_CACHE_HOME", _xdg_cache(environment)))
    return Settings((("flag", flags or {}), ("environment", environment), *files, *xdg))


def files(
    environment: Mapping[str, str], repository: str | None, root: str = ROOT
) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """The layers from files: the project's `config.yaml`, then those of the user.

    `repository`: top-level folder of the project, or None outside of one.
    Raises `ConfigError` for an unknown name, with the nearest known one.
    """
    user = _of_user(environment, root)
    if not repository:
        return user
    folder = load(environment, files=user)["SESSION_ROOT"]
    return (project_file(os.path.join(repository, folder, "config.yaml")), *user)


def user_files(environment: Mapping[str, str], root: str = ROOT) -> tuple[str, ...]:
    """Where a user keeps settings, strongest first; none of these files has to exist."""
    return user_file(environment), os.path.join(root, ".env")


def user_file(environment: Mapping[str, str]) -> str:
    """`~/.config/ai-sessions/.env`, or below `$XDG_CONFIG_HOME` where that is set."""
    folder = environment.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(folder):
        folder = expanded("~/.config")
    return os.path.join(folder, "ai-sessions", ".env")


def _of_user(
    environment: Mapping[str, str], root: str
) -> tuple[tuple[str, Mapping[str, str]], ...]:
    return tuple(env_file(path) for path in user_files(environment, root))


def of_user(environment: Mapping[str, str], root: str = ROOT) -> Settings:
    """The settings outside of any project."""
    return load(environment, files=_of_user(environment, root))


def repository(folder: str) -> str | None:
    """The nearest folder upwards with a `.git` in it; None outside of a repository."""
    place = os.path.realpath(folder)
    while not os.path.exists(os.path.join(place, ".git")):
        if place == os.path.dirname(place):
            return None
        place = os.path.dirname(place)
    return place


def session_root(environment: Mapping[str, str], root: str = ROOT) -> str:
    """`SESSION_ROOT` alone; no project's file decides where it lies itself."""
    found: str = of_user(environment, root)["SESSION_ROOT"]
    return found


def session_dir(environment: Mapping[str, str], root: str = ROOT) -> str:
    """`SESSION_DIR` alone, without pathlib or a project's file: what `list` needs at its start."""
    text = environment.get("SESSION_DIR")
    if not text:
        setting = BY_NAME["SESSION_DIR"]
        layers = [*(values for _, values in _of_user(environment, root)), _xdg(environment)]
        found = (values.get(setting.name) for values in layers)
        text = next(filter(None, found), setting.default)
    return expanded(text)


def env_file(path: str) -> tuple[str, Mapping[str, str]]:
    """The settings in a `.env` file; none when there is no such file."""
    if not os.path.exists(path):
        return path, {}
    from dotenv import dotenv_values

    try:
        values = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(f"cannot read {path}: {told}") from error
    return path, {name: text or "" for name, text in values.items() if _known(name, path)}


def project_file(path: str) -> tuple[str, Mapping[str, str]]:
    """The `settings:` map of a project's `config.yaml`; none when there is no such file or map."""
    text = _text(path)
    if "settings:" not in text:
        return path, {}
    found = _yaml(text, path).get("settings") or {}
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: settings must be a map of names to values")
    return path, {name: _as_text(name, value, path) for name, value in found.items()}


def _known(name: str, path: str) -> bool:
    if name in BY_NAME:
        return True
    near = nearest(name.upper(), list(BY_NAME))
    hint = f"did you mean {near}?" if near else "docs/settings.md lists every setting"
    raise ConfigError(f"{path}: unknown setting {name!r}", hint)


def _as_text(name: Any, value: Any, path: str) -> str:
    _known(str(name), path)
    if BY_NAME[name].personal:
        raise ConfigError(
            f"{path}: {name} is yours to set, not the project's",
            f"set it in your environment or in {user_file(os.environ)}",
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise ConfigError(f"{path}: {name} must be one value, not {_quoted(value)}")


def _quoted(value: Any) -> str:
    """What stands there, as far as it fits into a line."""
    shown = repr(value)
    return shown if len(shown) <= _QUOTED else f"{shown[:_QUOTED]}…"


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error


def _yaml(text: str, path: str) -> dict[str, Any]:
    try:
        found = yaml_text.loaded(text, _LARGEST)
    except yaml_text.NotYaml as error:
        line = f":{error.line}" if error.line else ""
        raise ConfigError(f"{path}{line}: {error.message}") from error
    return found if isinstance(found, dict) else {}


def _xdg(environment: Mapping[str, str]) -> dict[str, str]:
    """`$XDG_STATE_HOME/ai-sessions`, where that is set and `~/.ai-sessions` is not in use."""
    state = environment.get("XDG_STATE_HOME", "")
    if not os.path.isabs(state) or os.path.isdir(expanded(BY_NAME["SESSION_DIR"].default)):
        return {}
    return {"SESSION_DIR": os.path.join(state, "ai-sessions")}


def _xdg_cache(environment: Mapping[str, str]) -> dict[str, str]:
    cache = environment.get("XDG_CACHE_HOME", "")
    models = os.path.join(cache, "ai-sessions", "models")
    return {"LOCAL_MODELS_DIR": models} if os.path.isabs(cache) else {}
