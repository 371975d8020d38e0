"""`/v1/runs`: tasks that the server has begun, each in a process that may outlive it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson

from ai_sessions import threads
from ai_sessions.api import sse
from ai_sessions.api.access import FOLDER
from ai_sessions.api.answers import Answer
from ai_sessions.api.problems import Refused
from ai_sessions.api.routes import Asked, Route, array_of, named, object_of
from ai_sessions.api.service import Service
from ai_sessions.api.v1.features import REPOSITORY, plain, space_of
from ai_sessions.records import stamp
from ai_sessions.workflow import background
from ai_sessions.workflow.background import Runs

_GROUP = "Features"
#: Seconds between two looks at what a run tells.
_LOOK_S = 0.25
#: What would be taken for another option is no value.
_WORD = {"type": "string", "pattern": "^[^-\\s\\x00][^\\s\\x00]*$", "maxLength": 256}
_VALUES = ("provider", "model", "attempts", "answer")
_BODY = object_of(
    {
        "provider": _WORD,
        "model": _WORD,
        "attempts": {"type": "integer", "minimum": 1, "maximum": 100},
        "answer": {"type": "string", "pattern": "^[^\\x00]+$", "maxLength": 10_000},
        "tdd": {"type": "boolean"},
    }
)
#: The id of the last event: whoever had it has had all.
_END = "end"


def runs_of(service: Service) -> Runs:
    return Runs(Path(service.settings()["SESSION_DIR"], FOLDER, "runs"))


def start(service: Service, asked: Asked) -> Answer:
    """Begin a task; it goes on whatever becomes of the client and of the server."""
    space = space_of(service, asked)
    body = asked.body or {}
    options = [f"--{name}={body[name]}" for name in _VALUES if name in body]
    options += ["--tdd"] if body.get("tdd") else []
    at = stamp(service.now())
    wanted = background.Asked(asked.path["task"], tuple(options), asked.token.name, at)
    run = runs_of(service).begin(space, wanted, service.environment)
    return plain(run, 202, {"location": f"/v1/runs/{run['id']}"})


def read_all(service: Service, _asked: Asked) -> Answer:
    return plain({"data": runs_of(service).all()})


def read(service: Service, asked: Asked) -> Answer:
    return plain(runs_of(service).read(asked.path["id"]))


def stop(service: Service, asked: Asked) -> Answer:
    """Have it end; what is done so far stays as it is."""
    if not runs_of(service).stop(asked.path["id"]):
        raise Refused(409, "ended", "the run has ended already")
    return plain(runs_of(service).read(asked.path["id"]), 202)


async def follow(service: Service, asked: Asked) -> Answer:
    """What the run has told so far, and what it tells, up to its end."""
    last = asked.headers.get("last-event-id", "")
    runs, id_ = await threads.run(runs_of, service), asked.path["id"]
    await threads.run(runs.read, id_)
    if last == _END:
        return Answer(status=204)
    events = _followed(service, runs, id_, int(last[:15]) if last.isdecimal() else 0)
    return Answer(media=sse.MEDIA, headers=sse.HEADERS, stream=sse.stream(events))


async def _followed(service: Service, runs: Runs, id_: str, after: int) -> AsyncIterator[sse.Sent]:
    while not service.is_stopping:
        run = await threads.run(runs.read, id_)
        lines = await threads.run(runs.lines, id_, after)
        for line in lines:
            after = line.end
            told = _utf_8(line.told)
            yield sse.Sent(str(told.pop("event", "note")), told, str(after))
        if not lines and run["state"] != "running":
            yield sse.Sent("ended", _utf_8(run), _END)
            return
        if not lines:
            await service.pause(_LOOK_S)
    yield sse.Sent("stopping", {"run": id_}, str(after))


def _utf_8(value: dict[str, Any]) -> dict[str, Any]:
    """As it is, but for names of files that are not UTF-8."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    found: dict[str, Any] = orjson.loads(text)
    return found


ROUTES = (
    Route(
        "POST",
        "/v1/features/{feature}/tasks/{task}",
        "start_task",
        "Start a task: red, green and a commit, as implement.sh does. 409 while one is under way.",
        start,
        scope="admin",
        query=(REPOSITORY,),
        body=_BODY,
        needs_body=False,
        answers={202: named("Run")},
        group=_GROUP,
    ),
    Route(
        "GET",
        "/v1/runs",
        "list_runs",
        "Tasks that were begun here, the latest first.",
        read_all,
        answers={200: object_of({"data": array_of(named("Run"))}, "data")},
        group=_GROUP,
    ),
    Route(
        "GET",
        "/v1/runs/{id}",
        "get_run",
        "One of them: whether it is at work, else its exit code, proof and cost.",
        read,
        answers={200: named("Run")},
        group=_GROUP,
    ),
    Route(
        "GET",
        "/v1/runs/{id}/events",
        "follow_run",
        "What it tells, from its beginning or after `Last-Event-ID`, up to its end.",
        follow,
        answers={200: {"type": "string"}, 204: None},
        media=sse.MEDIA,
        group=_GROUP,
    ),
    Route(
        "DELETE",
        "/v1/runs/{id}",
        "stop_run",
        "Have it end; what is done so far stays as it is.",
        stop,
        scope="admin",
        answers={202: named("Run")},
        group=_GROUP,
    ),
)
