"""What an agent's tools do to files, gathered from its stream as it comes."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.providers.contract import Edits, Ran
from ai_sessions.providers.fields import word
from ai_sessions.records import Json

#: A command that leaves something running behind it.
_BACKGROUND = re.compile(r"(?<![&>|\\])&(?![&>])|\b(?:nohup|setsid|disown)\b")


@dataclass(frozen=True, slots=True)
class Tools:
    """An agent's tools by name. One that is not named here may write anywhere, as a shell may."""

    writing: Mapping[str, str]
    """Those that write one file, with the field of its path."""
    harmless: frozenset[str]
    """Those that write no file."""
    agents: frozenset[str] = frozenset()
    """Those that set another agent to work, which may go on when they have ended."""


@dataclass(slots=True)
class Gathered:
    """The uses of tools of one call, by their ids."""

    tools: Tools = field(default_factory=lambda: Tools({}, frozenset()))
    clock: Callable[[], float] = time.time
    _written: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _ran: dict[str, Ran] = field(default_factory=dict)
    _staying: set[str] = field(default_factory=set)
    _tells: bool = False
    _is_whole: bool = True

    def used(self, id_: str, name: str, given: Json) -> None:
        """A tool is used with this input."""
        self._tells = True
        if path := word(given, self.tools.writing.get(name, "")):
            self.wrote(id_, [path])
        elif name not in self.tools.harmless:
            stays = name in self.tools.agents or given.get("run_in_background") is True
            self.ran(id_, word(given, "command") or json.dumps(given), stays=stays)

    def wrote(self, id_: str, paths: Sequence[str]) -> None:
        """A tool writes these files."""
        self._tells = True
        key = self._key(id_)
        self._written[key] = tuple(dict.fromkeys((*self._written.get(key, ()), *paths)))

    def ran(self, id_: str, text: str, *, stays: bool = False) -> None:
        """Something begins to run that may write anywhere. `stays`: it outlives its tool."""
        self._tells = True
        key = self._key(id_)
        if key not in self._ran:
            self._ran[key] = Ran(text, self.clock(), math.inf)
        if stays or _BACKGROUND.search(text):
            self._staying.add(key)

    def ended(self, id_: str, *, failed: bool = False) -> None:
        """The use of a tool has ended; one that failed to write a file has not written it."""
        if failed and len(self._written.get(id_, ())) == 1:
            del self._written[id_]
        if id_ in self._ran and id_ not in self._staying:
            self._ran[id_] = replace(self._ran[id_], ended_s=self.clock())

    def began_at(self, id_: str, seconds: float) -> None:
        """When its use really began, for an agent that tells of it afterwards; 0: not known."""
        if id_ in self._ran:
            self._ran[id_] = replace(self._ran[id_], began_s=seconds or -math.inf)

    def unreadable(self, line: str) -> None:
        """A line that is no JSON. What was meant to be may have told of a tool."""
        if line.lstrip().startswith("{"):
            self._is_whole = False

    def told(self) -> Edits | None:
        """All of it; None when it told of no tool at all, or some of it may be missing."""
        if not (self._tells and self._is_whole):
            return None
        written = dict.fromkeys(path for paths in self._written.values() for path in paths)
        return Edits(tuple(written), tuple(self._ran.values()))

    def _key(self, id_: str) -> str:
        return id_ or f"{len(self._written)} {len(self._ran)}"
