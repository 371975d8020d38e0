"""Every agent's money, in whatever order there are calls of ours, kills, work by hand, imports.

What all figures of ours come to is what the agent's own log comes to, to the nano-dollar.
"""

import contextlib
import os
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from written_logs import LOGS

from ai_sessions import config
from ai_sessions.accounting import pricing, reports
from ai_sessions.accounting import stats as sums
from ai_sessions.assemble import ledgers
from ai_sessions.imports import SOURCES
from ai_sessions.imports.importer import Importer
from ai_sessions.index import Index, calls, sessions
from ai_sessions.ledger import pools
from ai_sessions.ledger.contract import Window
from ai_sessions.names import IMPORTED
from ai_sessions.providers import meters
from ai_sessions.providers.contract import Event, Quirks, Reply
from ai_sessions.records import About, Interaction, Resume
from ai_sessions.run import Job, Kit, run
from ai_sessions.sessions.cut_off import Books, settle_all
from ai_sessions.store.files import FileStore

MODELS = {
    "claude": ("claude-sonnet-4-5", "claude-haiku-5-5"),
    "codex": ("gpt-5.5", "gpt-5.5-mini-of-mine"),
    "gemini": ("gemini-2.5-pro", "gemini-2.5-flash"),
    "opencode": ("claude-sonnet-4-5", "claude-haiku-5-5"),
}
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class World:
    """One agent, its log, and our sessions; time goes on with each answer."""

    name: str
    root: Path
    now: datetime = NOON
    quirks: Quirks = Quirks(keeps_context=True, edits_files=True, chooses_id=True)
    ids: list = field(default_factory=list)
    sizes: int = 0
    by_others: int = 0
    """Tokens that a person used in the agent's own window."""

    def __post_init__(self):
        self.environment = {"HOME": str(self.root / "home")}
        self.log = LOGS[self.name](self.root / "home")
        self.store = FileStore(self.root / "sessions", fsync="none", now=lambda: self.now)
        logged = partial(meters.between, self.environment, pricing.price_of)
        now, log_dir = (lambda: self.now), self.raw_of
        self.kit = Kit(self.store, pricing.price_of, now, log_dir=log_dir, logged=logged)
        self.books = Books(self.store, now, logged, log_dir)

    def raw_of(self, session):
        """Where the raw output of a session's calls is; it shows until when a killed one lived."""
        folder = self.root / "raw" / session
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def answers(self, id_, which):
        """`which`: for each answer whether a sub-agent's, on a model of its own."""
        for is_sub in which:
            self.now += timedelta(seconds=7, milliseconds=self.sizes % 900)
            self.sizes += 1
            given = 150_000 + 977 * self.sizes if self.sizes % 3 else 900
            model = MODELS[self.name][is_sub]
            self.log.answer(self.now, id_, model, given, self.sizes, "sub" if is_sub else "")

    def ours(self, feature, which, end):
        """A call of ours that is answered, interrupted, or killed at once (`kill -9`)."""
        agent = Agent(self, which, end, self.raw_of(f"implement-{feature}"))
        about = About("implement", feature, "/src/shop")
        job = Job(f"implement-{feature}", about, "go", Path("/"), "green", task="T1")
        if end != "killed":
            with contextlib.suppress(KeyboardInterrupt):
                run(job, agent, self.kit)
        elif (child := os.fork()) == 0:
            try:
                run(job, agent, self.kit)
            finally:
                os._exit(0)
        else:
            os.waitpid(child, 0)
            # what the child wrote has been written; only the clock and ids are the parent's own
            agent.replay()

    def by_hand(self, which):
        before = of_log(self)[1]
        self.answers(self.ids[self.sizes % len(self.ids)] if self.ids else "by-hand-1", which)
        self.by_others += of_log(self)[1] - before

    def bring_in(self):
        self.now += timedelta(seconds=1)
        settle_all(self.books, [one.name for one in self.store.sessions()])
        source = SOURCES[self.name]

        def store_at(moment):
            then = {"now": lambda: moment} if moment else {}
            return FileStore(self.root / "sessions", fsync="none", **then)

        logs = list(source.files(self.environment))
        Importer(source, self.root / "sessions", store_at, pricing.price_of).run(logs, self.now)


@dataclass
class Agent:
    """Works in the world; what it says of its use is by its log, as our providers do."""

    world: World
    which: list
    end: str
    raw: Path

    def __post_init__(self):
        self.name, self.quirks = self.world.name, self.world.quirks

    def run(self, request, watch):
        world = self.world
        id_ = request.resume.id if request.resume else request.new_id
        began = world.now
        watch(Event("conversation", id_))
        (self.raw / "id").write_text(id_)
        world.answers(id_, self.which)
        sign = self.raw / f"20261120T120000Z-{self.name}-1.out"
        sign.touch()
        os.utime(sign, (world.now.timestamp(), world.now.timestamp()))
        if self.end == "killed":
            os._exit(9)
        if self.end == "interrupted":
            raise KeyboardInterrupt
        world.ids.append(id_)
        used = meters.used(meters.of(self.name, world.environment, began).calls(id_))
        return Reply(
            "done",
            used.model,
            used.usage,
            by_model=used.shares if len(used.shares) > 1 else {},
            cost=used.cost if used.cost.nusd is not None else None,
            cost_by_model=used.costs,
            resume=Resume(id_),
        )

    def replay(self):
        """The time that the killed process took, and the conversation that it was in."""
        for _each in self.which:
            self.world.now += timedelta(seconds=7, milliseconds=self.world.sizes % 900)
            self.world.sizes += 1
        self.world.ids.append((self.raw / "id").read_text())
        self.world.now += timedelta(seconds=9)


ANSWERS = st.lists(st.booleans(), max_size=3)
EVENT = st.one_of(
    st.tuples(
        st.just("ours"),
        st.sampled_from(("pay", "ship")),
        ANSWERS,
        st.sampled_from(("answered", "killed", "interrupted")),
    ),
    st.tuples(st.just("by_hand"), ANSWERS),
    st.tuples(st.just("bring_in")),
)


def of_log(world):
    """What the whole log comes to: nano-dollars, tokens, answers whose price nobody knows."""
    found = {}
    for path in SOURCES[world.name].files(world.environment):
        for one in SOURCES[world.name].read(path, {}).calls:
            found[one.id] = one
    used = [meters.used([one]) for one in found.values()]
    return (
        sum(one.cost.nusd or 0 for one in used),
        sum(one.usage.total_tokens for one in used),
        sum(one.cost.nusd is None for one in used),
    )


def of_ledger(world):
    """What budgets count: all calls of ours."""
    where = {"SESSION_DIR": str(world.root / "sessions"), "SESSION_FSYNC": "none"}
    ledger = ledgers.ledger(config.load(where), print)
    (found,) = ledger.view([Window(pools.ALL, 0)]).windows
    return found.used


def of_index(world, key):
    index = Index(world.store.source(), "")
    groups = calls.by(index, key).answer.values()
    money = sum(group["cost_nusd"] for group in groups)
    return money, sum(map(sums.tokens, groups)), sum(group["unknown_costs"] for group in groups)


@pytest.mark.parametrize("name", LOGS)
@settings(deadline=None, max_examples=25)
@given(events=st.lists(EVENT, max_size=7))
@example(
    events=[
        ("ours", "ship", [], "killed"),
        ("by_hand", [False]),
        ("ours", "pay", [], "answered"),
    ]
)
def test_all_figures_come_to_what_the_agents_log_comes_to(name, events):
    with tempfile.TemporaryDirectory() as folder:
        world = World(name, Path(folder))
        for what, *more in events:
            getattr(world, what)(*more)
            world.now += timedelta(seconds=3)
        world.bring_in()
        nusd, tokens, unpriced = of_log(world)

        figures = {key: of_index(world, key) for key in reports.KEYS}
        rows = sessions.rows(Index(world.store.source(), ""), lambda _row: True)
        whole = sums.overall(rows)
        figures["stats"] = (whole["cost_nusd"], sums.tokens(whole), whole["unknown_costs"])
        apart = whole["by_model"].values()
        figures["stats by model"] = (
            sum(one["cost_nusd"] for one in apart),
            sum(map(sums.tokens, apart)),
            sum(one["unknown_costs"] for one in apart),
        )
        told = [
            entry
            for session in world.store.sessions()
            for entry in world.store.entries(session.name)
            if isinstance(entry, Interaction)
        ]
        figures["journals"] = (
            sum(one.cost.nusd or 0 for one in told),
            sum(one.usage.total_tokens for one in told),
            sum(one.cost.nusd is None for one in told),
        )
        assert len(set(figures.values())) == 1, figures
        found, counted, unknown = figures["stats"]
        assert counted == tokens
        by_us = [row["totals"] for row in rows if row["command"] != IMPORTED]
        assert of_ledger(world) == sum(one["cost_nusd"] for one in by_us)
        imported = [row["totals"] for row in rows if row["command"] == IMPORTED]
        assert sum(map(sums.tokens, imported)) == world.by_others
        if unpriced:
            assert unknown
            assert found <= nusd
        else:
            assert found == nusd
