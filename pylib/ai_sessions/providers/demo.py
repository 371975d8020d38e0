"""A recorded agent: the edits of one small feature, played back through the provider contract.

No AI is called and every answer says so. What happens around it (tests, gate, session, evidence) is
as real as with any agent. `recording/turns.json` tells, by purpose and task, what was said and
which files were written.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from ai_sessions import tokens
from ai_sessions.disk import files
from ai_sessions.errors import ProviderError
from ai_sessions.providers.contract import Edits, Event, Quirks, Reply, Request, Watch
from ai_sessions.records import Cost, Resume

NOTE = "recorded agent, no AI was called"
_TURNS = Path(__file__).parent / "recording" / "turns.json"
_SHARED = 0o644


class Demo:
    """Knows one feature, `payment-gateway`."""

    name = "demo"
    quirks = Quirks(keeps_context=True, edits_files=True, chooses_id=True, note=NOTE)

    def run(self, request: Request, watch: Watch) -> Reply:
        turn = _turn(request)
        watch(Event("started", self.name))
        for name, lines in turn.get("files", {}).items():
            watch(Event("tool", f"Write {name}"))
            _write(request.cwd / name, "\n".join(lines))
        text = _answer(turn)
        written = json.dumps(turn.get("files", {}))
        conversation = request.resume.id if request.resume else request.new_id
        return Reply(
            text=text,
            model="recording",
            usage=tokens.usage(request.prompt, text + written),
            cost=Cost(0, "demo"),
            resume=Resume(conversation, "recording", str(request.cwd)),
            edits=Edits(tuple(turn.get("files", {}))),
            turns=1,
        )


def _turn(request: Request) -> dict[str, Any]:
    recording = _recording()
    if request.feature != recording["feature"]:
        raise ProviderError(
            f"the recorded agent knows only {recording['feature']}, not {request.feature!r}",
            "name a real agent: --provider claude (or AI_PROVIDER=claude)",
        )
    for turn in recording["turns"]:
        if turn["purpose"] == request.purpose and turn.get("task", "") == request.task:
            return dict(turn)
    what = f"{request.purpose} {request.task}".strip()
    raise ProviderError(
        f"the recording has no turn for {what}", "try: implement.sh payment-gateway --task T1.1"
    )


@cache
def _recording() -> dict[str, Any]:
    return dict(json.loads(_TURNS.read_text(encoding="utf-8")))


def _answer(turn: dict[str, Any]) -> str:
    said = turn["said"]
    return said if isinstance(said, str) else json.dumps(said, indent=1)


def _write(path: Path, text: str) -> None:
    with files.reported(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        files.replace(path, text.encode(), sync=False, mode=_SHARED)
