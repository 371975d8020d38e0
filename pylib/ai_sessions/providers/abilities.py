"""What a request asks for that its provider would leave out: refused before anything is called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ai_sessions.errors import Unsupported
from ai_sessions.providers import media

if TYPE_CHECKING:
    from ai_sessions.providers.contract import Provider, Request
    from ai_sessions.records import Message

#: Options and the values with which they change nothing.
_IDLE = {"temperature": 1, "top_p": 1}


def check(provider: Provider, request: Request, history: Iterable[Message]) -> None:
    """Raises `Unsupported` for tools that cannot be called; where the request is exact, also for
    options, a schema or parts of `history` that the model would not be told of.
    """
    name = " ".join(filter(None, (provider.name, request.model)))
    if request.tools and request.tools.may_be_called and not provider.quirks.takes_tools:
        raise Unsupported("tools", f"{name} takes no tools of a client", _hint(provider))
    if not request.is_exact:
        return
    for option, value in request.options.items():
        if _IDLE.get(option) != value and _ignores(provider, option):
            raise Unsupported(option, f"{name} takes no {option}", "leave it out")
    if request.schema is not None and not provider.quirks.takes_schema:
        told = f"{name} cannot be held to a form"
        raise Unsupported("response_format", told, "ask for it in words")
    _check_parts(provider, name, history)


def _hint(provider: Provider) -> str:
    is_agent = provider.quirks.keeps_context
    return "an agent has tools of its own; name another model" if is_agent else "name another model"


def _ignores(provider: Provider, option: str) -> bool:
    return provider.quirks.keeps_context or option in provider.quirks.ignores


def _check_parts(provider: Provider, name: str, history: Iterable[Message]) -> None:
    for part in (part for one in history for part in one.parts):
        kind = media.kind(part)
        if kind and kind not in provider.quirks.parts:
            shown = {"upload": "file that is known by an id alone"}.get(kind, kind)
            raise Unsupported("messages", f"{name} cannot be shown a part of a message: {shown}")
