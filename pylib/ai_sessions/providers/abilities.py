"""What a request asks for that its provider would leave out: refused before anything is called, but
for what merely tunes an answer of an agent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ai_sessions.errors import Unsupported
from ai_sessions.providers import media

if TYPE_CHECKING:
    from ai_sessions.providers.contract import Provider, Request
    from ai_sessions.records import Json, Message

#: Options and the values with which they change nothing.
_IDLE = {"temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0}
#: Options that tune an answer and leave its form as it is. Most clients send some of them whatever
#: they ask, so that an agent, which takes none, answers all the same.
_TUNING = ("temperature", "top_p", "seed", "max_tokens", "presence_penalty", "frequency_penalty")


def check(provider: Provider, request: Request, history: Iterable[Message]) -> None:
    """Raises `Unsupported` for tools that cannot be called; where the request is exact, also for
    options, a schema or parts of `history` that the model would not be told of.
    """
    name = " ".join(filter(None, (provider.name, request.model)))
    if request.tools and request.tools.may_be_called and not provider.quirks.takes_tools:
        raise Unsupported("tools", f"{name} takes no tools of a client", _hint(provider))
    if not request.is_exact:
        return
    passed_over = ignored(provider, request.options)
    for option, value in request.options.items():
        if option in passed_over:
            continue
        if _IDLE.get(option) != value and _ignores(provider, option):
            raise Unsupported(option, f"{name} takes no {option}", "leave it out")
    if request.schema is not None and not provider.quirks.takes_schema:
        told = f"{name} cannot be held to a form"
        raise Unsupported("response_format", told, "ask for it in words")
    _check_parts(provider, name, history)


def ignored(provider: Provider, options: Json) -> tuple[str, ...]:
    """Options that an agent answers without; each is to be said."""
    if not provider.quirks.keeps_context:
        return ()
    return tuple(one for one in _TUNING if one in options and options[one] != _IDLE.get(one))


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
