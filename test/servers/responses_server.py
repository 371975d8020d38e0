"""OpenAI's Responses API for tests, streamed as codex wants it or whole, with tool calls.

As a process: python3 test/servers/responses_server.py [--script turns.json] [--log requests.jsonl]
"""

import json
from typing import Any

from loopback import Body, Script, Seen, Server, Turn, events, main, numbered

USAGE = {
    "input_tokens": 3100,
    "input_tokens_details": {"cached_tokens": 3000},
    "output_tokens": 20,
    "output_tokens_details": {"reasoning_tokens": 5},
    "total_tokens": 3120,
}


class Responses:
    """`POST …/responses`. A tool whose input is a text is called as a custom tool."""

    def __init__(self) -> None:
        self._ids = numbered("resp")
        self._call_ids = numbered("call")

    def takes_turn(self, seen: Seen) -> bool:
        return seen.method == "POST" and seen.path.partition("?")[0].endswith("/responses")

    def pieces(self, turn: Turn, seen: Seen) -> tuple[str, list[bytes]]:
        id_ = next(self._ids)
        usage = USAGE if turn.usage is None else dict(turn.usage)
        if not seen.body.get("stream"):
            whole = {"id": id_, "object": "response", "model": seen.body.get("model", "test-model")}
            whole |= {"status": "completed", "output": self._items(turn, id_), "usage": usage}
            return "application/json", [json.dumps(whole).encode()]
        said = [_event("response.created", response={"id": id_})]
        for item in self._items(turn, id_):
            said.append(_event("response.output_item.added", item=item))
            said.append(_event("response.output_item.done", item=item))
        said.append(_event("response.completed", response={"id": id_, "usage": usage}))
        return "text/event-stream", events(said)

    def failure(self, turn: Turn) -> Body:
        return {"error": {"message": turn.error or "failed", "type": turn.kind or "error"}}

    def aside(self, seen: Seen) -> tuple[int, Body]:
        if seen.path.partition("?")[0].endswith("/models"):
            return 200, {"object": "list", "data": []}
        return 404, self.failure(Turn(status=404))

    def _items(self, turn: Turn, id_: str) -> list[Body]:
        items: list[Body] = []
        if turn.text:
            content = [{"type": "output_text", "text": turn.text}]
            items.append(
                {"type": "message", "role": "assistant", "id": f"msg_{id_}", "content": content}
            )
        for tool in turn.tools:
            space = {"namespace": tool["namespace"]} if "namespace" in tool else {}
            call = {"call_id": next(self._call_ids), "name": tool["name"], **space}
            given = tool["input"]
            if isinstance(given, str):
                items.append({"type": "custom_tool_call", **call, "input": given})
            else:
                items.append({"type": "function_call", **call, "arguments": json.dumps(given)})
        return items


def _event(kind: str, **more: Any) -> tuple[str, Body]:
    return kind, {"type": kind, **more}


def server(script: Script = (), **more: Any) -> Server:
    """A server of this API; `url` + "/v1" is the base URL of a codex model provider."""
    return Server(Responses(), script, **more)


if __name__ == "__main__":
    main(Responses())
