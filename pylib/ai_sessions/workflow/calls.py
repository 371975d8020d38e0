"""The calls of one verb: what they will cost, through the line, into the feature's history."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal

from ai_sessions import git_files, ids, money, times, todo
from ai_sessions.accounting.budgets import Limit, Spent
from ai_sessions.accounting.estimates import Estimate, estimated
from ai_sessions.conversations.requests import window_in
from ai_sessions.errors import AiSessionsError, LimitReached, ProviderError, TimedOut
from ai_sessions.jobs import Job, Kit, Result
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.providers.contract import Event, Provider
from ai_sessions.records import About, Interaction, Json, Session, stamp
from ai_sessions.run import attempt, books
from ai_sessions.sessions import cut_off
from ai_sessions.workflow import briefing
from ai_sessions.workflow.last_suite import LastSuite
from ai_sessions.workflow.state import calls_of, costs
from ai_sessions.workspace.events import add_event
from ai_sessions.workspace.features import features
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.tasks import begin_call, cut_off_calls, end_call, read_states

_ESTIMATE = "estimate"

#: The clock is looked at so often while waiting: a machine may be suspended meanwhile.
_LONGEST_SLEEP_S = 60.0
#: Calls that fail in the same way however often they are made.
_HOPELESS = (
    *("auth", "billing", "model", "context_too_long", "denied"),
    *("limit", "budget"),
)
#: Seconds before the first repetition, which are doubled for each further one, and the most that
#: become of them: of most failures, and of a limit, which mostly is one for a minute.
_FAILED_S = (1.0, 60.0)
_PAUSES_S = {"rate_limit": (30.0, float("inf"))}
_DOUBLED = 20
#: Characters of a text in a prompt: where no window is known, and at most.
_UNKNOWN_ROOM, _MOST_ROOM = 60_000, 400_000
_CHARACTERS_OF_A_TOKEN = 4
#: A server's clock and ours differ a little.
_MARGIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Calling:
    """How to call: what the user chose. `session`: its name, `command-feature` unless given."""

    command: str
    session: str
    model: str = ""
    timeout_s: float = 1800.0
    silence_s: float = 600.0
    lock_wait_s: float = 60.0
    retry: int = 0
    """How often a call that failed is made again."""
    retry_wait_s: float = 300.0
    """Longest wait for a limit to pass before that."""
    require_resume: bool = False
    ephemeral: bool = False
    """Each call stands alone, and the agent keeps nothing of it."""


@dataclass(slots=True)
class Line:
    """Calls of one verb on one feature. `say`: told what a person should know (never an answer)."""

    space: Workspace
    provider: Provider
    kit: Kit
    calling: Calling
    say: Callable[[str], None] = lambda _text: None
    task: str = ""
    cwd: Path | None = None
    """Where the agent works; None: the repository."""
    limits: tuple[Limit, ...] = ()
    """The plan's own, for the task and for the feature; calls at the same time share them."""
    estimate: Estimate | None = None
    """What the task was expected to cost before its first call."""
    calls: list[Interaction] = field(default_factory=list)
    last_suite: LastSuite | None = None
    """How the suite was at the end of the task before, when one was done with this line."""
    sleep: Callable[[float], None] = time.sleep

    def ask(
        self,
        prompt: str,
        purpose: str,
        *,
        access: Literal["read", "edit"] = "read",
        schema: Json | None = None,
    ) -> Result:
        """Make one call; a failed one is repeated `calling.retry` times where that may help.

        Raises as `run` does; what was paid is recorded either way.
        """
        repeated = 0
        while True:
            made = len(self.calls)
            try:
                result = self._once(self._job(prompt, purpose, access, schema))
                # what a try that failed has written is not told
                return replace(result, edits=None) if repeated else result
            except (ProviderError, TimedOut, LimitReached) as error:
                if repeated >= self.calling.retry or len(self.calls) == made:
                    raise
                self._pause(error, repeated)
                repeated += 1

    def room(self) -> int:
        """How many characters of a text may go into one prompt: half of the model's window."""
        window = window_in(self.kit, self.calling.session, self.provider, self.calling.model)
        if window is None:
            return _UNKNOWN_ROOM
        return min(_MOST_ROOM, window * _CHARACTERS_OF_A_TOKEN // 2)

    def begin(self, task: str, limits: tuple[Limit, ...]) -> None:
        """From here on the calls are for a task. Say what a new one will cost, for its first call
        to note.
        """
        self.task, self.limits = task, limits
        self.settle()
        made = make_estimate(self.space, self.task, stamp(self.kit.now()))
        if made:
            self.say(f"{self.task} will cost about {made.told()}")
        self.estimate = kept_estimate(self.space, self.task)

    def settle(self) -> None:
        """Account for calls that were begun and never came back: they may have cost."""
        for name, begun in cut_off_calls(self.space).items():
            session, id_ = (str(begun.get(key) or "") for key in ("session", "call"))
            *before, last = cut_off.recorded(books(self.kit), session, id_) or (None,)
            nusd = last.cost.nusd if last else self.kit.cost_of(id_)
            what = " ".join(filter(None, (begun.get("task"), begun.get("purpose"))))
            cost = "it may have cost, nobody knows what"
            cost = cost if nusd is None else f"it cost {money.shown(nusd)}"
            self.say(f"a call ({what}) was cut off; {cost}")
            for one in filter(None, before):
                self._add_event(one)
            told = {key: begun.get(key) for key in ("task", "purpose", "provider", "model")}
            told["id"] = id_ or None
            at = stamp(self.kit.now())
            add_event(self.space, at, "call", **told, status="interrupted", cost_nusd=nusd)
            # last: who is killed before it tells the call twice, which counts once
            end_call(self.space, name)

    def cost(self) -> tuple[int, int]:
        """Nano-dollars so far, and calls whose price is not known."""
        known = sum(call.cost.nusd or 0 for call in self.calls)
        return known, sum(call.cost.nusd is None for call in self.calls)

    def told_cost(self) -> str:
        """`2 calls, 12,345 tokens, $0.0123`, or nothing without a call."""
        if not self.calls:
            return ""
        tokens = sum(call.usage.total_tokens for call in self.calls)
        calls = f"{len(self.calls)} call{'s' if len(self.calls) != 1 else ''}"
        return f"{calls}, {tokens:,} tokens, {money.shown(*self.cost())}"

    def facts(self) -> dict[str, Any]:
        """The cost part of a JSON answer."""
        return {
            "calls": len(self.calls),
            "provider": self.calls[-1].provider if self.calls else self.provider.name,
            "model": self.calls[-1].model if self.calls else self.calling.model,
            "session": self.calling.session,
            "input_tokens": sum(call.usage.input_tokens for call in self.calls),
            "output_tokens": sum(call.usage.output_tokens for call in self.calls),
            **money.facts(*self.cost()),
            "note": self.provider.quirks.note,
        }

    def _pause(self, error: AiSessionsError, repeated: int) -> None:
        """Wait until the last call may be made again; raises its `error` when it may not."""
        now = self.kit.now()
        seconds = pause_s(self.calls[-1], repeated, now, self.calling.retry_wait_s)
        if seconds is None:
            raise error
        after = f" in {times.lasting(seconds)}" if seconds >= 1 else ""
        self.kit.watch(Event("retry", f"{error.message}; trying again{after}"))
        end = now + timedelta(seconds=seconds)
        while (left_s := (end - self.kit.now()).total_seconds()) > 0:
            self.sleep(min(left_s, _LONGEST_SLEEP_S))

    def _once(self, job: Job) -> Result:
        self.settle()
        result = self._noted(job)
        for warning in result.warnings:
            self.say(f"warning: {warning}")
        if result.continuity == "lost" and not result.warnings:
            self.say("warning: the agent began a new conversation (context lost)")
        if result.denied:
            self.say(f"warning: the agent was not allowed to use {', '.join(result.denied)}")
        return result

    def _noted(self, job: Job) -> Result:
        """Make the call, with a note that it is under way, which outlives us when we are killed."""
        told = {"task": job.task, "purpose": job.purpose, "session": job.session}
        told |= {"provider": self.provider.name, "model": job.model, "at": stamp(self.kit.now())}
        note = begin_call(self.space, {**told, "call": job.id})
        try:
            result = attempt(job, self.provider, self.kit)
        except Exception:  # nothing was called, or its cost is on record; interrupted, that is open
            end_call(self.space, note)
            raise
        for call in (*result.before, result.interaction):
            self._record(call, result.session)
        end_call(self.space, note)
        if result.error:
            raise result.error
        return result

    def _record(self, call: Interaction, session: Session) -> None:
        """The call, a failed one too, into the feature's history. It is saved, so a mistake here is
        only a warning.
        """
        self.calls.append(call)
        try:
            self._add_to_history(call, session)
        except Exception as error:
            self.say(f"warning: the call is not in the history of the feature: {error}")

    def _add_to_history(self, call: Interaction, session: Session) -> None:
        if self.estimate and len(self.calls) == 1:
            note = todo.expected(call, self.estimate.nusd, self.estimate.tasks)
            self.kit.store.append(session.name, [note])
        self._add_event(call)

    def _add_event(self, call: Interaction) -> None:
        add_event(
            self.space,
            call.at,
            "call",
            id=call.id,
            task=call.task,
            purpose=call.purpose,
            provider=call.provider,
            model=call.model,
            status=call.status,
            tokens=call.usage.total_tokens,
            cost_nusd=call.cost.nusd,
        )

    def _job(
        self, prompt: str, purpose: str, access: Literal["read", "edit"], schema: Json | None
    ) -> Job:
        repo = str(self.cwd or self.space.repo)
        return Job(
            session=self.calling.session,
            about=About(self.calling.command, self.space.feature, self.space.repo),
            prompt=prompt,
            cwd=Path(repo),
            purpose=purpose,
            task=self.task,
            model=self.calling.model,
            access=access,
            schema=schema,
            timeout_s=self.calling.timeout_s,
            silence_s=self.calling.silence_s,
            lock_wait_s=self.calling.lock_wait_s,
            limits=tuple(_of_plan(one) for one in spent(self.space, self.limits, self.task)),
            require_resume=self.calling.require_resume,
            ephemeral=self.calling.ephemeral,
            branch=git_files.branch(repo),
            commit=git_files.commit(repo),
            id=ids.new(),
            brief=partial(briefing.told, self.space),
        )


def pause_s(call: Interaction, repeated: int, now: datetime, most_s: float) -> float | None:
    """Seconds to wait before a failed call is made again; None: it is not made again.

    As the server says, where it says so and it is at most `most_s`; else longer each time.
    `repeated`: how often it was repeated before.
    """
    if call.status in _HOPELESS:
        return None
    until = times.read(call.detail.get("retry_at"))
    if until is None:
        first_s, longest_s = _PAUSES_S.get(call.status, _FAILED_S)
        return min(first_s * 2.0 ** min(repeated, _DOUBLED), longest_s, most_s)
    left_s = (until - now).total_seconds()
    return max(0.0, left_s) + _MARGIN_S if left_s <= most_s else None


def _of_plan(known: Spent) -> Limit:
    """A limit of the plan with what its history has, where others' calls are, too."""
    hint = "raise budget_usd in plan.yaml, then run it again"
    return replace(known.limit, known_nusd=known.nusd, hint=hint)


def spent(space: Workspace, limits: Iterable[Limit], task: str) -> list[Spent]:
    """What was spent of each limit: by the task of its own one, else by the whole feature."""
    paid = costs(space)
    keys = {"task": task}
    return [Spent(limit, *paid.get(keys.get(limit.scope, ""), (0, 0))) for limit in limits]


# -- what a task will cost: estimated before its first call, kept in the history


def earlier_estimate(space: Workspace) -> Estimate | None:
    """From the tasks of all features of this repository that are done and whose cost is known."""
    return estimated(list(_costs_of_done(space)))


def kept_estimate(space: Workspace, task: str) -> Estimate | None:
    """The estimate that was made before the task's first call; None when there was none."""
    for line in space.text("events.jsonl").splitlines():
        if f'"{_ESTIMATE}"' not in line:
            continue
        try:
            event = json.loads(line)
            if event["event"] == _ESTIMATE and event["task"] == task:
                return Estimate(int(event["nusd"]), int(event["tasks"]))
        except (ValueError, TypeError, KeyError):
            continue  # a torn last line
    return None


def make_estimate(space: Workspace, task: str, at: str) -> Estimate | None:
    """Keep an estimate for a task without a call; None for others, and where none can be made."""
    if kept_estimate(space, task) or calls_of(space, task):
        return None
    made = earlier_estimate(space)
    if made:
        add_event(space, at, _ESTIMATE, task=task, nusd=made.nusd, tasks=made.tasks)
    return made


def _costs_of_done(space: Workspace) -> Iterator[int]:
    for feature in features(space.repo, space.root):
        other = Workspace(space.repo, space.root, feature)
        paid = costs(other)
        for task, record in read_states(other).items():
            known, unknown = paid.get(task, (0, 1))
            if record.state == "done" and not unknown:
                yield known
