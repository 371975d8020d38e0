"""One conversation in the stores of other projects, and in ours, through the same few calls.

    python chat_peers.py NAME FOLDER         do what each line of stdin says, see `serve`

Run by `test/bench/conversation`, each with the Python that has that project installed. Each is used
as its documentation says, with its defaults and its connection kept open. A message is appended as
one call that returns when the store says that it is done; what a project has no call for is None.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

#: As long as a short paragraph.
TEXT = "A sentence about payments, refunds and ledgers, and what to do with them. " * 3
#: Conversations of two messages that are in every store beside the long one.
OTHERS = 20
TAIL = 20
#: Tokens that a model may be told in a conversation with a summary.
LIMIT = 4000


def role(number: int) -> str:
    return "assistant" if number % 2 else "user"


class Chat:
    """One store with a conversation in it."""

    def __init__(self, folder: Path, length: int) -> None:
        """A store with a conversation of so many messages, and others beside it."""
        raise NotImplementedError

    #: What an acknowledged message survives: "power cut", "kill", "nothing".
    survives = ""

    def durability(self) -> str:
        """How, in the words of its store."""
        raise NotImplementedError

    def append(self, number: int) -> None:
        raise NotImplementedError

    def last(self) -> int:
        """Read the last messages; how many there were."""
        raise NotImplementedError

    #: Read counts and tokens; how many messages there are. None: it has none.
    stats: Callable[[], int] | None = None
    #: List the conversations; how many there are. None: it has no list.
    listed: Callable[[], int] | None = None
    #: What a model is told of the conversation, and of one with a summary; how many messages. None:
    #: it has no such call.
    context: Callable[[], int] | None = None
    summed: Callable[[], int] | None = None
    #: As `summed`, with what is recalled for a question that nobody has asked before.
    recalled: Callable[[], int] | None = None


class Ours(Chat):
    """This project, in files: SESSION_FSYNC=data, the default; through the verbs."""

    survives = "power cut"

    def __init__(self, folder: Path, length: int) -> None:
        sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "pylib"))
        import orjson  # noqa: F401 (a process that lives has it)

        from ai_sessions import config
        from ai_sessions.assemble.memory import memory, recall
        from ai_sessions.conversations.service import Conversations
        from ai_sessions.records import About, Message, Said

        self._store, self._created, self._asked = self._made(folder), 0, 0
        settings = config.load({"SESSION_DIR": str(folder / "sessions")})
        self._memory = memory(settings)
        self._recalling = memory(settings, recall=recall(settings, self._store, sys.exit))
        self._chats = Conversations(self._store, settings)
        for name in ("chat", *(f"other-{number}" for number in range(OTHERS))):
            self._store.ensure(name, About(kind="chat"))
            self._store.append(name, [Said(Message(role(number), TEXT)) for number in range(2)])
        for first in range(2, length, 500):
            numbers = range(first, min(first + 500, length))
            self._store.append("chat", [Said(Message(role(number), TEXT)) for number in numbers])
        self._summarize(length)
        self.stats, self.listed = self._stats, self._listed
        self.context, self.summed = self._context, self._summed

    def _summarize(self, length: int) -> None:
        """The same conversation with a summary of its older messages, and with a tail behind it."""
        from ai_sessions.records import About, Message, Said

        self._store.ensure("summed", About(kind="chat", token_limit=LIMIT))
        for first in range(0, length, 500):
            numbers = range(first, min(first + 500, length))
            self._store.append("summed", [Said(Message(role(number), TEXT)) for number in numbers])
        self._chats.summarize_session("summed")
        self._store.append("summed", [Said(Message(role(number), TEXT)) for number in range(TAIL)])

    def _made(self, folder: Path) -> Any:
        from ai_sessions.store.files import FileStore

        return FileStore(folder / "sessions")

    def durability(self) -> str:
        return "fdatasync of each message"

    def append(self, number: int) -> None:
        self._chats.add_message("chat", role(number), TEXT)

    def last(self) -> int:
        return len(self._chats.messages("chat", TAIL))

    def _stats(self) -> int:
        return int(self._chats.get_stats("chat").messages)

    def _listed(self) -> int:
        return sum(1 for _ in self._store.sessions())

    def created(self) -> None:
        self._created += 1
        self._chats.get_or_create_session(
            interface_type="api", conversation_id=self._created, expires_in_ms=0
        )

    def cached(self) -> None:
        self._chats.find_by_id("chat")

    def queried(self) -> None:
        self._chats.find_by_conversation(1, "api")

    def _context(self) -> int:
        return self._told("chat")

    def _summed(self) -> int:
        return self._told("summed")

    def recalled(self) -> int:
        self._asked += 1
        question = f"What about the ledgers and payments of case {self._asked}?"
        limit = self._recalling.limit(self._store.read("summed"), None)
        told = self._recalling.context(self._store, "summed", TAIL, limit=limit, question=question)
        return sum(part.name == "recall" for part in told.parts)

    def _told(self, name: str) -> int:
        """Messages of a context as the line builds it."""
        limit = self._memory.limit(self._store.read(name), None)
        return len(self._memory.context(self._store, name, TAIL, limit=limit).messages)


class OursInMemory(Ours):
    """This project without files: USE_SESSIONS=false."""

    survives = "nothing"
    recalled = None  # there is no index that lasts

    def _made(self, folder: Path) -> Any:
        from ai_sessions.store.memory import MemoryStore

        return MemoryStore()

    def durability(self) -> str:
        return "memory"


class OpenaiAgents(Chat):
    """SQLiteSession of openai-agents."""

    survives = "power cut"

    def __init__(self, folder: Path, length: int) -> None:
        from agents import SQLiteSession

        path = folder / "sessions.db"
        self._loop = asyncio.new_event_loop()
        others = [SQLiteSession(f"other-{number}", path) for number in range(OTHERS)]
        for other in others:
            self._run(other.add_items([self._item(0), self._item(1)]))
            other.close()
        self.context = self.last
        self._session = SQLiteSession("chat", path)
        self._run(self._session.add_items(list(map(self._item, range(length)))))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(work)

    @staticmethod
    def _item(number: int) -> Any:
        return {"role": role(number), "content": TEXT}

    def durability(self) -> str:
        return synchronous(self._session._get_connection())

    def append(self, number: int) -> None:
        self._run(self._session.add_items([self._item(number)]))

    def last(self) -> int:
        return len(self._run(self._session.get_items(limit=TAIL)))


class Langgraph(Chat):
    """SqliteSaver of LangGraph: a step reads the thread's last checkpoint and puts the next one."""

    survives = "power cut"

    def __init__(self, folder: Path, length: int) -> None:
        import sqlite3

        from langgraph.checkpoint.base import empty_checkpoint
        from langgraph.checkpoint.sqlite import SqliteSaver

        self._empty = empty_checkpoint
        self._database = sqlite3.connect(folder / "checkpoints.db", check_same_thread=False)
        self._saver = SqliteSaver(self._database)
        for number in range(OTHERS):
            self._put(f"other-{number}", [self._message(0), self._message(1)], 0)
        self._put("chat", list(map(self._message, range(length))), 0)
        self.listed = self._listed

    @staticmethod
    def _message(number: int) -> tuple[str, str]:
        return role(number), TEXT

    @staticmethod
    def _config(name: str) -> Any:
        return {"configurable": {"thread_id": name, "checkpoint_ns": ""}}

    def _put(self, name: str, said: list[Any], step: int) -> None:
        checkpoint = {**self._empty(), "channel_values": {"messages": said}}
        written = {"source": "loop", "step": step, "parents": {}}
        self._saver.put(self._config(name), checkpoint, written, {})

    def _messages(self) -> list[Any]:
        return self._saver.get_tuple(self._config("chat")).checkpoint["channel_values"]["messages"]

    def durability(self) -> str:
        return synchronous(self._database)

    def append(self, number: int) -> None:
        self._put("chat", [*self._messages(), self._message(number)], number)

    def last(self) -> int:
        return len(self._messages()[-TAIL:])

    def _listed(self) -> int:
        found = self._saver.list(None)
        return len({one.config["configurable"]["thread_id"] for one in found})


class Chuk(Chat):
    """SessionManager of chuk-ai-session-manager; without a Redis server all is in memory."""

    survives = "nothing"

    def __init__(self, folder: Path, length: int) -> None:
        from chuk_ai_session_manager import SessionManager
        from chuk_ai_session_manager.session_storage import get_backend

        self._loop = asyncio.new_event_loop()
        self._backend = get_backend()
        for number in range(OTHERS):
            self._run(SessionManager(session_id=f"other-{number}").user_says(TEXT))
        self._session = SessionManager(session_id=f"chat-{length}")
        self.append(0)
        self._fill(length)
        self.append(length - 1)
        self.stats, self.listed, self.context = self._stats, self._listed, self._context

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(work)

    def _fill(self, length: int) -> None:
        """All but the last message: through its own calls 10,000 would take minutes."""
        from chuk_ai_session_manager.models.event_source import EventSource
        from chuk_ai_session_manager.models.event_type import EventType
        from chuk_ai_session_manager.models.session_event import SessionEvent

        kept = self._run(self._backend.get(self._session.session_id))
        for number in range(1, length - 1):
            who = EventSource.LLM if number % 2 else EventSource.USER
            event = SessionEvent.create_with_tokens(
                message=TEXT, prompt=TEXT, model="gpt-4o", source=who, type=EventType.MESSAGE
            )
            kept.events.append(self._run(event))

    def durability(self) -> str:
        return "memory"

    def append(self, number: int) -> None:
        if number % 2:
            said = self._session.ai_responds(TEXT, model="gpt-4o", provider="openai")
        else:
            said = self._session.user_says(TEXT)
        self._run(said)

    def last(self) -> int:
        return len(self._run(self._session.get_conversation())[-TAIL:])

    def _context(self) -> int:
        return len(self._run(self._session.get_messages_for_llm()))

    def _stats(self) -> int:
        return int(self._run(self._session.get_stats()).total_messages)

    def _listed(self) -> int:
        return len(self._run(self._backend.list_sessions()))


class Floor(Chat):
    """What a store cannot undercut: one committed insert into SQLite, and one fdatasync."""

    survives = "power cut"

    def __init__(self, folder: Path, length: int) -> None:
        import sqlite3

        self._database = sqlite3.connect(folder / "floor.db", isolation_level=None)
        self._database.execute("pragma journal_mode = wal")
        self._database.execute("pragma synchronous = full")
        self._database.execute("create table said (number integer primary key, who, text)")
        self._database.execute("begin")
        for number in range(length):
            self.append(number)
        self._database.execute("commit")

    def durability(self) -> str:
        return synchronous(self._database)

    def append(self, number: int) -> None:
        self._database.execute("insert into said (who, text) values (?,?)", (role(number), TEXT))

    def last(self) -> int:
        command = f"select who, text from said order by number desc limit {TAIL}"
        return len(self._database.execute(command).fetchall())


class Sync(Floor):
    """One write and one fdatasync, and the page cache for all reads."""

    def __init__(self, folder: Path, length: int) -> None:
        self._line = json.dumps({"role": "user", "text": TEXT}).encode() + b"\n"
        self._fd = os.open(folder / "floor.jsonl", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(self._fd, self._line * length)

    def durability(self) -> str:
        return "fdatasync of each message"

    def append(self, number: int) -> None:
        os.write(self._fd, self._line)
        os.fdatasync(self._fd)

    def last(self) -> int:
        size = os.fstat(self._fd).st_size
        tail = os.pread(self._fd, TAIL * len(self._line), max(0, size - TAIL * len(self._line)))
        return len(list(map(json.loads, tail.splitlines())))


def synchronous(database: Any) -> str:
    """How a connection to SQLite commits."""
    (level,) = database.execute("pragma synchronous").fetchone()
    (journal,) = database.execute("pragma journal_mode").fetchone()
    return f"SQLite {journal.upper()}, synchronous={('OFF', 'NORMAL', 'FULL', 'EXTRA')[level]}"


STORES: dict[str, type[Chat]] = {
    "ours, files": Ours,
    "ours, memory": OursInMemory,
    "openai-agents SQLiteSession": OpenaiAgents,
    "langgraph SqliteSaver": Langgraph,
    "chuk-ai-session-manager": Chuk,
    "a committed insert": Floor,
    "one fdatasync": Sync,
}


def serve(chat: type[Chat], folder: Path) -> None:
    """Answer each line of stdin, a JSON list, with a line of JSON.

    `["fill", LENGTH]`: make a store; how durable it is. `[WHAT, LENGTH, TIMES]` (append, last,
    stats, listed): do it in that store so often; the milliseconds of each, and what the last one
    found. null: it has no such call.
    """
    stores: dict[int, Chat] = {}
    for line in sys.stdin:
        what, length, *times = json.loads(line)
        if what == "fill":
            place = folder / str(length)
            place.mkdir(mode=0o700)
            stores[length] = chat(place, length)
            answer: Any = {"durability": stores[length].durability()}
        else:
            answer = measured(getattr(stores[length], what), what == "append", length, times[0])
        print(json.dumps(answer), flush=True)


def measured(work: Callable[..., Any] | None, numbered: bool, length: int, times: int) -> Any:
    if work is None:
        return None
    took, found = [], None
    for number in range(times):
        given = (length + number,) if numbered else ()
        began = time.perf_counter()
        found = work(*given)
        took.append((time.perf_counter() - began) * 1000)
    return {"times": took, "found": found}


if __name__ == "__main__":
    serve(STORES[sys.argv[1]], Path(sys.argv[2]))
