"""What was used, counted in the ledger and shown in `model_usage.json`: kept level here.

The ledger is the truth. A file that it has never seen is taken in, once; one that a person removed
means that the counts shown begin again.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from ai_sessions.assistant import usage
from ai_sessions.errors import AiSessionsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from ai_sessions.assistant.folder import Folder, Tell
    from ai_sessions.assistant.models import Models
    from ai_sessions.rotation.records import Outcome, Place, Tally

BEGAN_AGAIN = (
    "model_usage.json was removed: the counts shown begin again; what counts against limits stays"
)


class Counts(Protocol):
    """The part of the ledger that counts what models are used for. `source`: a usage file."""

    def tallies(self) -> Mapping[str, Tally]:
        """By the keys of models."""
        ...

    def take_in(
        self, tallies: Mapping[str, Tally], source: str, places: Sequence[Place] = ()
    ) -> bool:
        """Count calls that were made before, once for each source; False: it was done already.

        `places`: of these models what was used in their last day counts against limits.
        """
        ...

    def knows(self, source: str) -> bool:
        """Whether that was taken in."""
        ...

    def begin_again(self) -> None:
        """Let the tallies be empty; limits stay."""
        ...

    def count(self, place: Place, outcome: Outcome, now: datetime) -> object:
        """Count a call that was made, even beyond a limit, and learn from it."""
        ...


class Usage:
    """The counts of one assistant. Every method raises `ConfigError` for a usage file that cannot
    be read, `StorageError`, `LockBusy`; unless it says otherwise nothing was changed then.
    """

    def __init__(
        self,
        folder: Folder,
        counts: Counts,
        models: Models,
        places: Sequence[Place],
        tell: Tell,
    ) -> None:
        """`places`: where the user has accounts."""
        self._folder, self._counts, self._models, self._tell = folder, counts, models, tell
        self._places = places
        self._source = os.path.abspath(folder.place(usage.NAME))

    def tallies(self) -> Mapping[str, Tally]:
        """What is shown, by the keys of models."""
        self.make_level()
        self._folder.read(usage.NAME)  # one that cannot be read is told before the next call is
        return self._counts.tallies()

    def make_level(self) -> None:
        """Take in a file that is new, begin again after one that was removed."""
        if self._is_there() != self._counts.knows(self._source):
            with self._folder.held():
                self._make_level()

    def record(self, place: Place, outcome: Outcome, now: datetime) -> None:
        """Count a call, then write the file. Where that cannot be read or written the call is
        counted all the same, with a warning.
        """
        with self._folder.held():
            problem = self._tried()
            self._counts.count(place, outcome, now)
            problem = problem or self._tried(write=True)
        if problem:
            hint = f" ({problem.hint})" if problem.hint else ""
            self._tell(f"warning: the call is counted, but {problem.message}{hint}")

    def export(self) -> None:
        """Write the file anew."""
        with self._folder.held():
            self._make_level()
            self._write()

    def _tried(self, *, write: bool = False) -> AiSessionsError | None:
        """Make file and ledger level, or write the file; why it could not be done."""
        try:
            self._write() if write else self._make_level()
        except AiSessionsError as error:
            return error
        return None

    def _make_level(self) -> None:
        is_known = self._counts.knows(self._source)
        if self._is_there() and not is_known:
            self._take_in()
        elif is_known and not self._is_there():
            self._counts.begin_again()
            self._folder.write(usage.NAME, {})
            self._tell(BEGAN_AGAIN)

    def _take_in(self) -> None:
        path = self._folder.place(usage.NAME)
        written = self._folder.read(usage.NAME) or {}
        found = usage.tallies(written, path)
        if self._is_ours(written):
            found = {}
        told = {self._models.key(name): one for name, one in found.items()}
        places = [self._models.place(key, self._places) for key in told]
        self._counts.take_in(told, self._source, places)

    def _is_ours(self, written: Mapping[str, object]) -> bool:
        """Whether it says what we would write: a file of our own, in a folder that was moved."""
        counted = self._counted()
        return counted.keys() == written.keys() and usage.plain(counted, dict(written)) == written

    def _write(self) -> None:
        before = self._folder.read(usage.NAME)
        if before is None:  # a kill between these two adds nothing to itself
            self._folder.write(usage.NAME, {})
            self._counts.take_in({}, self._source)
        self._folder.write(usage.NAME, usage.plain(self._counted(), before or {}))

    def _counted(self) -> dict[str, Tally]:
        """By the names of models, as the file has them."""
        return {self._models.name(key): one for key, one in self._counts.tallies().items()}

    def _is_there(self) -> bool:
        return os.path.lexists(self._folder.place(usage.NAME))
