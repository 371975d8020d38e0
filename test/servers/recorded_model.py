"""A model that plays the bundled recording of the feature payment-gateway through an agent's tools.

A script for `anthropic_server`: what the prompt asks for is looked up in the recording; files are
written with the agent's Write, answers in a schema are given with its StructuredOutput.
"""

import json
import re
from pathlib import Path
from typing import Any

from loopback import Body, Turn

RECORDING = (
    Path(__file__).parents[2] / "pylib" / "ai_sessions" / "providers" / "recording" / "turns.json"
)
#: What a prompt says at the beginning of a line, and the turn it asks for; the task is the group.
ASKED = (
    (r"^Plan the feature `", "plan"),
    (r"^Review this change", "review"),
    (r"^You see the feature", "verify"),
    (r"^Task (T[\d.]+) of `", "green"),
    (r"^Task (T[\d.]+) of the feature", "red"),
)


class RecordedModel:
    """Call it with a request's body. `idle`: purposes in which it says it is done, and does
    nothing."""

    def __init__(self, repository: Path, idle: tuple[str, ...] = ()) -> None:
        self._repository, self._idle = repository, idle
        self._turns = json.loads(RECORDING.read_text(encoding="utf-8"))["turns"]
        self._said = ""
        self.asked: list[tuple[str, str]] = []
        """Purpose and task of each prompt, in order."""

    def __call__(self, body: Body) -> Turn:
        blocks = _last_user_blocks(body)
        if any(block["type"] == "tool_result" for block in blocks):
            return Turn(self._said)
        prompt = "\n".join(block["text"] for block in blocks if block["type"] == "text")
        purpose, task = _purpose(prompt)
        self.asked.append((purpose, task))
        if purpose in self._idle:
            return Turn("All tests pass.")
        return self._answer(self._recorded(purpose, task), body)

    def _recorded(self, purpose: str, task: str) -> Body:
        for turn in self._turns:
            if (turn["purpose"], turn.get("task", "")) == (purpose, task):
                return dict(turn)
        return {"said": "I know nothing about this."}

    def _answer(self, turn: Body, body: Body) -> Turn:
        said = turn["said"]
        if not isinstance(said, str):
            if any(tool["name"] == "StructuredOutput" for tool in body["tools"]):
                return Turn("", tools=[{"name": "StructuredOutput", "input": said}])
            said = json.dumps(said)
        self._said = said
        writes = [
            use for name, lines in turn.get("files", {}).items() for use in self._uses(name, lines)
        ]
        return Turn("I will write it.", tools=writes) if writes else Turn(said)

    def _uses(self, name: str, lines: list[str]) -> list[Body]:
        """A file that is there has to be read before it may be replaced."""
        path = self._repository / name
        write = _use("Write", file_path=str(path), content="\n".join(lines))
        return [_use("Read", file_path=str(path)), write] if path.exists() else [write]


def _use(name: str, **given: Any) -> Body:
    return {"name": name, "input": given}


def _purpose(prompt: str) -> tuple[str, str]:
    """What the prompt asks for; the first line that says so counts, the agent's own come before."""
    for pattern, purpose in ASKED:
        if found := re.search(pattern, prompt, re.MULTILINE):
            return purpose, found[1] if found.groups() else ""
    return "", ""


def _last_user_blocks(body: Body) -> list[Body]:
    content = next(one["content"] for one in reversed(body["messages"]) if one["role"] == "user")
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
