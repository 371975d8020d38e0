"""A streamed answer put together again, in the form in which its interface has whole ones.

One class for each interface. `add` takes a piece; `whole` is what came until now, as `answer_of`
reads it; `is_whole` tells whether the model had come to its end.
"""

from __future__ import annotations

from typing import Any, Protocol

from ai_sessions.library.answers import field, items, word

Plain = dict[str, Any]


class Collector(Protocol):
    is_whole: bool

    def add(self, piece: Any) -> bool:
        """False: a piece that the program did not ask for, and does not see."""
        ...

    def whole(self) -> Any: ...


class Chat:
    """Chat completions, and the completions before them."""

    def __init__(self, hides_usage: bool = False) -> None:
        """`hides_usage`: the last piece, which has the usage alone, was asked for by us."""
        self.is_whole = False
        self._hides_usage = hides_usage
        self._texts: list[str] = []
        self._calls: dict[Any, Plain] = {}
        self._model, self._finish = "", ""
        self._usage: Any = None

    def add(self, piece: Any) -> bool:
        self._model = word(piece, "model") or self._model
        self._usage = field(piece, "usage") or self._usage
        choices = items(piece, "choices")
        for choice in choices:
            if not field(choice, "index"):  # the first of several answers
                self._add(choice)
        return bool(choices) or not (self._hides_usage and field(piece, "usage"))

    def _add(self, choice: Any) -> None:
        delta = field(choice, "delta")
        for name in ("content", "refusal"):
            self._texts.append(word(delta, name))
        self._texts.append(word(choice, "text"))
        for one in items(delta, "tool_calls"):
            self._call(one)
        self._finish = word(choice, "finish_reason") or self._finish
        self.is_whole = bool(self._finish)

    def _call(self, piece: Any) -> None:
        known = self._calls.setdefault(
            field(piece, "index"), {"id": "", "function": {"name": "", "arguments": ""}}
        )
        known["id"] = word(piece, "id") or known["id"]
        function = field(piece, "function")
        for name in ("name", "arguments"):
            known["function"][name] += word(function, name)

    def whole(self) -> Plain:
        message = {"content": "".join(self._texts), "tool_calls": list(self._calls.values())}
        choice = {"message": message, "finish_reason": self._finish}
        return {"model": self._model, "choices": [choice], "usage": self._usage}


class Responses:
    """OpenAI's Responses, whose last event has the whole answer."""

    _LAST = ("response.completed", "response.incomplete", "response.failed")

    def __init__(self) -> None:
        self.is_whole = False
        self._texts: list[str] = []
        self._items: list[Any] = []
        self._response: Any = None

    def add(self, piece: Any) -> bool:
        kind = word(piece, "type")
        if kind == "response.output_item.done":
            self._items.append(field(piece, "item"))
        if kind in ("response.output_text.delta", "response.refusal.delta"):
            self._texts.append(word(piece, "delta"))
        if (response := field(piece, "response")) is not None:
            self._response = response
            self.is_whole = kind in self._LAST
        return True

    def whole(self) -> Any:
        if self.is_whole and items(self._response, "output"):
            return self._response
        known = {"model": word(self._response, "model"), "usage": field(self._response, "usage")}
        if self.is_whole:  # servers other than OpenAI's do not always repeat it all
            return {**known, "output": self._items, "status": word(self._response, "status")}
        return {**known, "text": "".join(self._texts)}


class Messages:
    """Anthropic's Messages: blocks that grow, and counts that the end corrects."""

    def __init__(self) -> None:
        self.is_whole = False
        self._blocks: dict[Any, Plain] = {}
        self._model, self._stop = "", ""
        self._usage: Plain = {}

    def add(self, piece: Any) -> bool:
        kind = word(piece, "type")
        if kind == "message_start":
            message = field(piece, "message")
            self._model = word(message, "model")
            self._count(message)
        elif kind == "content_block_start":
            self._begin(field(piece, "index"), field(piece, "content_block"))
        elif kind == "content_block_delta":
            self._grow(self._blocks.get(field(piece, "index"), {}), field(piece, "delta"))
        elif kind == "message_delta":
            self._stop = word(field(piece, "delta"), "stop_reason") or self._stop
            self._count(piece)
        self.is_whole = self.is_whole or kind == "message_stop"
        return True

    def _begin(self, index: Any, block: Any) -> None:
        names = ("type", "text", "id", "name")
        self._blocks[index] = {name: word(block, name) for name in names}

    def _grow(self, block: Plain, delta: Any) -> None:
        if word(delta, "type") == "text_delta":
            block["text"] = block.get("text", "") + word(delta, "text")
        elif word(delta, "type") == "input_json_delta":
            block["input"] = block.get("input", "") + word(delta, "partial_json")

    def _count(self, source: Any) -> None:
        """A later event leaves out what it does not change, or has 0 there."""
        from ai_sessions.library.usage import plain

        told = field(source, "usage")
        if told is not None:
            self._usage |= {key: value for key, value in plain(told).items() if value}

    def whole(self) -> Plain:
        usage = self._usage or None
        blocks = list(self._blocks.values())
        return {
            **{"model": self._model, "content": blocks, "stop_reason": self._stop},
            "usage": usage,
        }


def collector(api: str, hides_usage: bool = False) -> Collector:
    """What puts an answer of this interface together."""
    if api == "messages":
        return Messages()
    return Responses() if api == "responses" else Chat(hides_usage)
