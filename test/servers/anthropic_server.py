"""Anthropic's Messages API for tests: streamed or whole, with tool use.

As a process: python3 test/servers/anthropic_server.py [--script turns.json] [--log requests.jsonl]
"""

import json
from typing import Any

from loopback import Body, Script, Seen, Server, Turn, events, main, numbered, words

USAGE = {
    "input_tokens": 100,
    "cache_creation_input_tokens": 400,
    "cache_read_input_tokens": 3000,
    "output_tokens": 20,
}
KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}


class Messages:
    """`POST /v1/messages`. With `agents_only`, a request without tools (a title, a summary) is
    answered `OK` and takes no turn."""

    def __init__(self, agents_only: bool = False) -> None:
        self._agents_only = agents_only
        self._ids = numbered("msg")
        self._tool_ids = numbered("toolu")

    def takes_turn(self, seen: Seen) -> bool:
        if seen.method != "POST" or seen.path.partition("?")[0] != "/v1/messages":
            return False
        return bool(seen.body.get("tools")) or not self._agents_only

    def pieces(self, turn: Turn, seen: Seen) -> tuple[str, list[bytes]]:
        message = self._message(turn, seen)
        if not seen.body.get("stream"):
            return "application/json", [json.dumps(message).encode()]
        return "text/event-stream", events(_streamed(message))

    def failure(self, turn: Turn) -> Body:
        kind = turn.kind or KINDS.get(turn.status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": turn.error or "failed"}}

    def aside(self, seen: Seen) -> tuple[int, Body]:
        path = seen.path.partition("?")[0]
        if path == "/v1/messages/count_tokens":
            return 200, {"input_tokens": 100}
        if path == "/v1/messages":
            return 200, self._message(Turn(), seen)
        if path == "/v1/models":
            names = ("claude-opus-4-5", "claude-haiku-4-5")
            return 200, {"data": [{"id": one, "type": "model"} for one in names]}
        return (200, {}) if path == "/" else (404, self.failure(Turn(status=404)))

    def _message(self, turn: Turn, seen: Seen) -> Body:
        content: list[Body] = [{"type": "text", "text": turn.text}] if turn.text else []
        for tool in turn.tools:
            content.append({"type": "tool_use", "id": next(self._tool_ids), **tool})
        return {
            "id": next(self._ids),
            "type": "message",
            "role": "assistant",
            "model": seen.body.get("model", "claude-test"),
            "content": content,
            "stop_reason": turn.stop or ("tool_use" if turn.tools else "end_turn"),
            "stop_sequence": None,
            "usage": USAGE if turn.usage is None else dict(turn.usage),
        }


def _streamed(message: Body) -> list[tuple[str, Body]]:
    usage = message["usage"]
    first = {**message, "content": [], "stop_reason": None}
    first["usage"] = {**usage, "output_tokens": 1} if usage else {}
    said: list[tuple[str, Body]] = [_event("message_start", message=first)]
    for index, block in enumerate(message["content"]):
        empty, deltas = _block(block)
        said.append(_event("content_block_start", index=index, content_block=empty))
        said += [_event("content_block_delta", index=index, delta=delta) for delta in deltas]
        said.append(_event("content_block_stop", index=index))
    ended = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    output = {"output_tokens": usage["output_tokens"]} if usage else {}
    said.append(_event("message_delta", delta=ended, usage=output))
    return [*said, _event("message_stop")]


def _block(block: Body) -> tuple[Body, list[Body]]:
    """An empty block, and what fills it."""
    if block["type"] == "text":
        deltas = [{"type": "text_delta", "text": part} for part in words(block["text"])]
        return {"type": "text", "text": ""}, deltas
    given = json.dumps(block["input"])
    deltas = [{"type": "input_json_delta", "partial_json": part} for part in words(given)]
    return {**block, "input": {}}, deltas


def _event(kind: str, **more: Any) -> tuple[str, Body]:
    return kind, {"type": kind, **more}


def server(script: Script = (), agents_only: bool = False, **more: Any) -> Server:
    """A server of this API; `url` is what ANTHROPIC_BASE_URL takes."""
    return Server(Messages(agents_only), script, **more)


if __name__ == "__main__":
    main(Messages(agents_only=True))
