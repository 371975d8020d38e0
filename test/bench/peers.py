"""One conversation in the stores of other projects, and in ours, through the same few lines.

    python peers.py NAME FOLDER serve                        append as stdin says, see `served`
    python peers.py NAME FOLDER write NUMBER COUNT           be one of many writers: COUNT appends
    python peers.py NAME FOLDER count                        how many calls there are to read
    python peers.py together FOLDER crowd                    16 writers, ours and SQLite in turn

Run by `test/bench/store --peers`, each with the Python that has that project installed. Every one
is used as its documentation says, with its defaults, its connection kept open; what is measured is
one call of a model: a prompt and an answer. Prints JSON.
"""

import asyncio
import json
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

TEXT = "A sentence about payments, refunds and ledgers. " * 60
Append = Callable[[int], None]
Count = Callable[[], int]


def ours(folder: Path) -> tuple[Append, Count]:
    """This project: SESSION_FSYNC=data, the default."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "pylib"))
    from ai_sessions import ids
    from ai_sessions.errors import NotFound
    from ai_sessions.records import Cost, Interaction, Message, Usage
    from ai_sessions.store.files import FileStore

    store = FileStore(folder / "sessions")
    said = (Message("user", TEXT), Message("assistant", TEXT))

    def append(number: int) -> None:
        call = Interaction(
            ids.new(), "", "claude", "sonnet", said,
            Usage(500, 1000), Cost(16_500_000, "client"),
        )  # fmt: skip
        store.append("plan-x", [call])

    def count() -> int:
        try:
            return sum(isinstance(entry, Interaction) for entry in store.entries("plan-x"))
        except NotFound:
            return 0

    return append, count


def json_file(folder: Path) -> tuple[Append, Count]:
    """The whole session in one file that is written anew: the layout of the seed."""
    path = folder / "session.json"

    def known() -> list[dict[str, str]]:
        return json.loads(path.read_text()) if path.exists() else []

    def append(number: int) -> None:
        entries = [*known(), {"id": str(number), "prompt": TEXT, "answer": TEXT}]
        draft = path.with_suffix(f".{os.getpid()}")
        with draft.open("w") as file:
            json.dump(entries, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    return append, lambda: len(known())


def openai_agents(folder: Path) -> tuple[Append, Count]:
    """SQLiteSession of openai-agents."""
    from agents import SQLiteSession

    session = SQLiteSession("plan-x", folder / "sessions.db")
    loop = asyncio.new_event_loop()

    def append(_number: int) -> None:
        said = [{"role": "user", "content": TEXT}, {"role": "assistant", "content": TEXT}]
        loop.run_until_complete(session.add_items(said))

    return append, lambda: len(loop.run_until_complete(session.get_items())) // 2


def langgraph(folder: Path) -> tuple[Append, Count]:
    """SqliteSaver of LangGraph: a step reads the thread's last checkpoint and puts the next one."""
    import sqlite3

    from langgraph.checkpoint.base import empty_checkpoint
    from langgraph.checkpoint.sqlite import SqliteSaver

    database = sqlite3.connect(folder / "checkpoints.db", check_same_thread=False)
    saver = SqliteSaver(database)
    config = {"configurable": {"thread_id": "plan-x", "checkpoint_ns": ""}}

    def messages() -> list[tuple[str, str]]:
        found = saver.get_tuple(config)
        return found.checkpoint["channel_values"]["messages"] if found else []

    def append(number: int) -> None:
        said = [*messages(), ("user", TEXT), ("assistant", TEXT)]
        checkpoint = {**empty_checkpoint(), "channel_values": {"messages": said}}
        saver.put(config, checkpoint, {"source": "loop", "step": number, "parents": {}}, {})

    return append, lambda: len(messages()) // 2


def llm(folder: Path) -> tuple[Append, Count]:
    """The log of `llm`: one conversation, every response logged."""
    import llm as package
    import sqlite_utils
    from llm.migrations import migrate

    class Canned(package.Model):
        model_id = "canned"

        def execute(self, prompt, stream, response, conversation):  # type: ignore[no-untyped-def]
            yield TEXT

    database = sqlite_utils.Database(folder / "logs.db")
    migrate(database)
    conversation = Canned().conversation()
    conversation.id = "plan-x"

    def append(_number: int) -> None:
        response = conversation.prompt(TEXT)
        response.text()
        response.log_to_db(database)

    return append, lambda: database["turns"].count


def chuk(folder: Path) -> tuple[Append, Count]:
    """SessionManager of chuk-ai-session-manager. Without a Redis server it keeps all in memory."""
    from chuk_ai_session_manager import SessionManager

    session = SessionManager(session_id="plan-x")
    loop = asyncio.new_event_loop()

    def append(_number: int) -> None:
        loop.run_until_complete(session.user_says(TEXT))
        loop.run_until_complete(session.ai_responds(TEXT, model="gpt-4o", provider="openai"))

    return append, lambda: len(loop.run_until_complete(session.get_conversation())) // 2


STORES = {
    "ai-sessions": ours,
    "one JSON file": json_file,
    "openai-agents": openai_agents,
    "langgraph-checkpoint-sqlite": langgraph,
    "llm": llm,
    "chuk-ai-session-manager": chuk,
}


def served(append: Append) -> None:
    """Do what each line of stdin says, and answer with a line: how long the conversation is and
    what the appends took, in milliseconds.

    A line has two numbers: append until there are so many calls, for so many seconds at most.
    """
    reached = 0
    for line in sys.stdin:
        calls, seconds = map(float, line.split())
        times, end = [], time.monotonic() + seconds
        while reached < calls and time.monotonic() < end:
            began = time.perf_counter()
            append(reached)
            times.append((time.perf_counter() - began) * 1000)
            reached += 1
        print(json.dumps({"reached": reached, "times": times}), flush=True)


def written(name: str, append: Append, writer: int, many: int) -> dict[str, float]:
    """One writer among several: how many of its appends were acknowledged, and the slowest one."""
    times = []
    for number in range(many):
        began = time.perf_counter()
        try:
            append(writer * many + number)
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
        else:
            times.append((time.perf_counter() - began) * 1000)
    return {
        "acknowledged": len(times),
        "median_ms": statistics.median(times or [0]),
        "worst_ms": max(times, default=0),
    }


def crowded(folder: Path, rounds: int = 3) -> dict[str, dict[str, float]]:
    """16 writers x 100 appends, all begun at one moment; the medians of some rounds in turn."""
    stores = {"ai-sessions": ours, "sqlite": sqlite}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in stores}
    for number in range(rounds):
        for name, store in stores.items():
            place = folder / f"{name}-{number}"
            place.mkdir()
            found[name].append(crowd(store, place, 16, 100))
    return {
        name: {key: statistics.median(one[key] for one in all_) for key in all_[0]}
        for name, all_ in found.items()
    }


def crowd(store: Callable[[Path], tuple[Append, Count]], place: Path, writers: int, each: int):
    """What a crowd of processes on one session gets done."""
    append, count = store(place)
    append(-1)
    ready = multiprocessing.Barrier(writers + 1)
    results = multiprocessing.Queue()

    def work(number: int) -> None:
        append, _count = store(place)
        times = []
        ready.wait()
        for turn in range(each):
            began = time.perf_counter()
            append(number * each + turn)
            times.append((time.perf_counter() - began) * 1000)
        results.put(times)

    crowd = [multiprocessing.Process(target=work, args=(number,)) for number in range(writers)]
    for process in crowd:
        process.start()
    ready.wait()
    began = time.perf_counter()
    times = sorted(took for _ in crowd for took in results.get())
    took = time.perf_counter() - began
    for process in crowd:
        process.join()
    return {
        "rate": len(times) / took,
        "p99_ms": times[len(times) * 99 // 100],
        "lost": len(times) + 1 - count(),
    }


def sqlite(folder: Path) -> tuple[Append, Count]:
    """A table in SQLite's safe mode: what a store that is one database could get at best."""
    import sqlite3

    database = sqlite3.connect(folder / "store.db", isolation_level=None, timeout=60)
    database.execute("pragma journal_mode = wal")
    database.execute("pragma synchronous = full")
    database.execute("create table if not exists call(number int, asked text, answered text)")

    def append(number: int) -> None:
        database.execute("insert into call values (?,?,?)", (number, TEXT, TEXT))

    return append, lambda: database.execute("select count(*) from call").fetchone()[0]


def main(name: str, folder: str, verb: str, *numbers: str) -> None:
    if verb == "crowd":
        print(json.dumps(crowded(Path(folder))))
        return
    append, count = STORES[name](Path(folder))
    if verb == "serve":
        served(append)
    elif verb == "write":
        print(json.dumps(written(name, append, *map(int, numbers))))
    else:
        print(count())


if __name__ == "__main__":
    main(*sys.argv[1:])
