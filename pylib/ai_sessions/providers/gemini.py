"""The `gemini` command (Gemini CLI): how to call it, how to read its stream of JSON lines.

Observed on release 0.61.0. Its ids are chosen by us and must be UUIDs: files of conversations hold
only the minute and the first eight characters. It continues in the very same folder only.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions.disk import files
from ai_sessions.errors import StorageError
from ai_sessions.providers import accounts, agents, edits, ephemeral, meters, process
from ai_sessions.providers.contract import Event, Failure, Quirks, Reply, Request, Watch
from ai_sessions.providers.fields import count, objects, one_line, record, table, word
from ai_sessions.records import Json, Resume, Usage

if TYPE_CHECKING:
    from ai_sessions.imports.contract import Past

NAME = "gemini"
ACCESS = agents.Access(
    install="npm install -g @google/gemini-cli",
    login="gemini",
    keys=("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI"),
    logins=("$GEMINI_CLI_HOME/.gemini/oauth_creds.json", "~/.gemini/oauth_creds.json"),
)
_APPROVAL = {"read": "default", "edit": "auto_edit"}
_QUIET = {
    "GEMINI_CLI_TRUST_WORKSPACE": "true",  # else it ends with exit 55
    "GEMINI_CLI_NO_RELAUNCH": "true",  # its launcher swallows signals, and takes two seconds
}
#: Objects that an error may be wrapped in.
_LAYERS = 3
_DEFAULTS = "GEMINI_CLI_SYSTEM_DEFAULTS_PATH"
#: Retention is what makes it delete conversations: the stub that a resumed one leaves behind looks
#: corrupt to its next start, which then removes every file of that id, the conversation included.
_SETTINGS: dict[str, dict[str, Any]] = {
    "general": {"sessionRetention": {"enabled": False}, "maxAttempts": 3},
    "privacy": {"usageStatisticsEnabled": False},
}
_MACHINES = {
    "darwin": "/Library/Application Support/GeminiCli/system-defaults.json",
    "linux": "/etc/gemini-cli/system-defaults.json",
}
#: Kinds of failed tool calls that mean: it may not. The tools to edit are not even offered to a
#: reader, so a call of one is a call of an unknown tool.
_DENIED = (
    "tool_not_registered",
    "policy_violation",
    "permission_denied",
    "path_not_in_workspace",
    "execution_denied",
)
_TOOLS = edits.Tools(
    writing=dict.fromkeys(("write_file", "replace"), "file_path"),
    harmless=frozenset(
        (
            *("read_file", "read_many_files", "list_directory", "glob", "search_file_content"),
            *("grep_search", "web_fetch", "google_web_search", "write_todos", "ask_user"),
        )
    ),
)


class Gemini:
    """Gemini CLI, headless. `environment` is what the child inherits."""

    name = NAME
    quirks = Quirks(keeps_context=True, edits_files=True, chooses_id=True, takes_budget=True)

    def __init__(self, environment: Mapping[str, str], command: str = NAME) -> None:
        self._environment = environment
        self._command = command

    @property
    def account(self) -> str:
        return accounts.mark(self._environment, *ACCESS.keys, "GEMINI_CLI_HOME")

    def run(self, request: Request, watch: Watch) -> Reply:
        if not request.ephemeral:
            return self._run(request, watch, self._environment)
        with ephemeral.gemini(self._environment) as environment:
            return self._run(request, watch, environment)

    def _run(self, request: Request, watch: Watch, own: Mapping[str, str]) -> Reply:
        """`own`: its environment, without what we add."""
        path = agents.found(self._command, own, ACCESS.install)
        meter = meters.of(NAME, own, request.now())
        stream = Stream(request, watch, meter.calls)
        watch(Event("started", NAME))
        environment = child_environment(own, settings_file(request, own))
        ended = agents.run(
            argv(request, path),
            request,
            environment,
            stream.take,
            has_said_all=stream.has_said_all,
            complain=stream.complain,
            spent=stream.spent,
        )
        return replace(stream.reply(ended), client_version=agents.version(path))


def argv(request: Request, command: str = NAME) -> list[str]:
    """The command line of a call; the prompt goes to its standard input."""
    words = [command, "-o", "stream-json", "--approval-mode", _APPROVAL[request.access]]
    if request.model:
        words += ["-m", request.model]
    if request.resume:
        return [*words, "--resume", agents.conversation(request.resume)]
    return [*words, "--session-id", request.new_id] if request.new_id else words


def child_environment(environment: Mapping[str, str], settings: Path | None) -> dict[str, str]:
    """The user's own settings win over ours. `settings` None: no file of settings is given."""
    ours = {**_QUIET, _DEFAULTS: str(settings)} if settings else _QUIET
    return {**ours, **environment}


def is_public(folder: Path) -> bool:
    """Whether everybody may write to it."""
    try:
        return bool(folder.stat().st_mode & stat.S_IWOTH)
    except OSError:
        return False


def settings_file(
    request: Request,
    environment: Mapping[str, str],
    machine: Path | None = None,
    is_public: Callable[[Path], bool] = is_public,
) -> Path | None:
    """A private file of settings that keeps gemini from deleting conversations.

    None when the user has one, or when there is no place for it: gemini refuses a file below a
    folder that everybody may write to, such as /tmp. `machine` is the file that ours takes the
    place of; what it says is kept.
    """
    machine = machine or Path(_MACHINES.get(sys.platform, _MACHINES["linux"]))
    data = None if environment.get(_DEFAULTS) else _settings(machine)
    if data is None:
        return None
    for folder in _places(request, environment):
        path = folder / "gemini-defaults.json"
        try:
            if not any(map(is_public, (folder, *folder.parents))):
                files.make_folders(folder, sync=False)
                files.replace(path, data, sync=False)
                return path
        except (OSError, StorageError):
            continue
    return None


def _settings(machine: Path) -> bytes | None:
    """None when the machine's own file cannot be read: then it stays in force, alone."""
    try:
        settings = json.loads(machine.read_bytes()) if machine.exists() else {}
    except (OSError, ValueError):
        return None
    if not isinstance(settings, dict):
        return None
    for group, ours in _SETTINGS.items():
        settings[group] = {**table(settings, group), **ours}
    return json.dumps(settings).encode()


def _places(request: Request, environment: Mapping[str, str]) -> Iterator[Path]:
    """Beside the session; without one, in the user's cache."""
    if request.log_dir:
        yield request.log_dir.absolute()
    home = environment.get("HOME")
    if cache := environment.get("XDG_CACHE_HOME") or (home and os.path.join(home, ".cache")):
        yield Path(cache, "ai-sessions").absolute()


class Stream:
    """The lines of one run, folded as they come. `logged`: the calls of this run that its log has
    by now.
    """

    def __init__(
        self,
        request: Request,
        watch: Watch,
        logged: Callable[[str], list[Past]] = lambda _id: [],
    ) -> None:
        self._request, self._watch, self._logged = request, watch, logged
        self._complaint = ""
        self._init: Json = {}
        self._result: Json | None = None
        self._error = ""
        self._said: list[str] = []
        self._tools: dict[str, str] = {}
        self._todos: dict[str, tuple[Json, ...]] = {}
        self._denied: dict[str, None] = {}
        self._edits = edits.Gathered(_TOOLS)
        self._unreadable = 0

    def take(self, line: str) -> None:
        """One line of standard output."""
        event = record(line)
        if event is None:
            self._unreadable += 1
            self._edits.unreadable(line)
            return
        take = _TAKE.get(word(event, "type"))
        if take:
            take(self, event)

    def complain(self, line: str) -> None:
        """One line of standard error. It tells there what it tries again."""
        if found := _AGAIN.match(line):
            status = found["status"]
            told = _inner(found["told"])
            self._complaint = f"status {status}: {told}" if status else told
            self._watch(Event("retry", one_line(self._complaint)))

    def spent(self) -> int | None:
        """What it has cost so far."""
        return self._metered().cost.nusd

    def _metered(self) -> meters.Used:
        return meters.used(self._logged(word(self._init, "session_id")), self._request.price_of)

    def has_said_all(self) -> bool:
        """Its result has come."""
        return self._result is not None

    def reply(self, ended: process.Ended) -> Reply:
        """What it all adds up to. Its cost is for the price table: it names none."""
        used = self._used()
        model, failure = self._model(used.shares), self._failure(ended)
        return Reply(
            text="".join(self._said),
            model=model,
            usage=used.usage,
            by_model=used.shares if len(used.shares) > 1 else {},
            cost=used.cost if used.cost.nusd is not None else None,
            cost_by_model=used.costs,
            resume=self._resume(model, failure),
            failure=failure,
            denied=tuple(self._denied),
            todos=next(reversed(self._todos.values()), ()),
            edits=self._edits.told(),
            detail=agents.details(ended, self._unreadable),
        )

    def _take_init(self, event: Json) -> None:
        self._init = event

    def _take_message(self, event: Json) -> None:
        if word(event, "role") == "assistant":
            self._said.append(word(event, "content"))
            self._watch(Event("text", self._said[-1], begins=len(self._said) == 1))

    def _take_tool(self, event: Json) -> None:
        """What was said before a tool's use is no answer yet."""
        self._said.clear()
        name, id_ = word(event, "tool_name"), word(event, "tool_id")
        self._tools[id_] = name
        self._edits.used(id_, name, table(event, "parameters"))
        if name == "write_todos":
            self._todos[id_] = tuple(
                {"text": word(one, "description"), "status": word(one, "status")}
                for one in objects(table(event, "parameters"), "todos")
            )
        self._watch(Event("tool", name))

    def _take_tool_result(self, event: Json) -> None:
        id_ = word(event, "tool_id")
        failed = word(event, "status") == "error"
        self._edits.ended(id_, failed=failed)
        if not failed:
            return
        self._todos.pop(id_, None)
        name = self._tools.get(id_, "")
        if name and word(table(event, "error"), "type") in _DENIED:
            self._denied[name] = None

    def _take_error(self, event: Json) -> None:
        self._error = word(event, "message")
        self._watch(Event("retry", one_line(self._error)))

    def _take_result(self, event: Json) -> None:
        self._result = event
        self._watch(Event("usage", usage=self._used().usage))

    def _used(self) -> meters.Used:
        """What it tells at its end, and what its log tells."""
        return meters.fuller_by_model(self._told(), self._metered(), self._request)

    def _told(self) -> dict[str, Usage]:
        """This run's tokens by model; the ones it lists no model for are the first one's."""
        stats = table(self._result, "stats")
        models = {model: row for model, row in table(stats, "models").items() if model}
        shares = {model: _usage(row) for model, row in models.items()}
        if not shares and count(stats, "total_tokens"):
            shares = {word(self._init, "model"): _usage(stats)}
        return shares

    def _model(self, shares: Mapping[str, Usage]) -> str:
        told = word(self._init, "model")
        if told in shares or not shares:
            return told or self._request.model
        return max(shares, key=lambda model: shares[model].total_tokens)

    def _resume(self, model: str, failure: Failure | None) -> Resume | None:
        """The id that came back, whatever we asked for: the line compares the two."""
        came_back = word(self._init, "session_id")
        if not came_back:
            return agents.proved(self._request.resume, failure)
        return Resume(came_back, model, str(self._request.cwd))

    def _failure(self, ended: process.Ended) -> Failure | None:
        if failure := agents.ended_by_us(ended, _CLASSES, self._complaint):
            return failure
        if self._result is None and ended.exit_code in agents.STOPPED and not self._error:
            return agents.no_answer(NAME, _CLASSES, ended, self._unreadable)
        error = word(table(self._result, "error"), "message") or self._error
        # "success" is also what it says when it stopped itself in a loop, after an error event
        if error or ended.exit_code or word(self._result, "status") != "success":
            told = _inner(error) or _last_words(ended.stderr)
            failure = agents.classified(_CLASSES, told, f"exit {ended.exit_code}")
            return replace(failure, told=f"{told} {error}")
        return None if "".join(self._said).strip() else agents.EMPTY


_TAKE = {
    "init": Stream._take_init,
    "message": Stream._take_message,
    "tool_use": Stream._take_tool,
    "tool_result": Stream._take_tool_result,
    "error": Stream._take_error,
    "result": Stream._take_result,
}


def _usage(row: Any) -> Usage:
    """Its input includes cached tokens; its output lacks the thoughts, which only the total has."""
    given, answered = count(row, "input_tokens"), count(row, "output_tokens")
    thoughts = max(0, count(row, "total_tokens") - given - answered)
    return Usage(
        input_tokens=given,
        output_tokens=answered + thoughts,
        cache_read_tokens=count(row, "cached"),
        reasoning_tokens=thoughts,
    )


def _last_words(stderr: str) -> str:
    """The error of a run that died: an object after a stack trace, or a line of text."""
    for brace in re.finditer(r"^\{", stderr, re.MULTILINE):
        if message := word(table(_object(stderr[brace.start() :]), "error"), "message"):
            return _inner(message)
    lines = [line for line in stderr.splitlines() if not re.match(r"\s+at ", line)]
    errors = [line for line in lines if "rror" in line]
    return "".join((errors or lines)[:1])


def _inner(message: str) -> str:
    """Without the wrapping: `[API Error: {"error": {"message": …}}]`."""
    for _layer in range(_LAYERS):  # an error of the API may be wrapped in another one
        _before, brace, rest = message.partition("{")
        message = word(table(_object(brace + rest), "error"), "message") or message
    return message


def _object(text: str) -> Any:
    """The JSON that `text` begins with, whatever follows; None when there is none."""
    try:
        return json.JSONDecoder().raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None


#: What it says before it tries again.
_AGAIN = re.compile(
    r"Attempt \d+ failed(?: with status (?P<status>\d+))?"
    r"(?:\. Retrying with backoff\.+|:) (?P<told>.*)"
)

#: Its exit code is the HTTP status modulo 256, so 173 is 429; 41, 42, 53 and 55 are its own.
_CLASSES: agents.Classes = (
    ("session_gone", r"Invalid session identifier|No previous sessions", "start a new one"),
    ("context_too_long", r"input token count", agents.LESS),
    (
        "auth",
        r"API key not valid|\bexit (41|145|147)\b",
        f"log in: {ACCESS.login}, or set GEMINI_API_KEY",
    ),
    (
        "rate_limit",
        r"\bexit 173\b|\bstatus 429\b|rate limit|quota|exhausted your capacity",
        "wait a little, use another model (--model), or check your plan",
    ),
    ("limit", r"\bexit 53\b|Loop detected|max session turns", agents.LESS),
    ("overloaded", r"\bexit 247\b|\bstatus 503\b|overloaded", agents.LATER),
    ("model", r"model does not exist|model.* not found", "check --model or AI_MODEL"),
    ("server", r"\bexit 24[4-8]\b|\bstatus 5\d\d\b|Internal server error", agents.LATER),
    ("unreadable", r"in JSON\b|JSON segment", "check the server behind GOOGLE_GEMINI_BASE_URL"),
    (
        "network",
        r"fetch failed|ECONN|EAI_|ENOTFOUND|ETIMEDOUT|\bterminated\b",
        "check the network connection",
    ),
    ("other", r"\bexit 55\b", "set GEMINI_CLI_TRUST_WORKSPACE=true"),
    ("other", r"Session ID .* already exists", agents.AGAIN),
)
