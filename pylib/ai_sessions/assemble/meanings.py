"""What finds texts by their meaning, where the extra `semantic` is installed."""

from __future__ import annotations

from ai_sessions import embeddings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.config import Settings
    from ai_sessions.index.meaning import Meaning

#: What asks for it, for the message where it is not there.
_SETTING = "SEMANTIC=true"


def is_wanted(settings: Settings) -> bool:
    """By SEMANTIC. Raises `ConfigError` where it has to be there and is not installed."""
    setting = settings["SEMANTIC"]
    if setting == "true":
        _check(_SETTING)
    return setting == "true" or (setting == "auto" and embeddings.is_installed())


def meaning(settings: Settings, folder: str) -> Meaning | None:
    """By SEMANTIC; None where it is off. No model is loaded before somebody asks it.

    `folder`: that of the index; where it is empty nothing is kept, and there is no meaning either.
    Raises `ConfigError` where it has to be there and is not installed.
    """
    return required(folder, _SETTING) if is_wanted(settings) and folder else None


def required(folder: str, wish: str) -> Meaning:
    """The same whatever SEMANTIC says. `wish`: what asks for it. Raises `ConfigError`."""
    _check(wish)
    from ai_sessions.embeddings.minilm import MiniLM
    from ai_sessions.index.meaning import Meaning

    return Meaning(MiniLM(), folder)


def _check(wish: str) -> None:
    if not embeddings.is_installed():
        from ai_sessions.config import extras

        raise extras.missing(embeddings.EXTRA, wish)
