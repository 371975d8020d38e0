"""OpenAI's chat completions for tests: streamed or whole, with and without usage.

As a process: python3 test/servers/openai_server.py [--script turns.json] [--log requests.jsonl]
"""

import json
from collections.abc import Sequence
from typing import Any

from loopback import Body, Script, Seen, Server, Turn, events, main, numbered, words

USAGE = {
    "prompt_tokens": 3500,
    "completion_tokens": 20,
    "total_tokens": 3520,
    "prompt_tokens_details": {"cached_tokens": 3000},
    "completion_tokens_details": {"reasoning_tokens": 5},
}
KINDS = {
    401: "invalid_api_key",
    404: "model_not_found",
    429: "rate_limit_exceeded",
}


class ChatCompletions:
    """`POST …/chat/completions`."""

    def __init__(self, models: Sequence[str] = ("test-model",)) -> None:
        self._models = models
        self._ids = numbered("chatcmpl")
        self._call_ids = numbered("call")

    def takes_turn(self, seen: Seen) -> bool:
        return seen.method == "POST" and seen.path.endswith("/chat/completions")

    def pieces(self, turn: Turn, seen: Seen) -> tuple[str, list[bytes]]:
        usage = USAGE if turn.usage is None else dict(turn.usage)
        if seen.body.get("stream"):
            wanted = (seen.body.get("stream_options") or {}).get("include_usage")
            said = self._streamed(turn, seen, usage if wanted else {})
            return "text/event-stream", [*events(("", body) for body in said), b"data: [DONE]\n\n"]
        return "application/json", [json.dumps(self._whole(turn, seen, usage)).encode()]

    def failure(self, turn: Turn) -> Body:
        code = turn.kind or KINDS.get(turn.status)
        return {"error": {"message": turn.error or "failed", "type": "error", "code": code}}

    def aside(self, seen: Seen) -> tuple[int, Body]:
        if seen.path.endswith("/models"):
            listed = [{"id": name, "object": "model"} for name in self._models]
            return 200, {"object": "list", "data": listed}
        return 404, self.failure(Turn(status=404))

    def _whole(self, turn: Turn, seen: Seen, usage: Body) -> Body:
        message = {"role": "assistant", "content": turn.text or None, **self._calls(turn)}
        choice = {"index": 0, "message": message, "finish_reason": _finish(turn)}
        whole = self._frame(seen, "chat.completion", [choice])
        return {**whole, "usage": usage} if usage else whole

    def _streamed(self, turn: Turn, seen: Seen, usage: Body) -> list[Body]:
        deltas: list[Body] = [{"role": "assistant", "content": ""}]
        deltas += [{"content": part} for part in words(turn.text)]
        if turn.tools:
            deltas.append(self._calls(turn))
        frame = self._frame(seen, "chat.completion.chunk", [])
        said = [{**frame, "choices": [_choice(delta, None)]} for delta in deltas]
        said.append({**frame, "choices": [_choice({}, _finish(turn))]})
        return [*said, {**frame, "usage": usage}] if usage else said

    def _calls(self, turn: Turn) -> Body:
        calls = [
            {
                "index": index,
                "id": next(self._call_ids),
                "type": "function",
                "function": {"name": tool["name"], "arguments": json.dumps(tool["input"])},
            }
            for index, tool in enumerate(turn.tools)
        ]
        return {"tool_calls": calls} if calls else {}

    def _frame(self, seen: Seen, kind: str, choices: list[Body]) -> Body:
        model = seen.body.get("model", "test-model")
        return {"id": next(self._ids), "object": kind, "model": model, "choices": choices}


def _choice(delta: Body, finish: str | None) -> Body:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _finish(turn: Turn) -> str:
    return turn.stop or ("tool_calls" if turn.tools else "stop")


def server(script: Script = (), models: Sequence[str] = ("test-model",), **more: Any) -> Server:
    """A server of this API; `url` + "/v1" is what OPENAI_BASE_URL takes."""
    return Server(ChatCompletions(models), script, **more)


if __name__ == "__main__":
    main(ChatCompletions())
