"""The `claude` command (Claude Code): how to call it, how to read its stream of JSON lines.

Observed on releases 2.1.197 to 2.1.329. What surprises there is said beside the line that minds it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ai_sessions import money, tokens
from ai_sessions.dialogue.answers import TURN
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.providers import (
    accounts,
    agents,
    edits,
    ephemeral,
    meters,
    process,
    rate_limits,
    resets,
)
from ai_sessions.providers.anthropic import usage_of
from ai_sessions.providers.contract import Event, Failure, Quirks, Reply, Request, Watch
from ai_sessions.providers.fields import (
    count,
    is_number,
    items,
    number,
    objects,
    record,
    table,
    word,
)
from ai_sessions.records import Cost, Json, Resume, Told, Usage

if TYPE_CHECKING:
    from ai_sessions.imports.contract import Past

NAME = "claude"
ACCESS = agents.Access(
    install="npm install -g @anthropic-ai/claude-code",
    login="claude, then /login",
    keys=(
        *("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
        *("CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX"),
    ),
    logins=("$CLAUDE_CONFIG_DIR/.credentials.json", "~/.claude/.credentials.json"),
    keychain=True,
)
_QUIET = {
    "CLAUDE_CODE_MAX_RETRIES": "2",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "CLAUDE_CODE_ENABLE_TODO_TOOLS": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
}
#: Markers of an enclosing agent session, which would change how a nested one behaves.
_NOT_OURS = ("CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SESSION_ID")
_TOOLS = edits.Tools(
    writing={
        **dict.fromkeys(("Write", "Edit", "MultiEdit"), "file_path"),
        "NotebookEdit": "notebook_path",
    },
    harmless=frozenset(
        (
            *("Read", "Glob", "Grep", "LS", "NotebookRead", "WebFetch", "WebSearch", "TodoWrite"),
            *("TaskCreate", "TaskUpdate", "TaskList", "TaskGet", "TaskOutput", "ToolSearch"),
            *("BashOutput", "KillShell", "StructuredOutput", "EnterPlanMode", "ExitPlanMode"),
        )
    ),
    agents=frozenset(("Agent", "Task", "Workflow")),
)
#: From this release on, `modelUsage` and `total_cost_usd` of a resumed conversation are its whole
#: past; before, they were the one run.
_CUMULATIVE_SINCE = (2, 1, 277)
#: The running totals of a model that we read.
_COUNTED = (
    "inputTokens",
    "outputTokens",
    "cacheReadInputTokens",
    "cacheCreationInputTokens",
    "cacheCreationEphemeral1hInputTokens",
    "thinkingTokens",
    "costUSD",
)


class Claude:
    """Claude Code, headless. `environment` is what the child inherits."""

    name = NAME
    quirks = Quirks(
        keeps_context=True,
        edits_files=True,
        chooses_id=True,
        takes_budget=True,
        takes_schema=True,
    )

    def __init__(self, environment: Mapping[str, str], command: str = NAME) -> None:
        self._environment = environment
        self._command = command

    @property
    def account(self) -> str:
        places = ("CLAUDE_CONFIG_DIR", "ANTHROPIC_BASE_URL")
        return accounts.mark(self._environment, *ACCESS.keys, *places)

    def run(self, request: Request, watch: Watch) -> Reply:
        if not request.ephemeral:
            return self._run(request, watch)
        with ephemeral.claude(self._environment, request.cwd):
            return self._run(request, watch)

    def _run(self, request: Request, watch: Watch) -> Reply:
        path = agents.found(self._command, self._environment, ACCESS.install)
        meter = meters.of(NAME, self._environment, request.now())
        stream = Stream(request, watch, meter.calls)
        watch(Event("started", NAME))
        environment = child_environment(self._environment)
        prompt = standard_input(request.prompt)
        ended = agents.run(
            argv(request, path),
            request,
            environment,
            stream.take,
            prompt,
            has_said_all=stream.has_said_all,
        )
        return stream.reply(ended)


def argv(request: Request, command: str = NAME) -> list[str]:
    """The command line of a call; the prompt goes to its standard input."""
    words = [command, "-p", "--output-format", "stream-json", "--verbose"]
    if request.streams:
        words.append("--include-partial-messages")
    if request.model:
        words += ["--model", request.model]
    # Always said, because a mode in the user's own settings would let a reader edit.
    words += ["--permission-mode", "acceptEdits" if request.access == "edit" else "default"]
    if request.schema:
        words += ["--json-schema", json.dumps(request.schema)]
    if request.budget_nusd is not None:
        words += ["--max-budget-usd", f"{money.dollars(request.budget_nusd):f}"]
    if request.ephemeral:
        words.append("--no-session-persistence")
    if request.resume:
        return [*words, "--resume", agents.conversation(request.resume)]
    if request.new_id:
        words += ["--session-id", request.new_id]
    return [*words, "-n", request.title] if request.title else words


def standard_input(prompt: str) -> str:
    """The prompt as it has to be fed: one that begins with a slash would be taken as a command."""
    return f"\n{prompt}" if prompt.startswith("/") else prompt


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The user's own settings win over our quiet ones."""
    kept = {key: value for key, value in environment.items() if key not in _NOT_OURS}
    return {**_QUIET, **kept}


@dataclass(frozen=True, slots=True)
class _Spent:
    """Tokens by model, the agent's own figures of their cost (None: not told, or a guess), and the
    totals that the next run has to subtract.
    """

    shares: dict[str, Usage]
    cost: Cost | None
    costs: dict[str, int]
    carry: Json


class Stream:
    """The lines of one run, folded as they come. `logged`: the calls of this run that its
    transcript has by now.
    """

    def __init__(
        self,
        request: Request,
        watch: Watch,
        logged: Callable[[str], list[Past]] = lambda _id: [],
    ) -> None:
        self._request, self._watch, self._logged = request, watch, logged
        self._init: Json = {}
        self._results: list[Json] = []
        self._background = 0
        self._last_error = self._complaint = ""
        self._next_try: datetime | None = None
        self._refusal = ""
        self._limit: Json = {}
        self._told: tuple[Told, ...] = ()
        self._compaction: Json | None = None
        self._summary = ""
        self._said = self._streamed = ""
        self._heard = _Heard()
        self._todos = _Todos()
        self._edits = edits.Gathered(_TOOLS)
        self._unreadable = 0

    def take(self, line: str) -> None:
        """One line of standard output."""
        event = record(line)
        if event is None:
            self._unreadable += 1
            self._edits.unreadable(line)
        else:
            _TAKE.get(str(event.get("type")), Stream._ignore)(self, event)

    def has_said_all(self) -> bool:
        """The result of its last turn has come. What works in the background begins another turn
        when it is done.
        """
        return bool(self._results) and not self._background

    def reply(self, ended: process.Ended) -> Reply:
        """What it all adds up to."""
        spent = self._spent()
        failure = self._failure(ended)
        shares = spent.shares
        return Reply(
            text=self._text(),
            model=self._model(shares),
            usage=sum(shares.values(), Usage()),
            by_model=shares if len(shares) > 1 else {},
            cost=spent.cost,
            cost_by_model=spent.costs,
            resume=self._resume(spent.carry, failure),
            failure=failure,
            denied=tuple(dict.fromkeys(name for one in self._results for name in _denied(one))),
            compacted=self._compaction is not None,
            compaction=self._compaction or {},
            summary=self._summary,
            todos=self._todos.listed(),
            edits=self._edits.told(),
            client_version=word(self._init, "claude_code_version"),
            turns=sum(count(one, "num_turns") for one in self._results),
            told=self._told,
            detail=agents.details(ended, self._unreadable),
        )

    def _ignore(self, event: Json) -> None:
        pass

    def _take_system(self, event: Json) -> None:
        kind = event.get("subtype")
        if kind == "init":
            self._init = event
        elif kind == "compact_boundary":
            self._compaction, self._summary = _told_of(table(event, "compact_metadata")), ""
        elif kind == "background_tasks_changed":
            self._background = len(items(event, "tasks"))
        elif kind == "api_retry":
            self._last_error = self._complaint = word(event, "error")
            delay_s = number(event, "retry_delay_ms") / 1000
            self._next_try = resets.of_number(delay_s, self._request.now())
            self._watch(Event("retry", f"{self._last_error or 'error'}, trying again"))

    def _take_assistant(self, event: Json) -> None:
        self._last_error = word(event, "error") or self._last_error
        self._complaint = ""
        if not event.get("parent_tool_use_id"):
            self._refusal = _refusal(event)
        self._count(event)
        for block in _blocks(event):
            if block.get("type") == "tool_use":
                name = word(block, "name")
                self._todos.asked(name, block)
                self._edits.used(word(block, "id"), name, table(block, "input"))
                self._watch(Event("tool", name))
            elif block.get("type") == "text" and not event.get("parent_tool_use_id"):
                self._say(word(block, "text"))

    def _take_piece(self, event: Json) -> None:
        """Of a message that is under way (`--include-partial-messages`); all of it comes later."""
        if event.get("parent_tool_use_id"):
            return
        told = table(event, "event")
        if word(told, "type") == "message_start":
            self._count(told)  # what goes in is known now, and paid, whatever comes of the answer
        if word(told, "type") == "content_block_start":
            self._streamed = ""
        if text := word(table(told, "delta"), "text"):
            self._watch(Event("text", text, begins=not self._streamed))
            self._streamed += text
            self._said = self._streamed

    def _count(self, event: Json) -> None:
        if self._heard.is_new(event):
            self._watch(Event("usage", usage=sum(self._heard.shares().values(), Usage())))

    def _say(self, text: str) -> None:
        """All of a text, of which the pieces have been told."""
        is_new = not (self._streamed and text.startswith(self._streamed))
        if rest := text if is_new else text[len(self._streamed) :]:
            self._watch(Event("text", rest, begins=is_new))
        self._said, self._streamed = text, ""

    def _take_limit(self, event: Json) -> None:
        """Comes with every answer; what counts is how the last one stands."""
        self._limit = table(event, "rate_limit_info")
        found = rate_limits.of_subscription(self._limit, self._request.now())
        self._told = rate_limits.joined((*self._told, *found))

    def _take_user(self, event: Json) -> None:
        self._todos.answered(event)
        if event.get("isSynthetic") is True and self._compaction is not None and not self._summary:
            self._summary = "\n".join(word(block, "text") for block in _blocks(event)).strip()
        for block in _blocks(event):
            if block.get("type") == "tool_result":
                self._edits.ended(word(block, "tool_use_id"), failed=block.get("is_error") is True)

    def _take_result(self, event: Json) -> None:
        """One for each turn: that of the prompt, then of what was done in the background."""
        if self._results and _is_idle(event):
            return
        self._results.append(event)
        self._heard = _Heard()
        spent = self._spent()
        nusd = spent.cost.nusd if spent.cost else None
        self._watch(Event("usage", usage=sum(spent.shares.values(), Usage()), cost_nusd=nusd))

    def _text(self) -> str:
        """What it answered, turn by turn; a turn that repeats an earlier answer adds nothing."""
        told = [one["result"] for one in self._results if isinstance(one.get("result"), str)]
        answers = dict.fromkeys(one for one in told if one.strip())
        return TURN.join(answers) if told else self._said

    def _spent(self) -> _Spent:
        """What this run used: by its results, and what came after the last of them."""
        before = self._request.resume.carry if self._request.resume else {}
        carry = dict(before)
        own: dict[str, list[Json]] = {}
        for result in self._results:
            totals = _table(result, "modelUsage") or {}
            for model, row in self._own(result, totals, carry).items():
                own.setdefault(model, []).append(row)
            carry |= _carried(totals)
        if self._tells_only_totals() and (by_log := self._by_log()).shares:
            known = by_log.cost if by_log.cost.nusd is not None else None
            return _Spent(dict(by_log.shares), known, dict(by_log.costs), carry)
        shares = {model: sum(map(_usage, rows), Usage()) for model, rows in own.items()}
        if not shares:
            shares = self._unnamed()
        cost, costs = _cost(own)
        both = meters.together(meters.Used(shares, cost or Cost(), costs), self._rest())
        known = both.cost if both.cost.nusd is not None else None
        return _Spent(dict(both.shares), known, dict(both.costs), carry)

    def _rest(self) -> meters.Used:
        """What came after its last result: it was stopped, but what it had asked for is paid. Its
        transcript has the answers that came to their end; the usage of the others is estimated,
        and what they cost is not known.
        """
        heard = self._heard.calls
        if self._results and not heard:
            return meters.Used()
        logged = self._logged(word(self._init, "session_id"))
        whole = [one for one in logged if not self._results or one.key.split(":")[0] in heard]
        known = {one.key.split(":")[0] for one in whole}
        estimated: dict[str, Usage] = {}
        for id_, (model, usage) in heard.items():
            if id_ not in known:
                estimated[model] = estimated.get(model, Usage()) + usage
        logged_use = meters.used(whole, self._request.price_of)
        return meters.together(logged_use, meters.Used(estimated))

    def _tells_only_totals(self) -> bool:
        """Whether what it used can only be had as a difference to what an earlier run of ours
        carried over; others may have gone on in the conversation since.
        """
        own = (one.get("model_usage_since_last_result") for one in self._results)
        return bool(self._request.resume and None in own and self._is_cumulative())

    def _by_log(self) -> meters.Used:
        calls = self._logged(word(self._init, "session_id"))
        return meters.used(calls, self._request.price_of)

    def _own(self, result: Json, totals: dict[str, Json], before: Json) -> dict[str, Json]:
        """What a turn used, by model. `before`: the totals when it began."""
        told = _table(result, "model_usage_since_last_result")
        if told is not None:
            return told
        return _since(totals, before) if self._is_cumulative() else totals

    def _unnamed(self) -> dict[str, Usage]:
        """What it used where it tells no models."""
        told = [table(one, "usage") for one in self._results]
        used = sum((usage_of(one) for one in told if count(one, "output_tokens")), Usage())
        return {word(self._init, "model"): used} if used.total_tokens else {}

    def _is_cumulative(self) -> bool:
        version = re.findall(r"\d+", word(self._init, "claude_code_version"))
        return tuple(map(int, version[:3])) >= _CUMULATIVE_SINCE

    def _model(self, shares: Mapping[str, Usage]) -> str:
        told = word(self._init, "model")
        if told in shares or not shares:
            return told or self._request.model
        return max(shares, key=lambda model: shares[model].total_tokens)

    def _resume(self, carry: Json, failure: Failure | None) -> Resume | None:
        """The id that came back, whatever we asked for: the line compares the two."""
        came_back = word(self._last(), "session_id") or word(self._init, "session_id")
        if not came_back:
            return agents.proved(self._request.resume, failure)
        return Resume(came_back, word(self._init, "model"), str(self._request.cwd), carry)

    def _last(self) -> Json:
        return self._results[-1] if self._results else {}

    def _failure(self, ended: process.Ended) -> Failure | None:
        result = self._last()
        if failure := agents.ended_by_us(ended, _CLASSES, self._complaint):
            is_limit = failure.status == "rate_limit"
            return replace(failure, until=self._next_try) if is_limit else failure
        if not result:
            return agents.no_answer(NAME, _CLASSES, ended, self._unreadable, self._last_error)
        if self._refusal and result.get("is_error") is False:
            return self._limited(agents.classified(_CLASSES, word(result, "result"), self._refusal))
        if result.get("is_error") is not False or ended.exit_code:
            told = "; ".join(map(str, items(result, "errors")))
            if result.get("is_error") is False:
                told = told or ended.stderr or f"it ended with exit code {ended.exit_code}"
            told = told or word(result, "result")
            keys = ("subtype", "terminal_reason", "api_error_status")
            clues = (*(result.get(key) for key in keys), self._last_error)
            return self._limited(agents.classified(_CLASSES, told or ended.stderr, *clues))
        if self._heard.shares():
            return agents.no_answer(NAME, _CLASSES, ended, 0)
        return None if self._text().strip() else agents.EMPTY

    def _limited(self, failure: Failure) -> Failure:
        """With the end of the limit, which an event of the stream tells to the second."""
        if word(self._limit, "status") != "rejected" or failure.status not in _LIMITED:
            return failure
        at = number(self._limit, "resetsAt")
        until = resets.of_number(at, self._request.now()) if at else None
        window = word(self._limit, "rateLimitType")
        return replace(failure, status="rate_limit", until=until, window=window)


def _told_of(metadata: Json) -> Json:
    """A compaction as our log has it."""
    sizes = {"before_tokens": "pre_tokens", "after_tokens": "post_tokens"}
    told: dict[str, Any] = {"trigger": word(metadata, "trigger")}
    told |= {ours: count(metadata, theirs) for ours, theirs in sizes.items()}
    return {key: value for key, value in told.items() if value}


def _refusal(event: Json) -> str:
    """What kind of refusal its own words stand for, which it may call a success all the same."""
    is_its_own = word(event.get("message"), "model") == "<synthetic>"
    said = " ".join(word(block, "text") for block in _blocks(event)) if is_its_own else ""
    return word(event, "error") or ("rate_limit" if re.search(_LIMIT, said, re.I) else "")


class _Heard:
    """The calls of the model as they come by, for a run that does not live to sum them up.

    One message is one call, told once per block with the same id; its input is measured, its output
    is not (the stream always says 1), so that is estimated.
    """

    def __init__(self) -> None:
        self._calls: dict[str, tuple[str, Usage]] = {}

    @property
    def calls(self) -> dict[str, tuple[str, Usage]]:
        """By the id of the message: the model and what it used."""
        return {
            id_: (model, usage)
            for id_, (model, usage) in self._calls.items()
            if usage.total_tokens and not model.startswith("<")  # <synthetic>: its own words
        }

    def is_new(self, event: Json) -> bool:
        """Take an `assistant` event in; whether it begins a call not seen before."""
        message = event.get("message")
        if not isinstance(message, dict) or not isinstance(message.get("usage"), dict):
            return False
        id_ = word(message, "id")
        is_new = id_ not in self._calls
        blocks = "".join(word(one, "text") or json.dumps(one) for one in _blocks(event))
        written = Usage(output_tokens=tokens.estimate(blocks), estimated=True)
        if is_new:
            usage = replace(usage_of(message["usage"]), output_tokens=0)
            self._calls[id_] = (word(message, "model"), usage + written)
        else:
            model, usage = self._calls[id_]
            self._calls[id_] = (model, usage + written)
        return is_new

    def shares(self) -> dict[str, Usage]:
        found: dict[str, Usage] = {}
        for model, usage in self.calls.values():
            found[model] = found.get(model, Usage()) + usage
        return found


_TAKE = {
    "system": Stream._take_system,
    "assistant": Stream._take_assistant,
    "stream_event": Stream._take_piece,
    "rate_limit_event": Stream._take_limit,
    "user": Stream._take_user,
    "result": Stream._take_result,
}


class _Todos:
    """The agent's own list: the older TodoWrite replaces it whole, the Task tools change it."""

    def __init__(self) -> None:
        self._items: dict[str, dict[str, str]] = {}

    def asked(self, name: str, block: Json) -> None:
        given = block.get("input")
        if name == "TodoWrite" and isinstance(given, dict):
            self._replace(given.get("todos"))
        elif name == "TaskUpdate" and isinstance(given, dict):
            self._update(str(given.get("taskId")), str(given.get("status") or ""))

    def answered(self, event: Json) -> None:
        told = event.get("tool_use_result")
        if not isinstance(told, dict):
            return
        task = told.get("task")
        if isinstance(task, dict) and task.get("id"):
            self._items[str(task["id"])] = {
                "text": str(task.get("subject", "")),
                "status": str(task.get("status", "pending")),
            }
        self._replace(told.get("newTodos"))

    def listed(self) -> tuple[Json, ...]:
        return tuple(self._items.values())

    def _update(self, id_: str, status: str) -> None:
        if status == "deleted":
            self._items.pop(id_, None)
        elif status and id_ in self._items:
            self._items[id_]["status"] = status

    def _replace(self, todos: Any) -> None:
        if isinstance(todos, list):
            self._items = {
                str(number): {"text": word(todo, "content"), "status": word(todo, "status")}
                for number, todo in enumerate(todos)
                if isinstance(todo, dict)
            }


#: How it says that a plan's limit is reached: "You've hit your session limit · resets 3pm", "5-hour
#: limit reached", "You're out of extra usage", "You will regain access on 2026-12-01 at 00:00 UTC".
_LIMIT = (
    r"usage limit|limit reached|\b(hit|reached) your\b.{0,60}\blimits?\b|"
    r"out of (extra )?usage|regain access|spend limit"
)
#: Classes that a limit may stand behind.
_LIMITED = ("rate_limit", "other")
#: What its error text or code looks like; the first that fits wins.
_CLASSES: agents.Classes = (
    ("session_gone", r"No conversation found|does not match any session", "start a new one"),
    ("busy", r"already in use", "wait until the other run has ended"),
    ("context_too_long", r"prompt_too_long|Prompt is too long", agents.LESS),
    ("budget", r"max_budget|budget_exhausted", "raise the task's budget_usd"),
    ("limit", r"max_turns|output token maximum", agents.LESS),
    ("unreadable", r"max_structured_output_retries", agents.AGAIN),
    ("billing", r"billing_error|Credit balance", "check your plan and billing"),
    ("overloaded", r"not your usage limit", agents.LATER),
    ("rate_limit", _LIMIT, agents.LIMITED),
    ("auth", r"authentication_failed|Not logged in|\b40[13]\b", f"log in: {ACCESS.login}"),
    ("rate_limit", r"rate_limit|\b429\b", agents.LIMITED),
    ("model", r"model_not_found|issue with the selected model", "check --model or AI_MODEL"),
    ("overloaded", r"overloaded|\b529\b|\b503\b", agents.LATER),
    (
        "network",
        r"refused|ECONN|EAI_|timed out|Can't reach|ENOTFOUND",
        "check the network connection",
    ),
    ("server", r"server_error|\b5\d\d\b", agents.LATER),
    (
        "unreadable",
        r"empty or malformed|JSON Parse error",
        "check the server behind ANTHROPIC_BASE_URL",
    ),
    ("interrupted", r"aborted", agents.AGAIN),
)


def _since(totals: Mapping[str, Json], before: Json) -> dict[str, Json]:
    """Totals minus what an earlier run of this conversation reported."""
    return {
        model: {
            key: value - number(before.get(model), key) if is_number(value) else value
            for key, value in row.items()
        }
        if _has_grown(row, before.get(model))
        else row
        for model, row in totals.items()
        if _counted(row) != _counted(before.get(model))
    }


def _carried(totals: Mapping[str, Json]) -> dict[str, Json]:
    """What the next run has to subtract."""
    return {model: _counted(row) for model, row in totals.items()}


def _counted(row: Any) -> dict[str, float]:
    return {key: number(row, key) for key in _COUNTED}


def _has_grown(row: Json, before: Any) -> bool:
    return all(number(row, key) >= number(before, key) for key in ("inputTokens", "outputTokens"))


def _usage(row: Json) -> Usage:
    """Anthropic's input leaves out cached tokens; our `input_tokens` includes them."""
    read = count(row, "cacheReadInputTokens")
    written = count(row, "cacheCreationInputTokens")
    return Usage(
        input_tokens=count(row, "inputTokens") + read + written,
        output_tokens=count(row, "outputTokens"),
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_write_1h_tokens=count(row, "cacheCreationEphemeral1hInputTokens"),
        reasoning_tokens=count(row, "thinkingTokens"),
    )


def _cost(own: Mapping[str, list[Json]]) -> tuple[Cost | None, dict[str, int]]:
    """The client's own figure, in all and by model; None when it only guessed one (unknown model)
    or gave none.
    """
    rows = [row for told in own.values() for row in told]
    if not rows or any(row.get("costBasis", "list") == "unknown" for row in rows):
        return None, {}
    if not all(is_number(row.get("costUSD")) and row["costUSD"] >= 0 for row in rows):
        return None, {}
    costs = {model: sum(money.nano(row["costUSD"]) for row in told) for model, told in own.items()}
    return Cost(sum(costs.values()), "client"), costs


def _is_idle(result: Json) -> bool:
    """Whether it tells of no turn: some releases end with an error after what was answered."""
    used = _table(result, "modelUsage") or _table(result, "model_usage_since_last_result")
    return not (
        used or count(result, "num_turns") or count(table(result, "usage"), "output_tokens")
    )


def _denied(result: Json) -> tuple[str, ...]:
    names = (word(one, "tool_name") for one in objects(result, "permission_denials"))
    return tuple(dict.fromkeys(name for name in names if name))


def _table(result: Json, key: str) -> dict[str, Json] | None:
    found = result.get(key)
    if not isinstance(found, dict):
        return None
    return {model: row for model, row in found.items() if isinstance(row, dict)}


def _blocks(event: Json) -> list[dict[str, Any]]:
    return objects(event.get("message"), "content")
