"""The `codex` command (OpenAI Codex): how to call it, how to read its stream of JSON lines.

Observed on release 0.169.0. It names no model and no release in its output; its own log of the
thread does. It says nothing about edits its sandbox refused, and without a network it never gives
up: our clocks end it.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sessions.providers import accounts, agents, codex_limits, edits, meters, process
from ai_sessions.providers.contract import Event, Failure, Quirks, Reply, Request, Watch
from ai_sessions.providers.fields import count, items, objects, one_line, record, table, word
from ai_sessions.records import SUMMARY, Json, Resume, Usage

if TYPE_CHECKING:
    from datetime import datetime

    from ai_sessions.imports.contract import Past

NAME = "codex"
ACCESS = agents.Access(
    install="npm install -g @openai/codex",
    login="codex login",
    keys=("CODEX_API_KEY",),
    logins=("$CODEX_HOME/auth.json", "~/.codex/auth.json"),
)
_SANDBOX = {"read": "read-only", "edit": "workspace-write"}
_SETTINGS = (
    "analytics.enabled=false",  # without a network each run would end 5 s late
    "check_for_update_on_startup=false",
    "tools.update_plan.enabled=true",
)
#: The counts of `turn.completed`, in the order in which its log is read, too.
_COUNTS = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
)
#: Kinds of items that write no file.
_HARMLESS = frozenset(("agent_message", "reasoning", "todo_list", "web_search", "error"))
#: Kinds whose work has ended when they have; others may set another agent to work.
_ENDING = ("command_execution", "mcp_tool_call")


class Codex:
    """Codex, headless. `environment` is what the child inherits."""

    name = NAME
    quirks = Quirks(keeps_context=True, edits_files=True, takes_budget=True)

    def __init__(self, environment: Mapping[str, str], command: str = NAME) -> None:
        self._environment = environment
        self._command = command

    @property
    def account(self) -> str:
        return accounts.mark(self._environment, *ACCESS.keys, "CODEX_HOME")

    def run(self, request: Request, watch: Watch) -> Reply:
        path = agents.found(self._command, self._environment, ACCESS.install)
        began = request.now()
        meter = meters.of(NAME, self._environment, began)
        stream = Stream(request, watch, self._before(request), meter.calls)
        watch(Event("started", NAME))
        ended = agents.run(
            argv(request, path),
            request,
            self._environment,
            stream.take,
            has_said_all=stream.has_said_all,
            spent=stream.spent,
        )
        reply = self._with_limits(stream.reply(ended), began, request.now())
        return self._completed(reply, request, agents.version(path))

    def _with_limits(self, reply: Reply, began: datetime, now: datetime) -> Reply:
        """With what its log has of limits, and the end of the one that stopped it."""
        if not reply.resume:
            return reply
        from ai_sessions.imports import codex as rollouts

        thread, logs = reply.resume.id, list(rollouts.files(self._environment))
        reply = replace(reply, told=codex_limits.told(logs, thread, began, now))
        failure = reply.failure
        if not (failure and failure.status == "rate_limit"):
            return reply
        until, window = codex_limits.of_thread(logs, thread, now)
        return replace(reply, failure=replace(failure, until=until, window=window))

    def _before(self, request: Request) -> Json:
        """The thread's totals so far, by its log: others may have gone on in it since our last run,
        and what that carried over is less then.
        """
        if request.resume is None:
            return {}
        totals = items(logged(self._environment, request.resume.id), "total")
        return dict(zip(_COUNTS, totals, strict=False)) or request.resume.carry

    def _completed(self, reply: Reply, request: Request, release: str) -> Reply:
        """With the model and the release, where only the thread's log tells."""
        if (request.model and release) or reply.resume is None:
            return replace(reply, client_version=release)
        log = logged(self._environment, reply.resume.id)
        model = request.model or word(log, "model") or reply.model
        return replace(
            reply,
            model=model,
            resume=replace(reply.resume, model=model),
            client_version=release or word(log, "version"),
        )


def argv(request: Request, command: str = NAME) -> list[str]:
    """The command line of a call; the prompt goes to its standard input.

    A resumed thread does not keep its sandbox, so it is given each time, before `resume`.
    """
    words = [command, "exec", "--json", "-s", _SANDBOX[request.access], "-C", str(request.cwd)]
    for setting in _SETTINGS:
        words += ["-c", setting]
    if request.model:
        words += ["-m", request.model]
    if request.ephemeral:
        words.append("--ephemeral")
    if request.purpose == SUMMARY:  # in an empty folder of ours, which is no repository
        words.append("--skip-git-repo-check")
    if request.resume:
        words += ["resume", agents.conversation(request.resume)]
    return [*words, "-"]


def logged(environment: Mapping[str, str], thread: str) -> Json:
    """What codex's own log of a thread says: `model`, `version`, `total`. Empty: it has none."""
    from ai_sessions.imports import codex as rollouts

    with contextlib.suppress(OSError, ValueError, KeyError):
        for path in rollouts.files(environment):
            if thread and path.stem.endswith(thread):
                return table(rollouts.read(path, {}).state, "memory")
    return {}


class Stream:
    """The lines of one run, folded as they come. `before`: the thread's totals until now;
    `logged`: the calls of this run that its log has by now.
    """

    def __init__(
        self,
        request: Request,
        watch: Watch,
        before: Json | None = None,
        logged: Callable[[str], list[Past]] = lambda _thread: [],
    ) -> None:
        self._request, self._watch, self._logged = request, watch, logged
        carried = request.resume.carry if request.resume else {}
        self._before = carried if before is None else before
        self._id = ""
        self._said = ""
        self._totals: Json | None = None
        self._error = ""
        self._failed = False
        self._todos: tuple[Json, ...] = ()
        self._denied: dict[str, None] = {}
        self._edits = edits.Gathered()
        self._unreadable = 0

    def take(self, line: str) -> None:
        """One line of standard output."""
        event = record(line)
        if event is None:
            self._unreadable += 1
            self._edits.unreadable(line)
            return
        kind = word(event, "type")
        if kind.startswith("item."):
            self._take_item(table(event, "item"), started=kind == "item.started")
        elif kind in _TAKE:
            _TAKE[kind](self, event)

    def has_said_all(self) -> bool:
        """Its turn has come to its end."""
        return self._failed or self._totals is not None

    def reply(self, ended: process.Ended) -> Reply:
        """What it all adds up to. The model is the one asked for: the stream names none."""
        asked = self._request.resume
        model = self._request.model or (asked.model if asked else "")
        used, failure = self._used(), self._failure(ended)
        return Reply(
            text=self._said,
            model=model or used.model,
            usage=used.usage,
            by_model=used.shares if set(used.shares) - {model, ""} else {},
            cost=used.cost if used.cost.nusd is not None else None,
            cost_by_model=used.costs,
            resume=self._resume(model, used.usage, failure),
            failure=failure,
            denied=tuple(self._denied),
            todos=self._todos,
            edits=self._edits.told(),
            detail=agents.details(ended, self._unreadable),
        )

    def _take_thread(self, event: Json) -> None:
        self._id = word(event, "thread_id")
        self._watch(Event("conversation", self._id))

    def _take_item(self, item: Json, started: bool) -> None:
        self._error = ""  # it went on: what was wrong is over
        kind = word(item, "type")
        if kind == "agent_message":
            self._said = word(item, "text")
            self._watch(Event("text", self._said, begins=True))
        elif kind == "todo_list":
            self._todos = _todos(item)
        elif kind == "error":
            self._watch(Event("note", word(item, "message")))
        elif started:
            self._watch(Event("tool", kind))
        if word(item, "status") == "declined":
            self._denied[kind] = None
        self._gather(kind, item, started)

    def _gather(self, kind: str, item: Json, started: bool) -> None:
        """What it does to files; kinds of items that we do not know may do anything."""
        id_ = word(item, "id")
        if kind == "file_change":
            self._edits.wrote(id_, [word(one, "path") for one in objects(item, "changes")])
        elif kind not in _HARMLESS:
            text = word(item, "command") or json.dumps(item)
            self._edits.ran(id_, text, stays=kind not in _ENDING)
        if not started:
            self._edits.ended(id_, failed=word(item, "status") in ("failed", "declined"))

    def _take_error(self, event: Json) -> None:
        self._error = word(event, "message")
        self._watch(Event("retry", one_line(self._error)))

    def _take_failed(self, event: Json) -> None:
        self._failed = True
        self._error = word(table(event, "error"), "message") or self._error

    def _take_completed(self, event: Json) -> None:
        usage = table(event, "usage")
        self._totals = {key: count(usage, key) for key in _COUNTS}
        self._watch(Event("usage", usage=self._used().usage))

    def spent(self) -> int | None:
        """What it has cost so far."""
        return self._metered().cost.nusd

    def _metered(self) -> meters.Used:
        return meters.used(self._logged(self._id), self._request.price_of)

    def _used(self) -> meters.Used:
        """By its log; by the thread's running total where that is all there is."""
        if self._totals is None:
            return self._metered()
        told = {self._request.model: self._share(self._totals)}
        return meters.fuller(meters.priced(told, self._request), self._metered())

    def _share(self, totals: Json) -> Usage:
        """This run's share of the thread's running total. Input includes what was cached there,
        output what was reasoned, as ours do.
        """
        before = self._before if self._is_same_thread() else {}
        spent = [count(totals, key) - count(before, key) for key in _COUNTS]
        if any(one < 0 for one in spent):  # a total that shrank was begun anew
            spent = [count(totals, key) for key in _COUNTS]
        fresh, cached, written, answered, reasoned = spent
        return Usage(fresh, answered, cached, written, 0, reasoned)

    def _is_same_thread(self) -> bool:
        return bool(self._request.resume and self._request.resume.id == self._id)

    def _resume(self, model: str, used: Usage, failure: Failure | None) -> Resume | None:
        """The id that came back, whatever we asked for: the line compares the two."""
        if not self._id:
            return agents.proved(self._request.resume, failure)
        before = self._before if self._is_same_thread() else {}
        totals = self._totals or _together(before, used)
        return Resume(self._id, model, str(self._request.cwd), totals)

    def _failure(self, ended: process.Ended) -> Failure | None:
        if failure := agents.ended_by_us(ended, _CLASSES, self._error):
            return failure
        if self._failed or ended.exit_code or self._totals is None:
            return self._told(ended)
        return None if self._said.strip() else agents.EMPTY

    def _told(self, ended: process.Ended) -> Failure:
        if self._failed or self._error:
            return agents.classified(_CLASSES, self._error)
        stderr = re.sub(r"^Reading .*from stdin.*$", "", ended.stderr, flags=re.MULTILINE).strip()
        # a thread that ends without a word was interrupted, whatever the exit code
        code = 0 if self._id and not stderr else ended.exit_code
        return agents.no_answer(NAME, _CLASSES, process.Ended(code, stderr), self._unreadable)


_TAKE = {
    "thread.started": Stream._take_thread,
    "error": Stream._take_error,
    "turn.failed": Stream._take_failed,
    "turn.completed": Stream._take_completed,
}


def _together(before: Json, used: Usage) -> Json:
    """The thread's totals after a run whose own were not told; empty: there is nothing to say."""
    own = (
        used.input_tokens,
        used.cache_read_tokens,
        used.cache_write_tokens,
        used.output_tokens,
        used.reasoning_tokens,
    )
    both = {key: count(before, key) + more for key, more in zip(_COUNTS, own, strict=True)}
    return both if any(own) else before


def _todos(item: Json) -> tuple[Json, ...]:
    """Its list knows no work in progress."""
    return tuple(
        {"text": word(one, "text"), "status": "completed" if one.get("completed") else "pending"}
        for one in objects(item, "items")
    )


_CLASSES: agents.Classes = (
    ("session_gone", r"no rollout found", "start a new one"),
    ("busy", r"active writer", "wait until the other run has ended"),
    ("context_too_long", r"context window", agents.LESS),
    ("limit", r"max_output_tokens", agents.LESS),
    ("billing", r"Quota exceeded|billing", "check your plan and billing"),
    (
        "auth",
        r"status:? 40[13]\b|Missing environment variable|not logged in",
        f"log in: {ACCESS.login}, or set CODEX_API_KEY",
    ),
    (
        "rate_limit",
        r"\b429\b|rate limit|usage.limit",
        agents.LIMITED,
    ),
    ("model", r"model does not exist|model .*not (found|supported)", "check --model or AI_MODEL"),
    ("overloaded", r"at capacity|high demand|overloaded", agents.LATER),
    (
        "network",
        r"stream disconnected|waiting for network|error sending request",
        "check the network connection",
    ),
    ("server", r"status:? 5\d\d\b", agents.LATER),
    ("other", r"trusted directory", "codex works in git repositories only: git init"),
)
