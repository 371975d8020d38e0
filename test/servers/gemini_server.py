"""Google's generateContent for tests, streamed or whole, with function calls.

As a process: python3 test/servers/gemini_server.py [--script turns.json] [--log requests.jsonl]
"""

import json
from typing import Any

from loopback import Body, Script, Seen, Server, Turn, events, main, words

USAGE = {
    "promptTokenCount": 3100,
    "cachedContentTokenCount": 3000,
    "candidatesTokenCount": 20,
    "thoughtsTokenCount": 5,
    "totalTokenCount": 3125,
}
KINDS = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 429: "RESOURCE_EXHAUSTED"}


class GenerateContent:
    """`POST …/models/M:generateContent` and `:streamGenerateContent`; a request without tools is
    answered `OK` and takes no turn."""

    def takes_turn(self, seen: Seen) -> bool:
        asks = seen.path.partition("?")[0].endswith("enerateContent")
        return seen.method == "POST" and asks and bool(seen.body.get("tools"))

    def pieces(self, turn: Turn, seen: Seen) -> tuple[str, list[bytes]]:
        usage = USAGE if turn.usage is None else dict(turn.usage)
        if ":stream" not in seen.path:
            whole = _chunk(seen, _parts(turn, [turn.text]), turn.stop or "STOP", usage)
            return "application/json", [json.dumps(whole).encode()]
        *first, last = [[part] for part in _parts(turn, words(turn.text))] or [[{"text": ""}]]
        said = [("", _chunk(seen, parts)) for parts in first]
        said.append(("", _chunk(seen, last, turn.stop or "STOP", usage)))
        return "text/event-stream", events(said)

    def failure(self, turn: Turn) -> Body:
        kind = turn.kind or KINDS.get(turn.status, "INTERNAL")
        message = turn.error or "failed"
        return {"error": {"code": turn.status, "message": message, "status": kind}}

    def aside(self, seen: Seen) -> tuple[int, Body]:
        path = seen.path.partition("?")[0]
        if path.endswith(":countTokens"):
            return 200, {"totalTokens": 100}
        if path.endswith("enerateContent"):
            return 200, _chunk(seen, [{"text": "OK"}], "STOP", USAGE)
        return 404, self.failure(Turn(status=404))


def _parts(turn: Turn, texts: list[str]) -> list[Body]:
    said: list[Body] = [{"text": text} for text in texts if text]
    calls = ({"name": tool["name"], "args": tool["input"]} for tool in turn.tools)
    return said + [{"functionCall": call} for call in calls]


def _chunk(seen: Seen, parts: list[Body], finish: str = "", usage: Body | None = None) -> Body:
    candidate: Body = {"index": 0, "content": {"role": "model", "parts": parts}}
    if finish:
        candidate["finishReason"] = finish
    model = seen.path.partition("/models/")[2].partition(":")[0]
    chunk: Body = {"candidates": [candidate], "modelVersion": model}
    return {**chunk, "usageMetadata": usage} if usage else chunk


def server(script: Script = (), **more: Any) -> Server:
    """A server of this API; `url` is what GOOGLE_GEMINI_BASE_URL takes."""
    return Server(GenerateContent(), script, **more)


if __name__ == "__main__":
    main(GenerateContent())
