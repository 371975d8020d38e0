"""Where settings are kept, in the order that counts: flag > environment > project > user > default.

A file is read, and what reads it imported, only where there is one.
"""

from __future__ import annotations

import os

from ai_sessions.config.layers import Layer, Settings
from ai_sessions.config.parsers import expanded
from ai_sessions.config.table import BY_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGE = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
#: True for a package that was installed; the wheel has the scripts inside of it.
INSTALLED = os.path.isdir(os.path.join(_PACKAGE, "scripts"))
#: The folder that holds scripts/: the top of the checkout, or the installed package.
ROOT = _PACKAGE if INSTALLED else os.path.abspath(os.path.join(_PACKAGE, "..", ".."))
#: The variable that names another file in place of the user's `config.json`.
USER_FILE = "AI_SESSIONS_CONFIG"
#: The settings of a project beside those of its workspace, from its top folder.
PROJECT_JSON = os.path.join("config", "ai-sessions.json")
#: The same in the workspace folder, which `SESSION_ROOT` names.
PROJECT_YAML = "config.yaml"


def load(
    environment: Mapping[str, str],
    flags: Mapping[str, str] | None = None,
    files: tuple[Layer, ...] = (),
) -> Settings:
    """Put the layers in order. `files`: as of `files`, strongest first."""
    return Settings(
        (
            Layer("flag", flags or {}),
            *_of_environment(environment),
            *files,
            Layer("XDG_STATE_HOME", _xdg(environment)),
            Layer("XDG_CACHE_HOME", _xdg_cache(environment)),
        )
    )


def _of_environment(environment: Mapping[str, str]) -> tuple[Layer, ...]:
    own = Layer("environment", environment)
    if not (theirs := _of_novasystem(environment)):
        return (own,)
    from ai_sessions.config import novasystem

    return own, *novasystem.layers(theirs)


def hint(environment: Mapping[str, str]) -> str:
    """What to set in place of NovaSystem's variables; empty where there is nothing to say."""
    if not (theirs := _of_novasystem(environment)):
        return ""
    from ai_sessions.config import novasystem

    return novasystem.hint(theirs, environment)


def _of_novasystem(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: environment[name] for name in environment if name.startswith("NOVASYSTEM_")}


def files(
    environment: Mapping[str, str],
    repository: str | None,
    root: str = ROOT,
    folder: str | None = None,
) -> tuple[Layer, ...]:
    """The layers from files: those of the project, then those of the user.

    `repository`: top-level folder of the project, or None outside of one; `folder`: where its
    `config/ai-sessions.json` is looked for then, None: nowhere. Raises `ConfigError` for what is
    wrong in a file, with file and line.
    """
    user = _of_user(environment, root)
    top = repository or folder
    if not top:
        return user
    in_json = os.path.join(top, PROJECT_JSON)
    project = _read(in_json, "project_json")
    if repository:
        workspace = load(environment, files=user)["SESSION_ROOT"]
        in_yaml = os.path.join(repository, workspace, PROJECT_YAML)
        project = (*_read(in_yaml, "project_yaml"), *project)
    return *project, *user


def _of_user(environment: Mapping[str, str], root: str) -> tuple[Layer, ...]:
    in_json, *in_env = user_files(environment, root)
    layers = [layer for path in in_env for layer in _read(path, "env_file")]
    if environment.get(USER_FILE):
        from ai_sessions.config import reading

        return reading.user_json(in_json, named_by=USER_FILE), *layers
    return *_read(in_json, "user_json"), *layers


def _read(path: str, reader: str) -> tuple[Layer, ...]:
    """What a file says, by a function of `reading`; nothing where there is none."""
    if not os.path.lexists(path):
        return ()
    from ai_sessions.config import reading

    layer: Layer = getattr(reading, reader)(path)
    return (layer,)


def of_user(environment: Mapping[str, str], root: str = ROOT) -> Settings:
    """The settings outside of any project."""
    return load(environment, files=_of_user(environment, root))


def of_program(environment: Mapping[str, str], root: str = ROOT) -> Settings:
    """The settings of a Python program, by the folder it works in: those of the user and of the
    project that this folder is in.
    """
    try:
        folder = os.getcwd()
    except FileNotFoundError:  # it was removed
        return of_user(environment, root)
    return load(environment, files=files(environment, repository(folder), root, folder))


def user_folder(environment: Mapping[str, str]) -> str:
    """`~/.config/ai-sessions`, or below `$XDG_CONFIG_HOME` where that is set."""
    folder = environment.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(folder):
        folder = expanded("~/.config")
    return os.path.join(folder, "ai-sessions")


def user_file(environment: Mapping[str, str]) -> str:
    """The user's JSON file, which `config set` writes; it need not exist."""
    named = environment.get(USER_FILE)
    return expanded(named) if named else os.path.join(user_folder(environment), "config.json")


def user_files(environment: Mapping[str, str], root: str = ROOT) -> tuple[str, str, str]:
    """Where a user keeps settings, strongest first: one JSON file, two `.env` files. None of them
    has to exist.
    """
    at_home = os.path.join(user_folder(environment), ".env")
    return user_file(environment), at_home, os.path.join(root, ".env")


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
        layers = [*(layer.values for layer in _of_user(environment, root)), _xdg(environment)]
        found = (values.get(setting.name) for values in layers)
        text = next(filter(None, found), setting.default)
    return expanded(text)


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
