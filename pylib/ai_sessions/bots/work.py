"""Work that is begun from a chat: what is to be done, in which repository, and who is told of it.

A run is a process of its own. What is known of it here outlives the bot, which goes on telling of
it after a restart.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import orjson

from ai_sessions.bots.database import FOLDER, Database
from ai_sessions.bots.events import Person, Place
from ai_sessions.errors import NotFound
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.names import feature as named
from ai_sessions.records import stamp
from ai_sessions.workflow import background, repositories
from ai_sessions.workflow.background import Runs
from ai_sessions.workspace.files import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ai_sessions.assemble.parts import Parts
    from ai_sessions.workflow.repositories import Repository

SETTING = "BOT_REPOSITORIES"
_SELECT = "select id, told from run"
#: What a run has no use for and agents should not see.
_SECRETS = ("TELEGRAM_BOT_TOKEN", "DISCORD_BOT_TOKEN")


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be done. `repository`: its folder. `text`: the prompt of `plan`. `options`: of the
    command, each one word.
    """

    repository: str
    feature: str
    command: Literal["plan", "implement", "review", "verify"]
    task: str = ""
    text: str = ""
    options: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """`pay T1.1`, `pay: review`."""
        return f"{self.feature} {self.task}" if self.task else f"{self.feature}: {self.command}"

    @property
    def typed(self) -> str:
        """As it is typed in a chat."""
        return " ".join(filter(None, (f"/{self.command}", self.feature, self.task)))


def ask_of(told: dict[str, Any]) -> Ask:
    """From what `orjson` made of one."""
    return Ask(**{**told, "options": tuple(told["options"])})


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that somebody began in a place. `at`: RFC 3339 UTC."""

    id: str
    place: Place
    person: Person
    ask: Ask
    at: str


class Work:
    """Safe to use from several threads and processes. Raises `StorageError`."""

    def __init__(self, parts: Parts, database: Database) -> None:
        self._parts, self._database = parts, database

    # --- repositories

    def repositories(self) -> list[Repository]:
        """Those of BOT_REPOSITORIES, as it is now."""
        return repositories.listed(self._parts.settings()[SETTING], self._parts.environment)

    def spaces(self) -> Iterator[Workspace]:
        """All features that there are in them."""
        return (space for one in self.repositories() for space in one.spaces())

    def find(self, feature: str, repository: str = "") -> Workspace:
        """A feature that is there, by the path of its repository or in whichever has it. Raises
        `UsageError` for what is no name and when several have it, `NotFound`.
        """
        named(feature)
        return repositories.find(self.repositories(), feature, repository, SETTING)

    def space(self, ask: Ask) -> Workspace:
        """Where it is done. Raises `NotFound` for a repository that is not listed (any more),
        `UsageError` for what is no name.
        """
        for one in self.repositories():
            if one.path == ask.repository:
                if one.problem:
                    raise NotFound(f"{one.path}: {one.problem}")
                return Workspace(one.path, one.root, named(ask.feature))
        raise NotFound(f"no repository {ask.repository!r:.200}", f"{SETTING} lists them")

    # --- runs

    @property
    def runs(self) -> Runs:
        """All that bots began on this machine."""
        return Runs(Path(self._parts.settings()["SESSION_DIR"], FOLDER, "runs"))

    def begin(self, id_: str, place: Place, person: Person, ask: Ask) -> Begun:
        """Start it, once for an id. Raises as `space` and `Runs.begin`."""
        at = stamp(self._parts.now())
        made = Begun(id_, place, person, ask, at)
        space = self.space(ask)
        with self._database.opened() as connection:
            put = "insert into run(id, told, state) values (?, ?, 'open') on conflict(id)"
            anew = "do update set state = 'open' where state = 'refused'"
            connection.execute(f"{put} {anew}", (id_, orjson.dumps(made)))
        by = person.name or person.id
        asked = background.Asked(ask.task, ask.options, by, at, ask.command, ask.text)
        try:
            self.runs.begin(space, asked, self._environment(), id_)
        except Exception:
            self._put(id_, "refused")
            raise
        return made

    def stop(self, id_: str) -> bool:
        """Tell it to end; what is done stays as it is. False: it has ended."""
        try:
            return self.runs.stop(id_)
        except NotFound:
            return False

    def open(self) -> list[Begun]:
        """Those whose end is not told yet."""
        return self._read("where state = 'open' order by id")

    def read(self, id_: str) -> Begun | None:
        """None: no such run, or it was refused."""
        found = self._read("where id = ? and state != 'refused'", id_)
        return found[0] if found else None

    def end(self, id_: str) -> None:
        """All is told of it."""
        self._put(id_, "done")

    def _put(self, id_: str, state: str) -> None:
        with self._database.opened() as connection:
            connection.execute("update run set state = ? where id = ?", (state, id_))

    def _read(self, where: str, *values: str) -> list[Begun]:
        with self._database.read() as connection:
            rows = connection.execute(f"{_SELECT} {where}", values).fetchall()
        return [_begun(orjson.loads(told)) for _id, told in rows]

    def _environment(self) -> dict[str, str]:
        known = self._parts.environment
        return {name: value for name, value in known.items() if name not in _SECRETS}


def _begun(told: dict[str, Any]) -> Begun:
    place, person = Place(**told["place"]), Person(**told["person"])
    return Begun(told["id"], place, person, ask_of(told["ask"]), told["at"])
