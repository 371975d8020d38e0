"""What a program asks of a library of sessions, in ours and in other projects'.

    python library_peers.py NAME FOLDER      do what each line of stdin says, see `chat_peers.serve`

Run by `test/bench/library`, each with the Python that has that project installed. Each is used as
its documentation says, with its defaults and its connection kept open. A turn is a question and its
answer, by the one call that the project has for it; what it has no call for is None.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import chat_peers
from chat_peers import TEXT, role, serve

PYLIB = Path(__file__).resolve().parents[2] / "pylib"
#: As a provider reports it.
USAGE = {"prompt_tokens": 120, "completion_tokens": 60, "total_tokens": 180}
#: Newest messages of a prompt that does not tell all.
TAIL = 20
#: So many sessions are in every store beside the one that is measured.
OTHERS = 20


class Library:
    """A library with one session of some length in it, and others beside it."""

    def __init__(self, folder: Path, length: int) -> None:
        raise NotImplementedError

    #: What an acknowledged message survives: "power cut", "nothing".
    survives = ""

    def durability(self) -> str:
        """How, in the words of its store."""
        raise NotImplementedError

    def create(self) -> None:
        """A new session, with its first message."""
        raise NotImplementedError

    def message(self) -> None:
        """One message of a user."""
        raise NotImplementedError

    def append(self, number: int) -> None:
        """A turn."""
        raise NotImplementedError

    #: Each returns how many messages or sessions it found. None: the project has no such call.
    stats: Callable[[], int] | None = None
    context: Callable[[], int] | None = None
    """All that the next call of a model is told."""
    prompt: Callable[[], int] | None = None
    """The newest messages."""
    listed: Callable[[], int] | None = None


class Ours(Library):
    """This project for programs without an event loop, in files, as by default."""

    survives = "power cut"
    provider = "files"

    def __init__(self, folder: Path, length: int) -> None:
        os.environ |= {"SESSION_DIR": str(folder / "sessions"), "SESSION_PROVIDER": self.provider}
        if str(PYLIB) not in sys.path:
            sys.path.insert(0, str(PYLIB))
        self._names()
        # each length has a store of its own, which the settings name no more when the next is made
        self._core = self._stored()
        self._fill(length)
        self._session = self._manager("chat", store=self._core)
        self.append(length)

    def _names(self) -> None:
        from ai_sessions import sync

        self._manager: Any = sync.SessionManager
        self._build: Any = sync.build_prompt_from_session

    def _stored(self) -> Any:
        from ai_sessions.assemble.conversations import conversations

        return conversations(os.environ)

    def _fill(self, length: int) -> None:
        from ai_sessions import names
        from ai_sessions.records import Message, Said

        for name in ("chat", *(f"other-{number}" for number in range(OTHERS))):
            self._done(self._manager(name, store=self._core).user_says(TEXT))
        name = names.of_conversation("python", "chat")
        for first in range(1, length, 500):
            numbers = range(first, min(first + 500, length))
            said = [Said(Message(role(number), TEXT, tokens=60)) for number in numbers]
            self._core.store.append(name, said)

    def _done(self, found: Any) -> Any:
        return found

    def durability(self) -> str:
        return "fdatasync"

    def create(self) -> None:
        self._done(self._manager(store=self._core).user_says(TEXT))

    def message(self) -> None:
        self._done(self._session.user_says(TEXT))

    def append(self, number: int) -> None:
        self._done(self._session.track(TEXT, TEXT, "gpt-4o-mini", "openai", usage=USAGE))

    def stats(self) -> int:
        return int(self._done(self._session.get_stats()).total_messages)

    def context(self) -> int:
        return len(self._done(self._session.get_messages_for_llm()))

    def prompt(self) -> int:
        built = self._build("chat", "conversation", max_history=TAIL, store=self._core)
        return len(self._done(built))

    def listed(self) -> int:
        return len(self._core.store.names())


class OursAsync(Ours):
    """The same for programs with an event loop."""

    def _names(self) -> None:
        import ai_sessions

        self._loop = asyncio.new_event_loop()
        self._manager = ai_sessions.SessionManager
        self._build = ai_sessions.build_prompt_from_session

    def _done(self, found: Any) -> Any:
        return self._loop.run_until_complete(found)


class OursInMemory(Ours):
    """This project without files: SESSION_PROVIDER=memory."""

    survives = "nothing"
    provider = "memory"

    def durability(self) -> str:
        return "memory"


class OursInMemoryAsync(OursInMemory, OursAsync):
    """The same for programs with an event loop."""


class OpenaiAgents(chat_peers.OpenaiAgents):
    """SQLiteSession of openai-agents: items, without tokens and costs."""

    def __init__(self, folder: Path, length: int) -> None:
        super().__init__(folder, length)
        self._path, self._created = folder / "sessions.db", 0
        self.stats, self.listed = None, None
        self.context, self.prompt = self._all, self.last

    def create(self) -> None:
        from agents import SQLiteSession

        self._created += 1
        session = SQLiteSession(f"new-{self._created}", self._path)
        self._run(session.add_items([self._item(0)]))
        session.close()

    def message(self) -> None:
        self._run(self._session.add_items([self._item(0)]))

    def append(self, number: int) -> None:
        self._run(self._session.add_items([self._item(0), self._item(1)]))

    def _all(self) -> int:
        return len(self._run(self._session.get_items()))


class Chuk(chat_peers.Chuk):
    """SessionManager of chuk-ai-session-manager; without a Redis server all is in memory."""

    def __init__(self, folder: Path, length: int) -> None:
        super().__init__(folder, length)
        self._length = length
        self.prompt = self._prompt

    def create(self) -> None:
        from chuk_ai_session_manager import SessionManager

        self._run(SessionManager().user_says(TEXT))

    def message(self) -> None:
        self._run(self._session.user_says(TEXT))

    def append(self, number: int) -> None:
        self._run(self._session.user_says(TEXT))
        answer = self._session.ai_responds(TEXT, model="gpt-4o-mini", provider="openai")
        self._run(answer)

    def _prompt(self) -> int:
        """It tells a question and what came after it, whatever is asked for."""
        from chuk_ai_session_manager import build_prompt_from_session

        kept = self._run(self._backend.get(self._session.session_id))
        told = build_prompt_from_session(kept, "conversation", max_history=TAIL)
        return len(self._run(told))


class Llm(Library):
    """The log of `llm`: a conversation, each response logged."""

    survives = "power cut"

    def __init__(self, folder: Path, length: int) -> None:
        import llm
        import sqlite_utils
        from llm.migrations import migrate

        class Canned(llm.Model):
            model_id = "canned"

            def execute(self, prompt, stream, response, conversation):  # type: ignore[no-untyped-def]
                yield TEXT

        self._model, self._path = Canned(), folder / "logs.db"
        self._register(llm)
        self._database, self._created = sqlite_utils.Database(self._path), 0
        migrate(self._database)
        self._conversation = self._model.conversation()
        self._conversation.id = "chat"
        for number in range(OTHERS):
            self._say(self._new(f"other-{number}"))
        for number in range(length // 2):
            self.append(number)
        self.context = self._context

    def _register(self, llm: Any) -> None:
        """As a plugin: who loads a conversation looks for its model."""
        model = self._model

        class Plugin:
            @llm.hookimpl
            def register_models(self, register: Any) -> None:
                register(model)

        llm.get_models()  # which would load plugins for the first time, and find this one twice
        if not llm.pm.has_plugin("canned"):
            llm.pm.register(Plugin(), name="canned")

    def _new(self, id_: str) -> Any:
        made = self._model.conversation()
        made.id = id_
        return made

    def _say(self, conversation: Any) -> None:
        response = conversation.prompt(TEXT)
        response.text()
        response.log_to_db(self._database)

    def durability(self) -> str:
        return chat_peers.synchronous(self._database.conn)

    def create(self) -> None:
        self._created += 1
        self._say(self._new(f"new-{self._created}"))

    #: It logs questions with their answers only.
    message = None  # type: ignore[assignment]

    def append(self, number: int) -> None:
        self._say(self._conversation)

    def _context(self) -> int:
        from llm.cli import load_conversation

        return len(load_conversation("chat", database=str(self._path)).loaded_messages)


class Floor(chat_peers.Floor):
    """What no table of SQLite undercuts: a row for each message, committed."""

    def __init__(self, folder: Path, length: int) -> None:
        self._is_open = False
        super().__init__(folder, length)
        self._is_open = True
        self.stats, self.context, self.prompt, self.listed = None, self._all, self.last, None

    def create(self) -> None:
        self.message()

    def message(self) -> None:
        super().append(0)

    def append(self, number: int) -> None:
        if not self._is_open:  # in the one transaction that makes it
            super().append(number)
            return
        self._database.execute("begin")
        for each in range(2):
            super().append(each)
        self._database.execute("commit")

    def _all(self) -> int:
        return len(self._database.execute("select who, text from said order by number").fetchall())


LIBRARIES: dict[str, type] = {
    "ours, files": Ours,
    "ours, files, async": OursAsync,
    "ours, memory": OursInMemory,
    "ours, memory, async": OursInMemoryAsync,
    "openai-agents": OpenaiAgents,
    "llm": Llm,
    "chuk-ai-session-manager": Chuk,
    "committed rows of SQLite": Floor,
}


if __name__ == "__main__":
    serve(LIBRARIES[sys.argv[1]], Path(sys.argv[2]))
