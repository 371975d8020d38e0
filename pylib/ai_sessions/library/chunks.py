"""An answer that a function gives in pieces: which interface they are of, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_sessions.library.answers import answer_of, field, word
from ai_sessions.library.wrapping.collecting import Chat, Messages, Responses

if TYPE_CHECKING:
    from ai_sessions.library.wrapping.collecting import Collector

#: Beginnings of the types of Anthropic's events.
_MESSAGES = ("message_", "content_block_", "ping")


class Texts:
    """Texts, and objects with a text of their own, as those of Gemini. Counts of a later piece are
    those of all.
    """

    def __init__(self) -> None:
        self.is_whole = False
        self._texts: list[str] = []
        self._known: dict[str, Any] = {}

    def add(self, piece: Any) -> bool:
        found = answer_of(piece)
        self._texts.append(found.text)
        told = {"usage": found.usage, "model": found.model, "provider_name": found.provider}
        self._known |= {key: value for key, value in told.items() if value}
        return True

    def whole(self) -> dict[str, Any]:
        return {**self._known, "text": "".join(self._texts)}


def collector_of(piece: Any) -> Collector:
    """What puts an answer together that begins with `piece`."""
    kind = word(piece, "type")
    if kind.startswith("response."):
        return Responses()
    if kind.startswith(_MESSAGES):
        return Messages()
    return Texts() if field(piece, "choices") is None else Chat()
