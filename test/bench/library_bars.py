"""What tracking costs beside the least it can: beside one append of the store, beside Python's own
start, and with many tasks at once. Used by `test/bench/library`.
"""

import asyncio
import contextlib
import itertools
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import ai_sessions
from ai_sessions import ids, sync
from ai_sessions.assemble.conversations import conversations
from ai_sessions.conversations.service import Conversations
from ai_sessions.records import Cost, Interaction, Message, Usage
from ai_sessions.store.files import FileStore

ROOT = Path(__file__).resolve().parents[2]
PYTHON = str(ROOT / ".venv/bin/python")
TEXT = "A sentence about payments, refunds and ledgers, and what to do with them. " * 3
USAGE = {"prompt_tokens": 120, "completion_tokens": 60, "total_tokens": 180}
AT = "2026-11-01T10:00:00.000Z"
Times = dict[str, list[float]]


def core(folder: Path, provider: str) -> Conversations:
    """What the library keeps sessions in, by these settings."""
    place = {"SESSION_DIR": str(folder), "SESSION_PROVIDER": provider}
    return conversations({**os.environ, **place})


def turn() -> Interaction:
    """The entry that `track` makes of a question and its answer."""
    said = tuple(
        Message(role, TEXT, at=AT, tokens=56, tokens_source="estimated")
        for role in ("user", "assistant")
    )
    return Interaction(
        ids.new(), AT, "openai", "gpt-4o-mini", said,
        Usage(120, 60), Cost(54_000, "catalog"), purpose="chat",
    )  # fmt: skip


def in_turn(cases: dict[str, Callable[[], object]], rounds: int) -> Times:
    """Milliseconds of each case, once a round, each round in another order; the first ones warm
    up.
    """
    taken: Times = {name: [] for name in cases}
    order, names = random.Random(15), list(cases)  # noqa: S311 (no secret)
    for number in range(rounds + 5):
        order.shuffle(names)
        for name in names:
            began = time.perf_counter()
            cases[name]()
            if number >= 5:
                taken[name].append((time.perf_counter() - began) * 1000)
    return taken


def ratio(taken: Times, one: str, other: str) -> float:
    """The median of pairs of one round each."""
    return statistics.median(a / b for a, b in zip(taken[one], taken[other], strict=True))


def calls(folder: Path, rounds: int) -> Times:
    """A turn tracked by each door, beside one append of the same entry."""
    bare, program = FileStore(folder / "bare"), core(folder / "files", "files").store
    made = iter([turn() for _ in range(2 * (rounds + 5))])  # an append is measured, not its entry
    files, memory = core(folder / "tracked", "files"), core(folder / "memory", "memory")
    loop = asyncio.new_event_loop()

    def append(store: Any) -> Callable[[], object]:
        return lambda: store.append("chat", [next(made)])

    def track(place: Conversations) -> Callable[[], object]:
        session = sync.SessionManager(store=place)
        return lambda: session.track(TEXT, TEXT, "gpt-4o-mini", "openai", usage=USAGE)

    def awaited(place: Conversations) -> Callable[[], object]:
        session = ai_sessions.SessionManager(store=place)
        given = (TEXT, TEXT, "gpt-4o-mini", "openai")
        return lambda: loop.run_until_complete(session.track(*given, usage=USAGE))

    cases = {
        "one append of the store": append(bare),
        "one append of a program's store, which counts it in budgets": append(program),
        "track, files": track(files),
        "track, files, async": awaited(files),
        "track, memory": track(memory),
        "track, memory, async": awaited(memory),
    }
    with contextlib.closing(loop):
        return in_turn(cases, rounds)


def imports(programs: dict[str, tuple[str, str]], rounds: int) -> tuple[Times, Times]:
    """CPU and wall milliseconds of Python processes. `programs`: what each runs, and by which
    Python.
    """
    cpu: Times = {name: [] for name in programs}
    wall: Times = {name: [] for name in programs}
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "pylib"), "PYTHONDONTWRITEBYTECODE": ""}
    for number in range(rounds + 1):
        for name, (python, program) in programs.items():
            times = _process(python, program, environment)
            if number:  # the first one compiles
                cpu[name].append(times[0])
                wall[name].append(times[1])
    return cpu, wall


def _process(python: str, program: str, environment: dict[str, str]) -> tuple[float, float]:
    began = time.perf_counter()
    process = subprocess.Popen([python, "-c", program], env=environment, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{python} -c {program!r}: exit code {process.returncode}")
    return (used.ru_utime + used.ru_stime) * 1000, (time.perf_counter() - began) * 1000


def rates(folder: Path, seconds: float) -> dict[str, float]:
    """Operations a second: what the figures of the seed's table can be, then appends."""
    kept: dict[str, str] = {}
    files, memory = core(folder / "rate", "files"), core(folder / "rate", "memory")
    of_files, of_memory = (sync.SessionManager(store=place) for place in (files, memory))
    of_memory.user_says(TEXT)

    def put() -> None:
        kept["key"] = TEXT

    with _echo() as asked:
        cases: dict[str, Callable[[], object]] = {
            "a function that sets a key of a dict": put,
            "a round trip to a server on this machine": asked,
            "ours, memory: get_stats": of_memory.get_stats,
            "ours, memory: a message": lambda: of_memory.user_says(TEXT),
            "ours, files: a message": lambda: of_files.user_says(TEXT),
        }
        return {
            name: statistics.median(_rate(work, seconds) for _ in range(5))
            for name, work in cases.items()
        }


def _rate(work: Callable[[], object], seconds: float) -> float:
    many = itertools.count()
    began = time.perf_counter()
    end = began + seconds / 5
    while (now := time.perf_counter()) < end:
        for _ in range(10):
            work()
        next(many)
    return next(many) * 10 / (now - began)


_SERVER = "import os\nwhile data := os.read(0, 512): os.write(1, data)"


@contextlib.contextmanager
def _echo() -> Iterator[Callable[[], object]]:
    """Asks a process that sends back what it gets, as the fastest server would."""
    import socket

    here, there = socket.socketpair()
    command = [PYTHON, "-I", "-S", "-c", _SERVER]
    process = subprocess.Popen(command, stdin=there, stdout=there)
    there.close()
    with here:
        yield lambda: (here.sendall(b"x" * 240), here.recv(512))
    process.wait()


class Crowd:
    """What came of many sessions at once."""

    def __init__(self, times: Sequence[float], took_s: float, lost: int, grown_mb: float) -> None:
        ordered = sorted(times)
        self.p50, self.p99 = (ordered[int(len(ordered) * part)] for part in (0.5, 0.99))
        self.rate, self.lost, self.grown_mb = len(times) / took_s, lost, grown_mb


def crowd(place: Conversations, sessions: int, messages: int, fresh: Conversations) -> Crowd:
    """So many sessions, each with a task of its own that says so many messages; `fresh`: reads what
    came of it.
    """
    managers = [ai_sessions.SessionManager(store=place) for _ in range(sessions)]
    times: list[float] = []
    before, began = _resident_mb(), time.perf_counter()
    asyncio.run(_all(_talk(one, messages, times) for one in managers))
    took = time.perf_counter() - began
    grown = _resident_mb() - before
    wanted = [str(number) for number in range(messages)]
    lost = 0
    for one in managers:
        session = sync.SessionManager(one.session_id, store=fresh)
        said = [turn["content"].partition(" ")[0] for turn in session.get_conversation()]
        is_counted = session.get_stats().total_messages == messages
        lost += 0 if said == wanted and is_counted else max(1, messages - len(said))
    return Crowd(times, took, lost, grown)


async def _all(tasks: Iterator[Any]) -> None:
    await asyncio.gather(*tasks)


async def _talk(session: Any, messages: int, times: list[float]) -> None:
    """User and model in turn; the numbers of the messages come first in them."""
    for number in range(messages):
        began = time.perf_counter()
        if number % 2:
            await session.ai_responds(f"{number} {TEXT}", "gpt-4o-mini", "openai", usage=USAGE)
        else:
            await session.user_says(f"{number} {TEXT}")
        times.append((time.perf_counter() - began) * 1000)


def waiters(place: Conversations, many: int, messages: int) -> tuple[Crowd, Crowd]:
    """So many tasks that say something in one session, and as many with a session each, all begun
    at once: what the first waited for, and what the others did.
    """
    shared = ai_sessions.SessionManager(store=place)
    own = [ai_sessions.SessionManager(store=place) for _ in range(many)]
    of_one: list[float] = []
    of_others: list[float] = []
    began = time.perf_counter()
    tasks = [
        *(_talk(shared, messages, of_one) for _ in range(many)),
        *(_talk(one, messages, of_others) for one in own),
    ]
    asyncio.run(_all(iter(tasks)))
    took = time.perf_counter() - began
    said = sync.SessionManager(shared.session_id, store=place).get_stats().total_messages
    lost = many * messages - said
    return Crowd(of_one, took, lost, 0), Crowd(of_others, took, 0, 0)


def _resident_mb() -> float:
    """Memory that this process has now; where the system does not tell, the most it had."""
    with contextlib.suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() / (1 << 20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
