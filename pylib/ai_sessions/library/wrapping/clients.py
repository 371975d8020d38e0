"""`wrap`: a client of an SDK whose calls are on record, in place of the one that a program has.

The client that comes back is of the class of the one that was given, and shares its connections;
what its calls return and raise is what the SDK does. The one that was given stays as it was.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ai_sessions.library.errors import InvalidSessionOperation
from ai_sessions.library.new_messages import Before
from ai_sessions.library.session_manager import SessionManager
from ai_sessions.library.sessions import Tracked
from ai_sessions.library.wrapping.calls import Calls

Client = TypeVar("Client")

#: Where a client has calls of models -> the interface that they speak. Of each the verbs below.
_PLACES = {
    "chat.completions": "chat.completions",
    "beta.chat.completions": "chat.completions",
    "responses": "responses",
    "completions": "completions",
    "messages": "messages",
    "beta.messages": "messages",
}
_VERBS = ("create", "parse")
#: What an SDK keeps of a resource that would call it past us.
_CACHED = ("with_raw_response", "with_streaming_response")
#: Host -> what its provider is called. These also take `stream_options`.
_HOSTS = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure",
    "api.anthropic.com": "anthropic",
    "openrouter.ai": "openrouter",
}


def wrap(
    client: Client,
    session_id: str | SessionManager | Tracked | None = None,
    *,
    provider: str = "",
    store: Any = None,
    stream_usage: bool | None = None,
) -> Client:
    """`client` of the OpenAI or Anthropic SDK, sync or async, with each of its calls on record.

    All calls go to one session: wrap the client again for another conversation, which costs next to
    nothing. `session_id`: None: a new session, whose id the client has as `session_id`. `provider`:
    empty: by the client's address. `stream_usage`: whether a stream of chat completions is asked
    for its usage, which the program does not see; None: where the server is known to take that.

    Raises `InvalidSessionOperation` for what has no calls that could be recorded.
    """
    tracked = _tracked(session_id, store)
    host = urlsplit(str(getattr(client, "base_url", ""))).hostname or ""
    known = next((name for end, name in _HOSTS.items() if host.endswith(end)), "")
    named = provider or known or type(client).__module__.partition(".")[0]
    asks = bool(known) if stream_usage is None else stream_usage
    wrapped: Any = None if isinstance(client, ModuleType) else copy.copy(client)
    before = Before(tracked.core)
    places = {place: Calls(tracked, before, named, api, asks) for place, api in _PLACES.items()}
    found = [place for place, calls in places.items() if _is_placed(wrapped, place, calls)]
    if not found:
        raise InvalidSessionOperation(
            "wrap",
            f"nothing to record in a {type(client).__name__}",
            hint="it takes a client of the OpenAI or Anthropic SDK, such as OpenAI()",
        )
    wrapped.session_id = tracked.session_id
    for name in ("copy", "with_options"):
        if callable(again := getattr(client, name, None)):
            options = {"provider": named, "stream_usage": asks}
            setattr(wrapped, name, functools.partial(_again, again, tracked, options))
    return wrapped  # type: ignore[no-any-return]


def _again(
    made: Callable[..., Any],
    tracked: Tracked,
    options: Mapping[str, Any],
    /,
    *args: Any,
    **given: Any,
) -> Any:
    """A copy of a wrapped client with other options is wrapped, too."""
    return wrap(made(*args, **given), tracked, **options)


def _tracked(session: str | SessionManager | Tracked | None, store: Any) -> Tracked:
    if isinstance(session, SessionManager):
        return session.tracked
    return session if isinstance(session, Tracked) else Tracked(session, store=store)


def _is_placed(wrapped: Any, place: str, calls: Calls) -> bool:
    """Put copies of the resources on the way to a place into the client, the last with verbs that
    record. False: the client has no such place.
    """
    at = wrapped
    for name in place.split("."):
        resource = getattr(at, name, None)
        if resource is None:
            return False
        own = copy.copy(resource)
        for cached in _CACHED:
            getattr(own, "__dict__", {}).pop(cached, None)
        if hasattr(own, "_client"):
            own._client = wrapped
        setattr(at, name, own)
        at = own
    verbs = [name for name in _VERBS if callable(getattr(at, name, None))]
    for name in verbs:
        setattr(at, name, calls.recorded(getattr(at, name)))
    if verbs and callable(getattr(at, "stream", None)):
        at.stream = calls.managed(at.stream)
    return bool(verbs)
