"""A model that says what it is told to say, and keeps what it was asked."""

import threading

import pytest

from ai_sessions.assemble import providers
from ai_sessions.providers.contract import Event, Failure, Quirks, Reply
from ai_sessions.providers.tool_calls import ToolCalls
from ai_sessions.records import Cost, Usage

PATH = "/v1/chat/completions"


class Scripted:
    """Says `pieces`; the later ones when `go` is set. Stops when it is told to."""

    name = "scripted"
    quirks = Quirks(keeps_context=False, edits_files=False, takes_schema=True, takes_tools=True)

    def __init__(self):
        self.pieces, self.asked, self.failure, self.finish = ["Hel", "lo"], [], None, ""
        self.calls = []  # arguments of ToolCalls.add
        self.cost = Cost(1_000_000, "client")
        self.began, self.go = threading.Event(), threading.Event()
        self.go.set()

    def default_model(self):
        return "model-1"

    def models(self, timeout_s=10.0):
        return ["model-1", "model-2"]

    def run(self, request, watch):
        self.asked.append(request)
        said = []
        for piece in self.pieces:
            watch(Event("text", piece))
            said.append(piece)
            self.began.set()
            while not self.go.wait(0.005):
                if request.stop.is_set():
                    return Reply("".join(said), "model-1", failure=Failure("interrupted", "x"))
        calls = ToolCalls(watch)
        for one in self.calls:
            calls.add(*one)
        detail = {"finish": self.finish}
        usage = Usage(12, 3, cache_read_tokens=4, reasoning_tokens=1)
        return Reply(
            *("".join(said), "model-1", usage),
            cost=self.cost,
            failure=self.failure,
            tool_calls=calls.end(),
            detail=detail,
        )


@pytest.fixture
def model(monkeypatch, service):
    found = Scripted()
    monkeypatch.setitem(providers.PROVIDERS, "scripted", lambda _settings, _environment: found)
    service.environment.update(AI_PROVIDER="scripted", LLM_FALLBACK="none")
    return found


@pytest.fixture
def say(client, model):
    """Asks for a completion of a conversation: texts of the user and the assistant by turns."""

    def asked(*texts, headers=None, **more):
        roles = ("user", "assistant")
        messages = [{"role": roles[at % 2], "content": one} for at, one in enumerate(texts)]
        body = {"model": "model-1", "messages": messages, **more}
        return client.post(PATH, json=body, headers=headers)

    return asked
