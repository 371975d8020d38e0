"""One agent with its own log, our features and sessions, and a person who works beside them."""

import contextlib
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from written_logs import LOGS

from ai_sessions import config
from ai_sessions.accounting import pricing
from ai_sessions.assemble import kit as kits
from ai_sessions.assemble import stores
from ai_sessions.errors import AiSessionsError
from ai_sessions.imports import SOURCES
from ai_sessions.imports.importer import Importer
from ai_sessions.providers import meters
from ai_sessions.providers.contract import Event, Failure, Quirks, Reply
from ai_sessions.records import Resume
from ai_sessions.sessions import cleaning, cut_off, removing
from ai_sessions.workflow.calls import Calling, Line
from ai_sessions.workspace.files import Workspace

ROOT = ".ai-session"
#: The models of an agent and of its sub-agents; nobody knows the price of one of them.
MODELS = {
    "claude": ("claude-sonnet-4-5", "claude-haiku-5-5"),
    "codex": ("gpt-5.5", "gpt-5.5-mini-of-mine"),
    "gemini": ("gemini-2.5-pro", "gemini-2.5-flash"),
    "opencode": ("claude-sonnet-4-5", "claude-haiku-5-5"),
}
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
#: Not one of the calls that are intercepted.
_mkdir = os.mkdir
_QUIRKS = Quirks(keeps_context=True, edits_files=True, chooses_id=True)


@dataclass
class World:
    """Time goes on with each answer. `intercept`: as the fault suite has it."""

    name: str
    root: Path
    intercept: object
    now: datetime = NOON
    ids: list = field(default_factory=list)
    answered: int = 0
    by_others: int = 0
    """Tokens that a person used in the agent's own window."""

    def __post_init__(self):
        self.environment = {"HOME": str(self.root / "home")}
        self.log = LOGS[self.name](self.root / "home")
        self.repo = self.root / "shop"
        places = {"SESSION_DIR": str(self.root / "sessions"), "SESSION_FSYNC": "none"}
        self.settings = config.load({**self.environment, **places})
        self.store = stores.files(self.settings, now=lambda: self.now)
        self.books = kits.books(
            self.settings,
            self.store,
            self.environment,
            pricing.price_of,
            lambda: self.now,
        )

    def kit(self, store):
        return kits.kit(
            self.settings,
            store,
            lambda _event: None,
            environment=self.environment,
            now=lambda: self.now,
        )

    def space(self, feature):
        made = Workspace(str(self.repo), ROOT, feature)
        os.makedirs(made.path("cache"), exist_ok=True)
        return made

    # -- what happens

    def alone(self, feature, which, end, at=0):
        """A call of ours that no session keeps."""
        self.ours(feature, which, end, at, stores.store(self.settings, False))

    def ours(self, feature, which, end, at=0, store=None):
        """A call of ours; `which`: for each answer whether a sub-agent's, on a model of its own.

        `end`: "answered", "lost" (where it was to continue; then it is made again), "interrupted",
        or "killed" (`kill -9`): at once after the answers when
        `at` is 0, else before so many of the calls of the kernel that ours are.
        """
        self.now += timedelta(seconds=3)
        kit = self.kit(store or self.store)
        if end != "killed":
            with contextlib.suppress(KeyboardInterrupt):
                self._call(feature, which, end, kit)
            return
        if (child := os.fork()) == 0:
            code = 9
            try:
                if at:
                    self.intercept(at, lambda *_call, **_named: os._exit(9))
                self._call(feature, which, "answered" if at else "killed", kit)
                code = 0
            finally:
                os._exit(code)
        os.waitpid(child, 0)
        self._take_over()
        self.now += timedelta(seconds=9)

    def _call(self, feature, which, end, kit):
        calling = Calling("implement", f"implement-{feature}")
        agent = Agent(self, which, end)
        line = Line(self.space(feature), agent, kit, calling, task="T1.1")
        line.ask("go", "green")

    def by_hand(self, which):
        """A person goes on in a conversation of ours, or begins one."""
        self.now += timedelta(seconds=3)
        before = self.of_log()[1]
        id_ = self.ids[self.answered % len(self.ids)] if self.ids else "by-hand-1"
        for is_sub in which:
            self.answer(id_, is_sub)
        self.by_others += self.of_log()[1] - before

    def bring_in(self):
        """`import`, which settles calls that were cut off first."""
        self.now += timedelta(seconds=1)
        kits.settle(self.settings, self.books, print)
        source = SOURCES[self.name]

        def store_at(moment):
            then = {"now": lambda: moment} if moment else {}
            return stores.files(self.settings, **then)

        logs = list(source.files(self.environment))
        Importer(source, self.root / "sessions", store_at, pricing.price_of).run(logs, self.now)

    def _settle(self, names):
        cut_off.settle_all(self.books, names)

    def rename(self, number):
        if name := self._one_of(number):
            self.store.rename(name, f"{name[:40]}-{self.answered}-{number}")

    def remove(self, number):
        if name := self._one_of(number):
            removing.remove(self.store, [name], str, self._settle)

    def clean(self):
        self.now += timedelta(seconds=1)
        old = cleaning.unused(self.store, timedelta(seconds=8), self.now)
        cleaning.clean(self.store, old, self._settle)

    def restore(self, number):
        names = self.store.discarded()
        with contextlib.suppress(AiSessionsError):  # another one has its calls by now
            self.store.restore(names[number % len(names)] if names else "none")

    def purge(self):
        self.store.purge(self.now + timedelta(seconds=1))

    def _one_of(self, number):
        names = self.store.names()
        return names[number % len(names)] if names else None

    # -- the agent

    def answer(self, id_, is_sub):
        """The next answer of a model, in the agent's own log."""
        self._next()
        given = 150_000 + 977 * self.answered if self.answered % 3 else 900
        model = MODELS[self.name][is_sub]
        self.log.answer(self.now, id_, model, given, self.answered, "sub" if is_sub else "")

    def _next(self):
        self.answered += 1
        self.now += timedelta(seconds=7, milliseconds=self.answered % 900)

    def progress(self, id_):
        """Leave for who goes on after us how far we were; not by the calls that are intercepted."""
        told = {"answered": self.answered, "now": self.now.isoformat(), "id": id_}
        with open(self.root / "progress", "w") as file:
            json.dump(told, file)

    def _take_over(self):
        with contextlib.suppress(FileNotFoundError), open(self.root / "progress") as file:
            told = json.load(file)
            self.answered, self.now = told["answered"], datetime.fromisoformat(told["now"])
            self.ids.append(told["id"])
            os.unlink(self.root / "progress")

    def of_log(self):
        """What the whole log comes to: nano-dollars, tokens, answers whose price nobody knows."""
        found = {}
        for path in SOURCES[self.name].files(self.environment):
            for one in SOURCES[self.name].read(path, {}).calls:
                found[one.id] = one
        used = [meters.used([one]) for one in found.values()]
        return (
            sum(one.cost.nusd or 0 for one in used),
            sum(one.usage.total_tokens for one in used),
            sum(one.cost.nusd is None for one in used),
        )


@dataclass
class Agent:
    """Works in the world; what it says of its use is by its log, as our providers do."""

    world: World
    which: list
    end: str

    def __post_init__(self):
        self.name, self.quirks = self.world.name, _QUIRKS

    def run(self, request, watch):
        world, began = self.world, self.world.now
        id_ = request.resume.id if request.resume else request.new_id
        watch(Event("conversation", id_))
        world.progress(id_)
        if self.end == "lost" and not request.resume:
            self.end = "answered"
        for is_sub in self.which:
            world.answer(id_, is_sub)
            world.progress(id_)
            self._sign(request.log_dir)
        if self.end == "killed":
            os._exit(9)
        if self.end == "interrupted":
            raise KeyboardInterrupt
        world.ids.append(id_)
        used = meters.used(meters.of(self.name, world.environment, began).calls(id_))
        failure = Failure("session_gone", "no such conversation") if self.end == "lost" else None
        return Reply(
            "done",
            used.model,
            used.usage,
            by_model=used.shares if len(used.shares) > 1 else {},
            cost=used.cost if used.cost.nusd is not None else None,
            cost_by_model=used.costs,
            resume=Resume(id_),
            failure=failure,
        )

    def _sign(self, folder):
        """The raw output shows until when a call lived that was killed; the agent writes it."""
        with contextlib.suppress(FileExistsError):
            _mkdir(folder)
        sign = folder / f"20261120T120000Z-{self.name}-1.out"
        with open(sign, "w"):
            pass
        os.utime(sign, (self.world.now.timestamp(), self.world.now.timestamp()))
