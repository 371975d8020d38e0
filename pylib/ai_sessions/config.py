"""Every setting there is: declared once, read from flag > environment > project > user > default.

`.env.template`, the reference page and `config --show-origin` are made from `SETTINGS`. This module
stays light on imports because every command loads it: `pathlib` and `typing` cost more than reading
a thousand sessions does, so they are named in annotations only.
"""

from __future__ import annotations

import os

from ai_sessions.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

#: The folder that holds scripts/ and pylib/; its `.env` is the user's own file.
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

TRUE_WORDS = ("1", "true", "yes", "on")
FALSE_WORDS = ("0", "false", "no", "off")


def boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError("use true or false")


def switch(text: str) -> bool:
    """For a name that other programs use for words of their own: what is no yes is no."""
    return text.strip().lower() in TRUE_WORDS


def positive_number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise ValueError("use a number above 0")
    return value


def positive_integer(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value <= 0:
        raise ValueError("use a whole number above 0")
    return value


def no_option(text: str) -> str:
    """A word for an agent's command line, which a project's file may choose."""
    if text.startswith("-"):
        raise ValueError("use a name that does not begin with a dash")
    return text


def word_of(*words: str) -> Callable[[str], str]:
    """A parser that takes one of `words`."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"use one of: {', '.join(words)}")
        return text

    return parse


def amount(text: str) -> str | None:
    """An amount of dollars above 0, still as text; None when there is none."""
    if not text.strip():
        return None
    from decimal import Decimal, InvalidOperation

    try:
        dollars = Decimal(text)
    except InvalidOperation:
        dollars = Decimal(0)
    if not dollars.is_finite() or dollars <= 0:
        raise ValueError("use dollars above 0, for example 2.50")
    return text.strip()


def amounts(text: str) -> dict[str, str]:
    """Amounts by name: `opus=3 sonnet=10.50`."""
    found: dict[str, str] = {}
    for part in text.replace(",", " ").split():
        name, equals, value = part.partition("=")
        dollars = amount(value) if name and equals else None
        if dollars is None:
            raise ValueError("use names with dollars, for example opus=3 sonnet=10.50")
        found[name] = dollars
    return found


def tables(text: str) -> dict[str, Any]:
    """Maps by name, as YAML or JSON: `{name: {key: value}}`, or the path of a file with that."""
    if not text.strip():
        return {}
    found = _parsed(text if text.lstrip().startswith("{") else _read(expanded(text.strip())))
    if isinstance(found, dict) and all(isinstance(value, dict) for value in found.values()):
        return {str(name): value for name, value in found.items()}
    raise ValueError("use a map of names to maps, for example {my-model: {input: 1.5}}")


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ValueError(f"cannot read {path}: {told}; use a file, or a map in braces") from error


def _parsed(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {getattr(error, 'problem', error)}") from error


def directory(text: str) -> Path:
    from pathlib import Path

    return Path(expanded(text))


def expanded(text: str) -> str:
    """An absolute path, `~` replaced by the home folder."""
    if text[:1] == "~" and os.environ.get("HOME") == "":  # which `expanduser` takes for `/`
        import pwd

        text = text.replace("~", pwd.getpwuid(os.getuid()).pw_dir, 1)
    return os.path.abspath(os.path.expanduser(text))


def optional_directory(text: str) -> Path | None:
    return directory(text) if text else None


class Setting:
    """One setting: its variable, default (as text), parser and what it is for (one sentence).

    `personal`: not taken from a project's file, because a cloned repository must not decide where
    your sessions go or which server your key is sent to.
    """

    __slots__ = ("default", "group", "meaning", "name", "parse", "personal", "secret")

    def __init__(
        self,
        name: str,
        default: str,
        parse: Callable[[str], Any],
        meaning: str,
        *,
        group: str,
        secret: bool = False,
        personal: bool = False,
    ) -> None:
        self.name = name
        self.default = default
        self.parse = parse
        self.meaning = meaning
        self.group = group
        self.secret = secret
        self.personal = personal or secret


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "SESSION_DIR",
        "~/.ai-sessions",
        directory,
        "Where sessions are kept (0700).",
        group="Sessions",
        personal=True,
    ),
    Setting(
        "USE_SESSIONS",
        "true",
        boolean,
        "Record and continue conversations; false leaves no trace in SESSION_DIR.",
        group="Sessions",
    ),
    Setting(
        "SESSION_FSYNC",
        "data",
        word_of("data", "full", "none"),
        "What survives a power cut: data (all acknowledged writes), full (also the checkpoint "
        "file), none (for tests).",
        group="Sessions",
    ),
    Setting(
        "SESSION_LOCK_TIMEOUT",
        "30",
        positive_number,
        "Seconds to wait for another process that is writing to the session.",
        group="Sessions",
    ),
    Setting(
        "SESSION_TURN_TIMEOUT",
        "60",
        positive_number,
        "Seconds to wait while another command talks in the session or works on the feature.",
        group="Sessions",
    ),
    Setting(
        "SESSION_CONTENT",
        "full",
        word_of("full", "none"),
        "Whether prompts and answers are stored, or only tokens and cost.",
        group="Sessions",
    ),
    Setting(
        "AI_PROVIDER",
        "",
        str,
        "Who answers: claude, codex, gemini, opencode (agents), openai, anthropic (servers), local "
        "(a model in this process), demo, echo; empty: the first agent that is installed.",
        group="Models",
    ),
    Setting(
        "AI_MODEL",
        "",
        no_option,
        "Model name or alias (sonnet, opus, haiku, or a full id); empty: the provider's default.",
        group="Models",
    ),
    Setting(
        "AI_TIMEOUT",
        "1800",
        positive_number,
        "Seconds one call of an agent may take.",
        group="Models",
    ),
    Setting(
        "AI_SILENCE_TIMEOUT",
        "600",
        positive_number,
        "Seconds an agent may say nothing at all before it is stopped.",
        group="Models",
    ),
    Setting(
        "OPENAI_BASE_URL",
        "",
        str,
        "Base URL of an OpenAI-compatible server, for AI_PROVIDER=openai "
        "(Ollama: http://127.0.0.1:11434/v1).",
        group="Models",
        personal=True,
    ),
    Setting(
        "OPENAI_API_KEY",
        "",
        str,
        "Key for that server; may stay empty for a local one.",
        group="Models",
        secret=True,
    ),
    Setting(
        "ANTHROPIC_BASE_URL",
        "https://api.anthropic.com",
        str,
        "Base URL of a server of the Messages API, for AI_PROVIDER=anthropic.",
        group="Models",
        personal=True,
    ),
    Setting("ANTHROPIC_API_KEY", "", str, "Key for that server.", group="Models", secret=True),
    Setting(
        "LOCAL_MODEL_PATH",
        "",
        str,
        "GGUF file, or name of a model that was pulled, for AI_PROVIDER=local; AI_MODEL wins.",
        group="Models",
        personal=True,
    ),
    Setting(
        "LOCAL_CONTEXT",
        "8192",
        positive_integer,
        "Tokens that the local model can hold at once, its answer included; more take more memory.",
        group="Models",
    ),
    Setting(
        "LOCAL_MODELS_DIR",
        "~/.cache/ai-sessions/models",
        directory,
        "Where models that were pulled are kept; under $XDG_CACHE_HOME where that is set.",
        group="Models",
        personal=True,
    ),
    Setting(
        "LOCAL_MODELS_URL",
        "",
        str,
        "A mirror to pull models from, in place of their publishers' scheme and host.",
        group="Models",
        personal=True,
    ),
    Setting(
        "SESSION_ROOT",
        ".ai-session",
        str,
        "Name of the workspace folder in your repository.",
        group="Workflow",
        personal=True,
    ),
    Setting(
        "TEST_TIMEOUT",
        "300",
        positive_number,
        "Seconds one run of a task's tests may take when the plan names no limit.",
        group="Workflow",
    ),
    Setting(
        "ATTEMPTS",
        "3",
        positive_integer,
        "How often the agent may try each step of a task when the plan names no number.",
        group="Workflow",
    ),
    Setting("BUDGET_CALL", "", amount, "Dollars one call may cost.", group="Budgets"),
    Setting("BUDGET_TASK", "", amount, "Dollars for the calls of one task.", group="Budgets"),
    Setting("BUDGET_FEATURE", "", amount, "Dollars for the calls of one feature.", group="Budgets"),
    Setting("BUDGET_SESSION", "", amount, "Dollars for the calls of one session.", group="Budgets"),
    Setting(
        "BUDGET_DAY",
        "",
        amount,
        "Dollars a day, over all sessions; days are those of this machine's clock.",
        group="Budgets",
        personal=True,
    ),
    Setting(
        "BUDGET_MONTH",
        "",
        amount,
        "Dollars a month, over all sessions.",
        group="Budgets",
        personal=True,
    ),
    Setting(
        "BUDGET_MODEL",
        "",
        amounts,
        "Dollars for each of some models, ever: opus=30 sonnet=50.",
        group="Budgets",
        personal=True,
    ),
    Setting(
        "PRICES",
        "",
        tables,
        "Your prices, dollars a million tokens: {my-model: {input: 1.5, output: 6}}, or a file.",
        group="Prices",
        personal=True,
    ),
    Setting(
        "DEBUG",
        "false",
        switch,
        "Show a traceback when something breaks; any other word than a yes is no.",
        group="Output",
    ),
)

#: Parsers that refuse nothing; asking one for a folder would cost an import.
_TAKES_ANYTHING = (str, switch, directory, optional_directory)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


class Settings:
    """The values in force. `settings["SESSION_DIR"]` is parsed; `origin` tells who set it."""

    def __init__(self, layers: tuple[tuple[str, Mapping[str, str]], ...]) -> None:
        """`layers`: (origin, raw texts by name), strongest first."""
        self._layers = layers

    def __getitem__(self, name: str) -> Any:
        setting = _BY_NAME[name]
        text, origin = self._found(setting)
        try:
            return setting.parse(text)
        except ValueError as error:
            raise ConfigError(f"{name}={text!r} ({origin}): {error}") from error

    def check(self) -> None:
        """Raises `ConfigError` for the first value that is wrong, whoever set it."""
        for setting in SETTINGS:
            if setting.parse not in _TAKES_ANYTHING and self.origin(setting.name) != "default":
                self[setting.name]

    def origin(self, name: str) -> str:
        """`flag`, `environment`, a file's path, or `default`."""
        return self._found(_BY_NAME[name])[1]

    def _found(self, setting: Setting) -> tuple[str, str]:
        for origin, values in self._layers:
            text = values.get(setting.name)
            if text is not None and (text != "" or setting.default == ""):
                return text, origin
        return setting.default, "default"


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
    """The layers from files: the project's `config.yaml`, then the toolkit's `.env`.

    `repository`: top-level folder of the project, or None outside of one.
    Raises `ConfigError` for an unknown name, with the nearest known one.
    """
    user = env_file(os.path.join(root, ".env"))
    if not repository:
        return (user,)
    folder = session_root(environment, root)
    return (project_file(os.path.join(repository, folder, "config.yaml")), user)


def check(environment: Mapping[str, str], root: str = ROOT) -> None:
    """Look at the settings outside of any project. Raises `ConfigError` for a wrong one."""
    load(environment, files=(env_file(os.path.join(root, ".env")),)).check()


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
    found: str = load(environment, files=(env_file(os.path.join(root, ".env")),))["SESSION_ROOT"]
    return found


def session_dir(environment: Mapping[str, str], root: str = ROOT) -> str:
    """`SESSION_DIR` alone, without pathlib or a project's file: what `list` needs at its start."""
    text = environment.get("SESSION_DIR")
    if not text:
        setting = _BY_NAME["SESSION_DIR"]
        _, values = env_file(os.path.join(root, ".env"))
        text = values.get(setting.name) or _xdg(environment).get(setting.name) or setting.default
    return expanded(text)


def env_file(path: str) -> tuple[str, Mapping[str, str]]:
    """The settings in a `.env` file; none when there is no such file."""
    if not os.path.exists(path):
        return path, {}
    from dotenv import dotenv_values

    values = dotenv_values(path, interpolate=False)
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


def nearest(word: str, known: tuple[str, ...] | list[str]) -> str:
    """The known word most like `word`, or the empty string."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, known, 1, 0.5)), "")


def _known(name: str, path: str) -> bool:
    if name in _BY_NAME:
        return True
    near = nearest(name.upper(), list(_BY_NAME))
    hint = f"did you mean {near}?" if near else "docs/settings.md lists every setting"
    raise ConfigError(f"{path}: unknown setting {name!r}", hint)


def _as_text(name: Any, value: Any, path: str) -> str:
    _known(str(name), path)
    if _BY_NAME[name].personal:
        raise ConfigError(
            f"{path}: {name} is yours to set, not the project's",
            f"set it in your environment or in {os.path.join(ROOT, '.env')}",
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise ConfigError(f"{path}: {name} must be one value, not {value!r}")


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error


def _yaml(text: str, path: str) -> dict[str, Any]:
    import yaml

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise ConfigError(f"{path}{line}: {getattr(error, 'problem', error)}") from error
    return found if isinstance(found, dict) else {}


def _xdg(environment: Mapping[str, str]) -> dict[str, str]:
    """`$XDG_STATE_HOME/ai-sessions`, where that is set and `~/.ai-sessions` is not in use."""
    state = environment.get("XDG_STATE_HOME", "")
    if not os.path.isabs(state) or os.path.isdir(expanded(_BY_NAME["SESSION_DIR"].default)):
        return {}
    return {"SESSION_DIR": os.path.join(state, "ai-sessions")}


def _xdg_cache(environment: Mapping[str, str]) -> dict[str, str]:
    cache = environment.get("XDG_CACHE_HOME", "")
    models = os.path.join(cache, "ai-sessions", "models")
    return {"LOCAL_MODELS_DIR": models} if os.path.isabs(cache) else {}
