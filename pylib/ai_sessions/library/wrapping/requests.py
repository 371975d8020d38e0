"""What a call of an SDK asks, as messages of ours: one function for each interface of a provider.

Programs send dictionaries, and objects of an earlier answer among them; both are read alike. What
is no text stays beside it, as its interface has it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ai_sessions.library.answers import call_of, field, items, text_of, word
from ai_sessions.library.recording import Asked
from ai_sessions.records import Json, Message, Role, ToolCall

Given = Mapping[str, Any]

#: What others call the roles.
_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "model": "assistant",
    "tool": "tool",
    "function": "tool",
}
#: Characters of a text whose message is kept: there are many of them, and they are small.
_BRIEF = 2_000
#: Blocks of Anthropic that are messages of ours, or calls, or what a model thought.
_NO_PARTS = ("tool_result", "tool_use", "thinking", "redacted_thinking")


def asked(api: str, given: Given) -> Asked:
    """What a call with these arguments asks. Of what cannot be read there are no messages."""
    try:
        messages = tuple(_READERS[api](given))
    except Exception:  # an argument may be anything, and the SDK says what is wrong with it
        messages = ()
    model = given.get("model")
    return Asked(messages, model if isinstance(model, str) else "", api)


def read(api: str, given: Any) -> tuple[Message, ...]:
    """The messages of a call, the system's among them where the interface has it so."""
    return tuple(_READERS[api]({"messages": given}))


def _chat(given: Given) -> Iterator[Message]:
    for said in _list(given.get("messages")):
        if words := _words_alone(said):
            yield words
            continue
        role = _role(said)
        found = [_call(one) for one in items(said, "tool_calls")]
        yield Message(
            role,
            text_of(field(said, "content")) or word(said, "refusal"),
            name=word(said, "name") if role == "tool" else "",
            parts=_parts(field(said, "content")),
            tool_calls=tuple(one for one in found if one) if role == "assistant" else (),
            tool_call_id=_result_of(said, "tool_call_id") if role == "tool" else "",
        )


def _call(call: Any) -> ToolCall | None:
    """With the signature that Gemini has beside it."""
    function, google = field(call, "function"), field(field(call, "extra_content"), "google")
    told = field(function, "name"), field(function, "arguments")
    return call_of(field(call, "id"), *told, word(google, "thought_signature"))


def _responses(given: Given) -> Iterator[Message]:
    if isinstance(given.get("instructions"), str):
        yield Message("system", given["instructions"])
    told = given.get("input")
    if isinstance(told, str):
        yield Message("user", told)
        return
    for item in _list(told):
        kind = word(item, "type")
        if words := _words_alone(item):
            yield words
        elif kind == "function_call":
            call = call_of(field(item, "call_id"), field(item, "name"), field(item, "arguments"))
            yield Message("assistant", "", tool_calls=(call,) if call else ())
        elif kind == "function_call_output":
            yield _result(_result_of(item, "call_id"), field(item, "output"))
        elif field(item, "role"):
            content = field(item, "content")
            yield Message(_role(item), text_of(content), parts=_parts(content))


def _messages(given: Given) -> Iterator[Message]:
    if system := text_of(given.get("system")):
        yield Message("system", system)
    for said in _list(given.get("messages")):
        if words := _words_alone(said):
            yield words
            continue
        content = field(said, "content")
        blocks = content if isinstance(content, (list, tuple)) else ()
        for block in blocks:
            if word(block, "type") == "tool_result":
                failed = field(block, "is_error") is True
                yield _result(_result_of(block, "tool_use_id"), field(block, "content"), failed)
        used = (one for one in blocks if word(one, "type") == "tool_use")
        found = [call_of(field(c, "id"), field(c, "name"), field(c, "input")) for c in used]
        calls, text, parts = tuple(one for one in found if one), text_of(content), _parts(content)
        if text or calls or parts or not blocks:
            role = _role(said)
            yield Message(role, text, parts=parts, tool_calls=calls if role == "assistant" else ())


def _prompt(given: Given) -> Iterator[Message]:
    prompt = given.get("prompt")
    for one in prompt if isinstance(prompt, (list, tuple)) else [prompt]:
        if isinstance(one, str):
            yield Message("user", one)


#: Interface -> what reads its arguments.
_READERS: dict[str, Callable[[Given], Iterator[Message]]] = {
    "chat.completions": _chat,
    "responses": _responses,
    "messages": _messages,
    "completions": _prompt,
}


def _words_alone(said: Any) -> Message | None:
    """A message with a role and a text, as nearly all are; None: there is more to it."""
    if type(said) is not dict or len(said) != 2:
        return None
    role, text = said.get("role"), said.get("content")
    if type(role) is not str or type(text) is not str or role in ("tool", "function"):
        return None
    return _brief(role, text) if len(text) <= _BRIEF else Message(_ROLES.get(role, "user"), text)


@functools.lru_cache(maxsize=4096)
def _brief(role: str, text: str) -> Message:
    """A conversation is sent again with each call, so its messages are made once."""
    return Message(_ROLES.get(role, "user"), text)


def _result(id_: str, content: Any, failed: bool = False) -> Message:
    text = text_of(content) if isinstance(content, (str, list, tuple)) else _json(content)
    return Message("tool", text, tool_call_id=id_, is_error=failed, parts=_parts(content))


def _result_of(said: Any, name: str) -> str:
    """The id of the call; a function of the old form is known by its name."""
    return word(said, name) or word(said, "name") or "call"


def _role(said: Any) -> Role:
    return _ROLES.get(word(said, "role"), "user")


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _parts(content: Any) -> tuple[Json, ...]:
    """What a content has beside its text."""
    if not isinstance(content, (list, tuple)):
        return ()
    others = (one for one in content if not isinstance(one, str) and not word(one, "text"))
    return tuple(_plain(one) for one in others if word(one, "type") not in _NO_PARTS)


def _plain(part: Any) -> Json:
    dump = getattr(part, "model_dump", None)
    plain = json.loads(_json(dump() if callable(dump) else part))
    return plain if isinstance(plain, dict) else {"value": plain}


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)
