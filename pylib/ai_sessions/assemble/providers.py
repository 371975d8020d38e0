"""The providers there are. Adding one is one file and one line here (docs/adding-a-provider.md)."""

from __future__ import annotations

import importlib
import os

from ai_sessions import config
from ai_sessions.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ai_sessions.config import Settings
    from ai_sessions.providers.agents import Access
    from ai_sessions.providers.contract import Provider

    Environment = Mapping[str, str]
    Make = Callable[[Settings, Environment], Provider]


def provider(settings: Settings, environment: Environment, name: str) -> Provider:
    """The provider called `name`. `environment` is what an agent's process inherits.

    Raises `ConfigError` when there is no such provider.
    """
    if name in PROVIDERS:
        return PROVIDERS[name](settings, environment)
    if name in known(settings, environment):
        return _pool(name)(settings, environment)
    raise _unknown(name, f"no provider {name!r}")


def known(settings: Settings, environment: Environment) -> tuple[str, ...]:
    """The names of all providers: those built in, then the pools of the user's own file."""
    from ai_sessions.assemble import known_models

    return (*PROVIDERS, *known_models.own_names(settings, environment, PROVIDERS))


def check_providers(settings: Settings, environment: Environment) -> None:
    """Raises `ConfigError` for a setting that names a provider nobody has."""
    for setting in (*config.PROVIDER_SETTINGS, "SUMMARY_PROVIDER"):
        name = settings[setting]
        if name and name not in PROVIDERS and name not in known(settings, environment):
            told = f"{setting}={name!r} ({settings.place(setting)}): no such provider"
            raise _unknown(name, told)


def _unknown(name: str, told: str) -> ConfigError:
    near = config.nearest(name, list(PROVIDERS))
    hint = f"did you mean {near}? " if near else ""
    return ConfigError(told, f"{hint}there are: {', '.join(PROVIDERS)}")


def installed(environment: Environment) -> Iterator[str]:
    """The agents on PATH that we can drive, the preferred one first."""
    import shutil

    path = environment.get("PATH", os.defpath)
    return (name for name in AGENTS if name in PROVIDERS and shutil.which(name, path=path))


def access(name: str) -> Access:
    """How to get and log in to an agent, one of `AGENTS`."""
    found: Access = importlib.import_module(f"ai_sessions.providers.{name}").ACCESS
    return found


#: Agents that are looked for, the first one found wins.
AGENTS = ("claude", "codex", "gemini", "opencode")


def _made(place: str, *names: str) -> Make:
    """What makes the class at `place` from the settings called `names`."""

    def make(settings: Settings, _environment: Environment) -> Provider:
        return _class(place)(*(settings[name] for name in names))

    return make


def _agent(place: str) -> Make:
    """What makes a class whose process inherits the environment."""

    def make(_settings: Settings, environment: Environment) -> Provider:
        return _class(place)(environment)

    return make


def _class(place: str) -> Callable[..., Provider]:
    """`module:Class` below `providers`, imported now: only the one that answers costs its start."""
    module, name = place.split(":")
    found: Callable[..., Provider] = getattr(
        importlib.import_module(f"ai_sessions.providers.{module}"), name
    )
    return found


def _pool(name: str) -> Make:
    """What makes the server of a pool, with its key; its address is looked up only then."""

    def make(settings: Settings, environment: Environment) -> Provider:
        from ai_sessions.assemble import known_models

        return known_models.server(settings, environment, name)

    return make


#: Adding a provider is one line here.
PROVIDERS: dict[str, Make] = {
    "claude": _agent("claude:Claude"),
    "codex": _agent("codex:Codex"),
    "gemini": _agent("gemini:Gemini"),
    "opencode": _agent("opencode:OpenCode"),
    "openai": _made("openai:OpenAI", "OPENAI_BASE_URL", "OPENAI_API_KEY"),
    "anthropic": _made("anthropic:Anthropic", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"),
    "openrouter": _pool("openrouter"),
    "google": _pool("google"),
    "groq": _pool("groq"),
    "cerebras": _pool("cerebras"),
    "mistral": _pool("mistral"),
    "nvidia": _pool("nvidia"),
    "ollama": _made("ollama:Ollama", "OLLAMA_BASE_URL"),
    "local": _made("local:Local", "LOCAL_MODEL_PATH", "LOCAL_MODELS_DIR", "LOCAL_CONTEXT"),
    "demo": _made("demo:Demo"),
    "echo": _made("echo:Echo"),
}
