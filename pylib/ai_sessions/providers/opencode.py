"""The `opencode` command: how to call it, how to read its stream of JSON lines.

Observed on release 1.18.33. It names neither model nor release in its output; its database does.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sessions import money
from ai_sessions.providers import accounts, agents, edits, ephemeral, meters, process, resets
from ai_sessions.providers.contract import Event, Failure, Quirks, Reply, Request, Watch
from ai_sessions.providers.fields import count, number, objects, one_line, record, table, word
from ai_sessions.records import Cost, Json, Resume, Usage

if TYPE_CHECKING:
    from ai_sessions.imports import Past

NAME = "opencode"
ACCESS = agents.Access(
    install="npm install -g opencode-ai",
    login="opencode auth login",
    keys=("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENROUTER_API_KEY", "GEMINI_API_KEY"),
    logins=("$XDG_DATA_HOME/opencode/auth.json", "~/.local/share/opencode/auth.json"),
)
#: It tries again for ever, and tells so on standard error only.
_LOGS = ("--print-logs", "--log-level", "ERROR")
_AGAIN = re.compile(
    r'level=ERROR .*message="stream error".* error\.error="(?:\w*Error: )*(?P<told>.*)"'
)
_QUIET = {
    "OPENCODE_DISABLE_AUTOUPDATE": "1",
    "OPENCODE_DISABLE_MODELS_FETCH": "1",
}
#: It colours its complaints even for a pipe, and under NO_COLOR too.
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
#: How a tool call ends that was not allowed, among those that failed otherwise.
_REFUSALS = ("user rejected permission", "rule which prevents you")
_TOOLS = edits.Tools(
    writing=dict.fromkeys(("write", "edit", "multiedit"), "filePath"),
    harmless=frozenset(
        (
            *("read", "glob", "grep", "list", "webfetch", "websearch", "codesearch"),
            *("todowrite", "todoread", "skill", "lsp", "question"),
        )
    ),
)
#: The files of a patch as its tool is given it.
_PATCHED = re.compile(r"^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+?)\s*$", re.MULTILINE)


class OpenCode:
    """opencode, headless. `environment` is what the child inherits."""

    name = NAME
    quirks = Quirks(keeps_context=True, edits_files=True, takes_budget=True)

    def __init__(self, environment: Mapping[str, str], command: str = NAME) -> None:
        self._environment = environment
        self._command = command

    @property
    def account(self) -> str:
        return accounts.mark(self._environment, *ACCESS.keys, "XDG_DATA_HOME")

    def run(self, request: Request, watch: Watch) -> Reply:
        if not request.ephemeral:
            return self._run(request, watch, self._environment)
        with ephemeral.opencode(self._environment) as environment:
            return self._run(request, watch, environment)

    def _run(self, request: Request, watch: Watch, own: Mapping[str, str]) -> Reply:
        """`own`: its environment, without what we add."""
        path = agents.found(self._command, own, ACCESS.install)
        if elsewhere := _elsewhere(request):
            return elsewhere
        meter = meters.of(NAME, own, request.now())
        stream = Stream(request, watch, meter.calls)
        watch(Event("started", NAME))
        environment = child_environment(own)
        ended = agents.run(
            argv(request, path),
            request,
            environment,
            stream.take,
            has_said_all=stream.has_said_all,
            complain=stream.complain,
            spent=stream.spent,
        )
        return _completed(own, stream, stream.reply(ended), agents.version(path))


def _completed(own: Mapping[str, str], stream: Stream, reply: Reply, release: str) -> Reply:
    """With the model and the release, where only the database tells."""
    call = None
    if reply.resume and not (reply.model and release):
        call = logged(own, reply.resume.id, stream.began_ms)
    if not (call and reply.resume):
        return replace(reply, client_version=release)
    model = reply.model or call.model
    return replace(
        reply,
        model=model,
        resume=replace(reply.resume, model=model),
        client_version=release or call.version,
    )


def argv(request: Request, command: str = NAME) -> list[str]:
    """The command line of a call; the prompt goes to its standard input.

    With a title, no call is paid that makes one up.
    """
    words = [command, "run", "--format", "json", "--dir", str(request.cwd), *_LOGS]
    if request.model:
        words += ["-m", request.model]
    if request.access == "read":
        words += ["--agent", "plan"]
    if request.resume:
        return [*words, "--session", agents.conversation(request.resume)]
    return [*words, "--title", request.title] if request.title else words


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The user's own settings win over our quiet ones."""
    return {**_QUIET, **environment}


def logged(environment: Mapping[str, str], session: str, since_ms: int) -> Past | None:
    """The last call of a conversation in opencode's own database, None when it has none."""
    from ai_sessions.imports import opencode as database

    last = None
    with contextlib.suppress(OSError, ValueError, KeyError):
        for path in database.files(environment):
            for past in database.read(path, {"updated": since_ms}).calls:
                last = past if past.session == session else last
    return last


def _elsewhere(request: Request) -> Reply | None:
    """A conversation of another folder is not asked for: it would be paid, and hang for ever."""
    asked = request.resume
    if not (asked and asked.cwd):
        return None
    if os.path.realpath(asked.cwd) == os.path.realpath(request.cwd):
        return None
    failure = Failure("session_gone", f"its conversation is bound to {asked.cwd}", "start anew")
    return Reply(text="", model=request.model or asked.model, resume=asked, failure=failure)


class Stream:
    """The lines of one run, folded as they come. `logged`: the calls of this run that its database
    has by now.
    """

    def __init__(
        self,
        request: Request,
        watch: Watch,
        logged: Callable[[str], list[Past]] = lambda _session: [],
    ) -> None:
        self._request, self._watch, self._logged = request, watch, logged
        self.began_ms = 0
        self._id = ""
        self._message = ""
        self._said: list[str] = []
        self._steps: list[tuple[Usage, float]] = []
        self._finish = ""
        self._error: Json = {}
        self._overflowed = False
        self._todos: tuple[Json, ...] = ()
        self._denied: dict[str, None] = {}
        self._edits = edits.Gathered(_TOOLS)
        self._unreadable = 0
        self._complaint = ""

    def take(self, line: str) -> None:
        """One line of standard output. Any of them may be the last that has the id."""
        event = record(line)
        if event is None:
            self._unreadable += 1
            self._edits.unreadable(line)
            return
        if (id_ := word(event, "sessionID")) and id_ != self._id:
            self._id = id_
            self._watch(Event("conversation", id_))
        self.began_ms = self.began_ms or count(event, "timestamp")
        take = _TAKE.get(word(event, "type"))
        if take:
            take(self, event)

    def complain(self, line: str) -> None:
        """One line of standard error."""
        if found := _AGAIN.search(line):
            self._complaint = found["told"].replace(r"\"", '"')
            self._watch(Event("retry", one_line(self._complaint)))

    def spent(self) -> int | None:
        """What it has cost so far: in its own figure, or by the price table."""
        return self._used().cost.nusd

    def has_said_all(self) -> bool:
        """Its last step has ended, and was the last one by its own word."""
        return self._finish == "stop"

    def reply(self, ended: process.Ended) -> Reply:
        """What it all adds up to. The model is the one asked for: the stream names none."""
        model, failure, used = self._model(), self._failure(ended), self._used()
        return Reply(
            text="".join(self._said),
            model=model,
            usage=used.usage,
            by_model=used.shares if set(used.shares) - {model, ""} else {},
            cost=used.cost if used.cost.nusd is not None else None,
            cost_by_model=used.costs,
            resume=self._resume(model, failure),
            failure=failure,
            denied=tuple(self._denied),
            compacted=self._overflowed and bool(self._finish),
            todos=self._todos,
            edits=self._edits.told(),
            turns=len(self._steps),
            detail=agents.details(ended, self._unreadable),
        )

    def _resume(self, model: str, failure: Failure | None) -> Resume | None:
        """The id that came back, whatever we asked for: the line compares the two."""
        if not self._id:
            return agents.proved(self._request.resume, failure)
        return Resume(self._id, model, str(self._request.cwd))

    def _take_text(self, event: Json) -> None:
        """The answer is the last message that says something."""
        piece = table(event, "part")
        if word(piece, "messageID") != self._message:
            self._message = word(piece, "messageID")
            self._said.clear()
        self._said.append(word(piece, "text"))
        self._watch(Event("text", self._said[-1], begins=len(self._said) == 1))

    def _take_tool(self, event: Json) -> None:
        piece = table(event, "part")
        name, state = word(piece, "tool"), table(piece, "state")
        self._watch(Event("tool", name))
        self._gather(word(piece, "callID"), name, state)
        if word(state, "status") == "error":
            if any(refusal in word(state, "error") for refusal in _REFUSALS):
                self._denied[name] = None
        elif name == "todowrite":
            self._todos = tuple(
                {"text": word(one, "content"), "status": word(one, "status")}
                for one in objects(table(state, "input"), "todos")
            )

    def _gather(self, id_: str, name: str, state: Json) -> None:
        """What a tool did to files; it is told of when it has ended."""
        given = table(state, "input")
        if named := _PATCHED.findall(word(given, "patchText")):
            self._edits.wrote(id_, named)
        else:
            self._edits.used(id_, name, given)
        self._edits.began_at(id_, number(table(state, "time"), "start") / 1000)
        self._edits.ended(id_, failed=word(state, "status") == "error")

    def _take_step(self, event: Json) -> None:
        piece = table(event, "part")
        self._finish = word(piece, "reason")
        self._steps.append((_usage(table(piece, "tokens")), number(piece, "cost")))
        used = self._used()
        self._watch(Event("usage", usage=used.usage, cost_nusd=used.cost.nusd))

    def _take_error(self, event: Json) -> None:
        """It may go on after one: a context that overflowed is compacted and asked again."""
        self._error = table(event, "error")
        self._finish = ""
        self._overflowed |= word(self._error, "name") == "ContextOverflowError"
        self._watch(Event("retry", one_line(_message(self._error))))

    def _model(self) -> str:
        asked = self._request.resume
        return self._request.model or (asked.model if asked else "")

    def _used(self) -> meters.Used:
        """By its database, which has sub-agents; by its output where that is all there is."""
        logged = meters.used(self._logged(self._id), self._request.price_of)
        return meters.fuller(self._of_steps(), logged)

    def _of_steps(self) -> meters.Used:
        """With its list price; 0 is what it says of a model it does not know."""
        model = self._model()
        usage = sum((usage for usage, _dollars in self._steps), Usage())
        paid = [dollars for usage, dollars in self._steps if usage.total_tokens]
        if not paid or min(paid) <= 0:
            return meters.priced({model: usage} if usage.total_tokens else {}, self._request)
        cost = Cost(sum(map(money.nano, paid)), "client")
        return meters.Used({model: usage}, cost, {model: cost.nusd or 0})

    def _failure(self, ended: process.Ended) -> Failure | None:
        if failure := agents.ended_by_us(ended, _CLASSES, self._complaint):
            return failure
        if self._error and (ended.exit_code or not self._finish):
            return self._told()
        if ended.exit_code or not self._finish:
            plain = replace(ended, stderr=_plain(ended.stderr))
            return agents.no_answer(NAME, _CLASSES, plain, self._unreadable)
        if self._finish != "stop":
            return self._unfinished()
        return None if "".join(self._said).strip() else agents.EMPTY

    def _told(self) -> Failure:
        """The error that ended it, with what the server said in headers and body."""
        data = table(self._error, "data")
        clues = (word(self._error, "name"), f"status {count(data, 'statusCode')}")
        body = word(data, "responseBody")
        failure = agents.classified(_CLASSES, _message(self._error), *clues)
        headers = {name.lower(): str(told) for name, told in table(data, "responseHeaders").items()}
        until = resets.of_headers(headers, self._request.now())
        return replace(failure, told=f"{_message(self._error)} {body}", until=until)

    def _unfinished(self) -> Failure:
        """It ended with exit 0 in the middle of its work."""
        if self._finish == "length":
            message = "its answer was cut at the output limit"
            return Failure("limit", message, agents.LESS)
        if self._denied:
            hint = "allow it under `permission` in opencode.json, or ask differently"
            return Failure("denied", f"it may not use: {', '.join(self._denied)}", hint)
        if self._finish == "content-filter":
            return Failure("denied", "a content filter stopped it", "ask differently")
        return Failure("interrupted", f"it stopped after a step ({self._finish})", agents.AGAIN)


_TAKE = {
    "text": Stream._take_text,
    "tool_use": Stream._take_tool,
    "step_finish": Stream._take_step,
    "error": Stream._take_error,
}


def _plain(stderr: str) -> str:
    """Without colours, and without its log unless that is all there is."""
    lines = _ESCAPES.sub("", stderr).splitlines()
    return "\n".join([line for line in lines if not line.startswith("timestamp=")] or lines)


def _usage(tokens: Json) -> Usage:
    """One step's tokens, counted as in its database; nothing when they are no numbers."""
    from ai_sessions.imports import opencode as database

    try:
        return database.usage(tokens)
    except (ValueError, TypeError):
        return Usage()


def _message(error: Json) -> str:
    return word(table(error, "data"), "message") or word(error, "message") or word(error, "name")


_CLASSES: agents.Classes = (
    ("session_gone", r"Session not found", "start a new one"),
    (
        "context_too_long",
        r"ContextOverflowError|prompt is too long",
        agents.LESS,
    ),
    (
        "rate_limit",
        r"(usage|rate).?limit|usage exceeded|regain access|too many requests|resource.?exhausted",
        agents.LIMITED,
    ),
    (
        "billing",
        r"\bstatus 402\b|credit balance|billing|quota|insufficient",
        "check your plan and billing",
    ),
    ("auth", r"\bstatus 40[13]\b|ProviderAuthError", f"log in: {ACCESS.login}"),
    ("rate_limit", r"\bstatus 429\b", agents.LIMITED),
    (
        "model",
        r"\bstatus 404\b|ModelNotFound|model not found",
        "check --model or AI_MODEL: it has to be provider/model",
    ),
    ("overloaded", r"\bstatus (503|529)\b|overloaded", agents.LATER),
    ("server", r"\bstatus 5\d\d\b", agents.LATER),
    ("limit", r"OutputLengthError", agents.LESS),
    ("unreadable", r"JSON parsing failed", "check the server behind its baseURL"),
    ("interrupted", r"AbortedError", agents.AGAIN),
    (
        "network",
        r"Cannot connect|Connection reset|ECONN|EAI_|ENOTFOUND|socket connection",
        "check the network connection",
    ),
)
