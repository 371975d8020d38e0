"""Our sessions as the memory of agents of the package `openai-agents`.

    from agents import Agent, Runner
    from ai_sessions import AgentsSession

    await Runner.run(agent, "Hello!", session=AgentsSession("ticket-7"))

An item of theirs is a message of ours, so that it can be listed, searched, exported and told to a
model like any other; what a message cannot say of it stays beside the message, and what is no
message (reasoning, calls of built-in tools) is a note. The log keeps what they take away: an item
that was popped is left out of what agents are told, and `clear_session` begins a new segment.

Nothing of `openai-agents` is imported, which asks for no class but for these verbs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from ai_sessions import threads
from ai_sessions.conversations import checks, lineage, segments
from ai_sessions.errors import Conflict, UsageError
from ai_sessions.library import identity
from ai_sessions.library.errors import Translated
from ai_sessions.library.sessions import Tracked
from ai_sessions.library.wrapping import requests
from ai_sessions.memory import weights
from ai_sessions.records import Entry, Message, Note, Said, Segment, Session, stamp

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations
    from ai_sessions.library.storage import AnyStore

Item = dict[str, Any]
_Result = TypeVar("_Result")

#: Where a message has its item; topics of notes that are an item, and that take one away.
ITEM, POPPED = "openai_item", "openai_item_popped"
#: Members of an item that are kept where no words are.
_NO_WORDS = ("type", "id", "status", "role")
#: How often `pop_item` begins again because somebody else wrote first.
_TRIES = 50
#: Entries that are read at first for one item.
_EACH, _BEYOND = 2, 8


class AgentsSession:
    """A session of `openai-agents`, over a session of ours.

    `store` as in `SessionManager`. `session_settings`: theirs, or a map with `limit`. An id that
    nobody has used is an empty session; it is made when the first item is added.

    Messages that are recorded in the session by other means are items, too: do not record the same
    calls by `wrap` in the same session.
    """

    def __init__(
        self,
        session_id: str,
        store: AnyStore = None,
        session_settings: Any = None,
    ) -> None:
        self.session_id = session_id
        self.session_settings = _settings(session_settings)
        self._tracked = Tracked(session_id, store=store)

    async def get_items(self, limit: int | None = None) -> list[Item]:
        """The newest `limit` items in order; None: as the settings say, or all."""
        return await self._run(self._items, _limit(limit, self.session_settings))

    async def add_items(self, items: Sequence[Item]) -> None:
        """Add items in one write, all or none. Raises `InvalidSessionOperation` for one that is no
        JSON.
        """
        if items:
            await self._run(self._add, list(items))

    async def pop_item(self) -> Item | None:
        """Take the newest item away and return it; None: there is none."""
        return await self._run(self._pop)

    async def clear_session(self) -> None:
        """Begin anew."""
        await self._run(self._clear)

    def close(self) -> None:
        """Nothing is kept open."""

    async def _run(self, verb: Callable[..., _Result], *args: Any) -> _Result:
        store = self._tracked.core.store
        with Translated(self.session_id, verb.__name__.strip("_")):
            if not store.lasting:
                return verb(*args)
            return await threads.run(verb, *args, key=self.session_id, group=store.group)

    def _items(self, limit: int | None) -> list[Item]:
        session = self._session()
        return [item for _place, item in _newest(self._tracked.core, session, limit)]

    def _add(self, items: list[Item]) -> None:
        entries = (self._counted(entry) for item in items for entry in _entries_of(item))
        self._tracked.add(*list(entries))

    def _counted(self, entry: Said | Note) -> Entry:
        core = self._tracked.core
        at = stamp(core.now())
        if isinstance(entry, Note):
            return replace(entry, at=at)
        checks.check(entry.message)
        tokens, source = weights.counted(entry.message, core.memory.rules.count)
        return Said(replace(entry.message, at=at, tokens=tokens, tokens_source=source))

    def _pop(self) -> Item | None:
        for _attempt in range(_TRIES - 1):
            try:
                return self._try_to_pop()
            except Conflict:
                pass
        return self._try_to_pop()

    def _try_to_pop(self) -> Item | None:
        """Raises `Conflict` when somebody else wrote meanwhile."""
        core, session = self._tracked.core, self._session()
        newest = _newest(core, session, 1)
        if session is None or not newest:
            return None
        (place, item), at = newest[0], stamp(core.now())
        note = Note(POPPED, {"place": place}, at)
        core.store.append(session.name, [note], session.last_seq, uid=session.uid)
        return item

    def _clear(self) -> None:
        if session := self._session():
            segments.clear(self._tracked.core.store, session.name)

    def _session(self) -> Session | None:
        return identity.find(self._tracked.core, self.session_id)


def _settings(given: Any) -> Any:
    """As the package has them, where the program uses it."""
    agents = sys.modules.get("agents")
    if agents is None or not (given is None or isinstance(given, Mapping)):
        return given
    return agents.SessionSettings().resolve(given)


def _limit(given: int | None, settings: Any) -> int | None:
    if given is not None:
        return given
    told = settings.get("limit") if isinstance(settings, Mapping) else None
    limit = getattr(settings, "limit", told)
    return limit if isinstance(limit, int) else None


def _newest(
    core: Conversations, session: Session | None, limit: int | None
) -> list[tuple[str, Item]]:
    """The newest items with their places in the log. Of a limit only the end of it is read."""
    if session is None or (limit is not None and limit <= 0):
        return []
    if limit is None:
        return _items(lineage.entries(core.store, session))
    count, before = limit * _EACH + _BEYOND, -1
    while True:
        entries = list(lineage.entries(core.store, session, count))
        found = _items(entries)
        is_all = len(entries) < count or len(entries) == before
        if len(found) >= limit or is_all or any(isinstance(one, Segment) for one in entries):
            return found[-limit:]
        count, before = count * 4, len(entries)


def _items(entries: Iterable[Entry]) -> list[tuple[str, Item]]:
    """Of the segment that goes on, without those that were taken away. What was said in the session
    otherwise is an item as well.
    """
    found: dict[str, Item] = {}
    for entry in entries:
        if isinstance(entry, Segment):
            found.clear()
        elif isinstance(entry, Note) and entry.topic == POPPED:
            found.pop(str(entry.body.get("place")), None)
        elif isinstance(entry, Note) and entry.topic == ITEM:
            found[f"{entry.seq}"] = dict(entry.body)
        else:
            for message in lineage.messages(entry):
                parts = enumerate(_items_of(message))
                found |= {f"{message.id}.{number}": item for number, item in parts}
    return list(found.items())


def _entries_of(item: Any) -> list[Said | Note]:
    """An item as what goes into the log."""
    plain = _plain(item)
    told = requests.asked("responses", {"input": [plain]}).messages
    if len(told) != 1:
        return [Note(ITEM, plain, words=tuple(key for key in plain if key not in _NO_WORDS))]
    message = told[0]
    is_told = list(_items_of(message)) == [plain]
    return [Said(message if is_told else replace(message, metadata={ITEM: plain}))]


def _plain(item: Any) -> Item:
    """Raises `UsageError` for what is no JSON object."""
    dump = getattr(item, "model_dump", None)
    given = dump(exclude_unset=True) if callable(dump) else item
    try:
        plain = json.loads(json.dumps(given))
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"an item that is no JSON: {error}") from None
    if not isinstance(plain, dict):
        raise UsageError(f"an item is a dictionary, not {given!r:.80}")
    return plain


def _items_of(message: Message) -> Iterator[Item]:
    """A message as items: the one that it was made of, or what says the same."""
    own = message.metadata.get(ITEM)
    if isinstance(own, Mapping):
        yield dict(own)
        return
    if message.role == "tool":
        kind = {"type": "function_call_output", "call_id": message.tool_call_id}
        yield {**kind, "output": message.text}
        return
    if message.text or not message.tool_calls:
        yield {"role": message.role, "content": message.text}
    for call in message.tool_calls:
        given = call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments)
        kind = {"type": "function_call", "call_id": call.id}
        yield {**kind, "name": call.name, "arguments": given}
