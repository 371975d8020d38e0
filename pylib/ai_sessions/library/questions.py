"""What a program asks a model: its messages and options, checked before anything is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from ai_sessions.conversations import checks
from ai_sessions.errors import UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library import arguments
from ai_sessions.library.answers import field, word
from ai_sessions.library.wrapping import requests
from ai_sessions.providers import options
from ai_sessions.providers import tools as functions
from ai_sessions.providers.contract import Offer
from ai_sessions.records import Json, Message, Role

_EXAMPLE = 'such as [{"role": "user", "content": "Hello!"}]'
_ROLES = (*get_args(Role), "developer", "function")
#: Kinds of blocks that only Anthropic's messages have.
_ANTHROPIC = ("tool_use", "tool_result", "thinking", "redacted_thinking")


@dataclass(frozen=True, slots=True)
class Question:
    """`timeout_s`: seconds for the whole answer; None: by AI_TIMEOUT. `schema`: JSON schema that
    the answer must fit; None: free text.
    """

    messages: tuple[Message, ...]
    model: str = ""
    provider: str = ""
    options: Json | None = None
    schema: Json | None = None
    timeout_s: float | None = None
    tools: Offer | None = None

    @property
    def prompt(self) -> str:
        """The question alone; empty: it is no text of a user alone, and stands in `history`."""
        last = self.messages[-1]
        is_plain = last.role == "user" and not last.parts and last.text.strip()
        return last.text if is_plain else ""

    @property
    def history(self) -> tuple[Message, ...]:
        """What is told before it."""
        return self.messages[:-1] if self.prompt else self.messages


def question(
    messages: Any,
    model: Any = "",
    provider: Any = "",
    *,
    schema: Any = None,
    timeout_s: Any = None,
    tools: Any = None,
    tool_choice: Any = None,
    parallel_tool_calls: Any = None,
    **given: Any,
) -> Question:
    """`tools`, `tool_choice` and `parallel_tool_calls` are as chat completions have them, `given`
    options of `providers.options`. Raises `UsageError` with the value that is wrong.
    """
    said = read(messages)
    return Question(
        said,
        arguments.text("model", model or ""),
        arguments.text("provider", provider or ""),
        options.checked(given),
        _schema(schema),
        _seconds(timeout_s),
        _offer(said, functions.checked(tools, tool_choice, parallel_tool_calls)),
    )


def _offer(messages: tuple[Message, ...], given: Offer | None) -> Offer | None:
    """What is offered. Calls and results that belong together are told as such without it, too;
    others as words. Raises `UsageError` where they have to belong together and do not.
    """
    if given is None and not any(one.tool_calls for one in messages):
        return None
    try:
        functions.check_results(messages)
    except UsageError:
        if given:
            raise
        return None
    return given or Offer()


def read(messages: Any) -> tuple[Message, ...]:
    """Messages as chat completions or Anthropic's API take them; a text is one of a user."""
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    if not isinstance(messages, (list, tuple)) or not messages:
        raise UsageError(f"messages: a list of them, not {messages!r:.80}", _EXAMPLE)
    for place, one in enumerate(messages):
        _refuse_unsound(f"messages[{place}]", one)
    api = "messages" if _is_anthropics(messages) else "chat.completions"
    found = requests.read(api, messages)
    for one in found:
        checks.check(one)
    last = found[-1]
    is_said = last.text.strip() or last.parts or last.tool_calls or last.role == "tool"
    if last.role == "system" or not is_said:
        raise UsageError("messages: the last one asks nothing", _EXAMPLE)
    return found


def _refuse_unsound(where: str, message: Any) -> None:
    if not isinstance(message, Mapping):
        raise UsageError(f"{where}: a dict with role and content, not {message!r:.80}", _EXAMPLE)
    role, content = message.get("role"), message.get("content")
    if role not in _ROLES:
        raise UsageError(f"{where}: no role {role!r:.40}", f"there are: {', '.join(_ROLES)}")
    if not isinstance(content, (str, list, tuple, type(None))):
        raise UsageError(f"{where}: content is a text or a list of parts, not {content!r:.80}")
    calls = message.get("tool_calls")
    if calls is not None and not (isinstance(calls, (list, tuple)) and all(map(_is_call, calls))):
        raise UsageError(f"{where}: tool_calls are not those of an answer: {calls!r:.80}")


def _is_call(call: Any) -> bool:
    """Whether it has what a result needs; SDKs have objects of their own for it."""
    name = field(field(call, "function"), "name")
    return bool(isinstance(name, str) and name and word(call, "id"))


def _is_anthropics(messages: Any) -> bool:
    """Whether a message has a block that only Anthropic's API knows."""
    contents = (one.get("content") for one in messages)
    blocks = (block for one in contents if isinstance(one, (list, tuple)) for block in one)
    return any(isinstance(one, Mapping) and one.get("type") in _ANTHROPIC for one in blocks)


def _schema(schema: Any) -> Json | None:
    if schema is not None and not isinstance(schema, Mapping):
        raise UsageError(f"schema is a JSON schema as a dict, not {schema!r:.80}")
    return schema


def _seconds(value: Any) -> float | None:
    if value is None:
        return None
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 < value < 1e7:
        raise UsageError(f"timeout_s is a number of seconds above 0, not {value!r:.80}")
    return float(value)
