"""Which name a session has: where its place is looked up, claimed, put in doubt and given up.

A session's own data decides; what is here says where to look.
"""

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ai_sessions import ids
from ai_sessions.errors import StorageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.store.redis import keys, scripts
from ai_sessions.store.redis.client import Client, Step
from ai_sessions.store.redis.keys import Place

_DOUBT = "?"
#: What `settle` is told: the name may change, the session is there, it is not there any more.
IN_DOUBT, THERE, GONE = _DOUBT, "", "-"
#: How many places are remembered.
_REMEMBERED = 10_000
#: Sessions that are looked at in one trip.
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Look:
    """A session's data as of one moment. `grown`: times its state, pins or links changed."""

    place: Place
    name: str
    discarded_at: int | None
    edition: int
    last: int
    facts: dict[str, str]
    grown: str

    def is_of(self, name: str) -> bool:
        """Whether it is the session of that name, and not in the trash."""
        return self.name == name and self.discarded_at is None


class Places:
    """The names and places of one prefix."""

    def __init__(self, client: Client, prefix: str) -> None:
        self._client, self._prefix = client, prefix
        self._names = keys.names(prefix)
        self._known: dict[str, str] = {}
        self._mutex = threading.Lock()

    def place(self, id_: str) -> Place:
        return keys.place(self._prefix, id_)

    def known(self, name: str) -> Place | None:
        """Where that session was when it was last asked for; it may have gone."""
        told = self._known.get(name)
        return self.place(told.rstrip(_DOUBT)) if told else None

    def is_in_doubt(self, name: str) -> bool:
        """Whether that session was about to be made, or to go, when it was last asked for."""
        return _is_doubtful(self._known.get(name, ""))

    def session(self, name: str) -> Look | None:
        """The session of that name; None: there is none."""
        for place_of in (self.known, self.find):
            place = place_of(name)
            look = self.look(place) if place else None
            if look and look.is_of(name):
                return look
        return None

    def find(self, name: str) -> Place | None:
        """Where that session is, if it is."""
        told = self._client.value(self._names.places, name)
        return self._remembered(name, told) if told else None

    def claim(self, name: str, id_: str = "") -> Place:
        """Where the session of that name is or is to be: at the place of that id, a new one by
        default, unless there is one, or another process is about to make one.
        """
        found = self.find(name)
        look = self.look(found) if found else None
        if found and (look is None or look.is_of(name)):
            return found
        for stale in _as_told(found):
            step = self._step(scripts.CLAIM, name, id_ or ids.new(), stale)
            [[told]] = self._client.run(step)
            if told not in _as_told(found):
                break
        return self._remembered(name, told)

    def settle(self, name: str, place: Place, now: str) -> bool:
        """Tell how it is with a name; False: it is of another session by now."""
        with self._mutex:
            self._known.pop(name, None)
        [[answer]] = self._client.run(self._step(scripts.SETTLE, name, place.id, now))
        if answer == "ok" and now == THERE:
            self._remembered(name, place.id)
        return bool(answer == "ok")

    def beginning(self, write: str, *names: str) -> Step:
        """What comes before steps that may change these sessions."""
        return self._step(scripts.BEGIN, write, *names)

    def ending(self, write: str, *names: str) -> Step:
        """What comes after them."""
        return self._step(scripts.END, write, *names)

    @contextmanager
    def changing(self, *names: str) -> Iterator[None]:
        """Around the scripts that may change these sessions."""
        write = ids.new()
        self._client.run(self.beginning(write, *names))
        try:
            yield
        finally:
            self._client.run(self.ending(write, *names))

    def names(self) -> list[str]:
        """Names of all sessions, in order; only those in doubt are looked at."""
        told = self._client.values(self._names.places)
        doubtful = {name: id_.rstrip(_DOUBT) for name, id_ in told.items() if _is_doubtful(id_)}
        looks = {look.place.id: look for look in self.looks(doubtful.values())}
        gone = {
            name for name, id_ in doubtful.items() if id_ not in looks or not looks[id_].is_of(name)
        }
        return sorted(told.keys() - gone)

    def sessions(self, after: str = "") -> Iterator[Look]:
        """All sessions whose name comes later, by name."""
        told = self._client.values(self._names.places)
        pairs = [(name, told[name].rstrip(_DOUBT)) for name in sorted(told) if name > after]
        for first in range(0, len(pairs), _AT_ONCE):
            part = pairs[first : first + _AT_ONCE]
            looks = {look.place.id: look for look in self.looks({id_ for _name, id_ in part})}
            for name, id_ in part:
                if id_ in looks and looks[id_].is_of(name):
                    yield looks[id_]

    def look(self, place: Place) -> Look | None:
        """The session at that place; None: there is none."""
        return next(self.looks([place.id]), None)

    def looks(self, ids_: Iterable[str]) -> Iterator[Look]:
        """The sessions at those places that have one, in that order."""
        wanted = [self.place(id_) for id_ in ids_]
        for first in range(0, len(wanted), _AT_ONCE):
            part = wanted[first : first + _AT_ONCE]
            steps = [Step(scripts.LOOK, place.all, (scripts.SCHEMA,)) for place in part]
            for place, answer in zip(part, self._client.run(*steps), strict=True):
                if found := _look(place, answer):
                    yield found

    def trash(self, name: str, place: Place) -> None:
        """The session may be in the trash from now on; name empty: it is not any more."""
        self._client.run(self._step(scripts.TRASH, place.id, name))

    def trashed(self) -> list[Look]:
        """What is in the trash, in the order in which it came there."""
        told = self._client.values(self._names.trash)
        order = {id_: int(one.partition(" ")[0]) for id_, one in told.items()}
        looks = self.looks(sorted(order, key=order.__getitem__))
        return [look for look in looks if look.discarded_at is not None]

    def changes(self, since: str) -> tuple[str, list[str] | None, list[str]]:
        """A cursor, and the names that changed (None: any may have) and that are gone since."""
        of, _, number = since.partition(":")
        number = number if number.isdecimal() else "0"
        [found] = self._client.run(self._step(scripts.CHANGES, ids.new(), of, number))
        cursor = f"{found[0]}:{found[1]}"
        if found[2] == "all":
            return cursor, None, []
        begun = [one.rpartition("/")[0] for one in found[4]]
        return cursor, [*found[2], *begun], found[3]

    def _step(self, script: scripts.Script, *arguments: str | int) -> Step:
        return Step(script, self._names.all, arguments)

    def _remembered(self, name: str, told: str) -> Place:
        with self._mutex:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[name] = told
        return self.place(told.rstrip(_DOUBT))


def refuse_newer(answer: list[str]) -> None:
    """Raises `StorageError` when a script met a session of a later version."""
    if answer[0] == "newer":
        raise StorageError(
            f"the session in Redis was written by a newer version (schema {answer[1]})",
            "update ai-sessions",
        )


def facts_of(told: str) -> dict[str, str]:
    """The hash of a session as a script tells it."""
    parts: list[str] = json.loads(told)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _look(place: Place, answer: list[str]) -> Look | None:
    refuse_newer(answer)
    if answer[0] == "absent":
        return None
    _ok, name, discarded, edition, last, told, grown = answer
    facts = facts_of(told)
    at = int(discarded) if discarded else None
    return Look(place, name, at, int(edition), int(last), facts, grown)


def _as_told(place: Place | None) -> tuple[str, ...]:
    """How the list of names may have a place."""
    return (place.id, place.id + _DOUBT) if place else ("",)


def _is_doubtful(told: str) -> bool:
    return told.endswith(_DOUBT)
