"""Ollama, which serves models on a machine of your own: no key, no bill."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ai_sessions.errors import ConfigError
from ai_sessions.providers import openai
from ai_sessions.records import Cost

if TYPE_CHECKING:
    from ai_sessions.providers.contract import Request, Watch
    from ai_sessions.records import Usage

NAME = "ollama"


class Ollama(openai.OpenAI):
    """It speaks as OpenAI's servers do, below `/v1`."""

    def __init__(self, base_url: str) -> None:
        url = base_url.rstrip("/")
        is_bare = url and not urlsplit(url).path
        super().__init__(
            f"{url}/v1" if is_bare else url, name=NAME, base="OLLAMA_BASE_URL", secret=""
        )

    def default_model(self) -> str:
        """The one that was fetched last. Raises `ConfigError` when it has none, or does not say."""
        chat = self.models()
        if not chat:
            raise ConfigError(f"{self._endpoint.url} has no model", "fetch one: ollama pull NAME")
        return chat[0]

    def _answer(self, request: Request, watch: Watch) -> openai.Answer:
        return _Answer(self._endpoint, request, watch)


class _Answer(openai.Answer):
    def spent(self, text: str) -> tuple[Usage | None, Cost | None]:
        usage, _cost = super().spent(text)
        return usage, Cost(0, NAME)
