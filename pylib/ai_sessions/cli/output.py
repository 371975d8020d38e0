"""What a door says: the answer on stdout, everything else on stderr, one JSON object with --json.

With --jsonl the object is the last of several lines: what happens before it is told as events.
Light on imports, because the fast commands use it too.
"""

from __future__ import annotations

import os
import sys

from ai_sessions import money
from ai_sessions.cli.called import as_typed, next_lines
from ai_sessions.cli.terminal import (
    coloured,
    has_colours,
    in_ascii,
    is_ascii_only,
    is_ci,
    plain,
    room,
)
from ai_sessions.display import colours
from ai_sessions.errors import AiSessionsError, StorageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, TextIO

    from ai_sessions.cli.progress import Progress
    from ai_sessions.providers.contract import Event

SCHEMA = 1
#: Characters of an error that people are shown.
_LONGEST = 500
#: Lines with something to type stay in one piece: a line break would be pasted with it.
_PASTED = ("Next: ", "hint: ")
#: How those warn who know of notes alone.
_WARNING = "warning: "


class NobodyListens(Exception):
    """The reader of our stdout has gone away (`| head`): no reason to go on answering."""


class Output:
    """Where a command's words go. `answered`: the one JSON object has been printed.

    `json`, `quiet`, `verbose` and `debug` are the user's choice; `jsonl` implies `json`. `called`:
    see `called.as_typed`; hints and `Next:` lines are turned into what this user has to type.
    """

    def __init__(
        self,
        *,
        json: bool = False,
        jsonl: bool = False,
        quiet: bool = False,
        verbose: bool = False,
        debug: bool = False,
        called: str = "",
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
    ) -> None:
        self.json = json or jsonl
        self.jsonl = jsonl
        self.quiet = quiet
        self.verbose = verbose
        self.debug = debug
        self.called = called
        self.answered = False
        self.also: dict[str, Callable[[], Any]] = {}
        """What the JSON object says beside the error when a command fails, asked only then."""
        self.stdout = stdout or sys.stdout
        self.stderr = stderr or sys.stderr
        self._ascii_only = is_ascii_only(os.environ)
        self._unwritten: StorageError | None = None
        self._progress: Progress | None = None

    def say(self, text: str = "") -> None:
        """A line of the answer; nothing with --json, where `result` is the answer."""
        if not self.json:
            from contextlib import suppress

            with suppress(NobodyListens, StorageError):  # work that is under way goes on
                self.raw(f"{self._fitting(next_lines(text, self.called), self.stdout)}\n")

    def typed(self, text: str) -> str:
        """Words of ours that name commands, as this user has to type those."""
        return as_typed(text, self.called)

    def readable(self, text: str) -> str:
        """`text` for people: nothing that steers the terminal, no mark that it cannot show."""
        return in_ascii(plain(text)) if self._ascii_only else plain(text)

    def _fitting(self, text: str, stream: TextIO) -> str:
        """`text` as `stream` shows it: on a terminal no wider than that, and in colours."""
        if not stream.isatty():
            return self.readable(text)
        shown = in_ascii(text) if self._ascii_only else text
        cells = room()
        shown = "\n".join(_broken(line, cells) for line in shown.split("\n"))
        return coloured(shown) if has_colours(stream, os.environ) else plain(shown)

    def raw(self, text: str) -> None:
        """A piece of the answer as it is. Raises `NobodyListens`, `StorageError`."""
        self._clear()
        self._try(lambda: self.stdout.write(text))

    def stream(self, text: str) -> None:
        """A piece of an answer that is under way: shown at once, nothing in it that steers a
        terminal. Nothing with --json. Who does not listen any more does not stop the work.
        """
        if not self.json:
            from contextlib import suppress

            shown = self.readable(text) if self.stdout.isatty() else plain(text)
            with suppress(NobodyListens, StorageError):
                self.raw(shown)
                self._push()

    def data(self, text: str) -> None:
        """A piece for other programs, JSON or CSV: as it is, but on a terminal nothing that
        steers it. Raises as `raw`.
        """
        self.raw(plain(text) if self.stdout.isatty() else text)

    def result(self, value: Mapping[str, Any]) -> None:
        """The one JSON object; nothing without --json."""
        if self.json and not self.answered:
            self.answered = True
            following = {"next": self.typed(value["next"])} if value.get("next") else {}
            told = {**self._opening(), **value, **following}
            self.data(_dumped(told) + "\n")

    def result_text(self, members: Iterable[str]) -> None:
        """The same from pieces of what is JSON already: the object's members, without its braces.

        From the first piece on it counts as answered, so that an error on the way is told on stderr
        and by the exit code, not by a second object.
        """
        if self.json and not self.answered:
            self.answered = True
            self.data(f"{_dumped(self._opening())[:-1]}, ")
            for piece in members:
                self.data(piece)
            self.data("}\n")

    def _opening(self) -> dict[str, Any]:
        kind = {"event": "result"} if self.jsonl else {}
        return {"schema": SCHEMA, **kind, "ok": True}

    def note(self, text: str) -> None:
        """Something worth knowing beside the answer; nothing with --quiet, unless it warns."""
        if text.startswith(_WARNING):
            self.warn(text.removeprefix(_WARNING))
            return
        self.event("note", text=text)
        self.aside(text)

    def notes(self, texts: Sequence[str]) -> None:
        """Many of them, written at once: each write to a terminal or a file takes its time."""
        for text in texts:
            self.event("note", text=text)
        if texts:
            self.aside("\n".join(texts))

    def aside(self, text: str) -> None:
        """A note for people alone, which programs hear in another way."""
        if not self.quiet:
            self._tell(text)

    def warn(self, text: str) -> None:
        """Something that went wrong without stopping the work."""
        self.event("warning", text=text)
        self._tell(f"{colours.word('warning:')} {text}")

    def failed(self, error: AiSessionsError, code: int) -> None:
        """One line, what to do, and with --json the one object unless it is out already."""
        self._tell(f"{colours.word('error:')} {_brief(error.message)}")
        hint = self.typed(error.hint)
        if hint:
            self._tell(f"hint: {hint}")
        if self.json and not self.answered:
            told = {"kind": error.kind, "message": error.message, "hint": hint, **error.facts}
            self.result({"ok": False, "code": code, "error": told, **self._known()})
        if os.environ.get("GITHUB_ACTIONS"):
            from ai_sessions.cli.github import annotation

            self._tell(annotation("error", error.message, title=error.kind))

    def watch(self, event: Event, *, shown: bool = True) -> None:
        """A `Watch` for the line: the progress line on a terminal, a line a phase elsewhere.

        `shown` False: for programs alone.
        """
        self.event(event.kind, **_facts(event))
        if shown and not self.quiet:
            self._shown().seen(event)

    def phase(self, text: str) -> None:
        """The work enters a phase: `T1.1 red`, `suite`."""
        self.event("phase", text=text)
        if not self.quiet:
            self._shown().phase(text)

    def event(self, kind: str, **facts: Any) -> None:
        """A line for programs that follow the work; nothing without --jsonl.

        `facts` may bring its own `at`, the time when it happened elsewhere.
        """
        if self.jsonl and not self.answered:
            line = _dumped({"event": kind, "at": _now(), **facts})
            from contextlib import suppress

            with suppress(NobodyListens, StorageError):  # work that is under way goes on
                self.data(f"{line}\n")
                self.stdout.flush()

    def working(self, text: str) -> None:
        """What a long command is at now; on a terminal alone."""
        if not self.quiet and self.stderr.isatty():
            self._shown().step(text)

    def is_terminal(self) -> bool:
        """True when people see stdout: tables that fit, and ages in place of times."""
        return self.stdout.isatty()

    def can_be_cleared(self) -> bool:
        """True when stdout is a terminal that understands more than lines."""
        return self.stdout.isatty() and os.environ.get("TERM") != "dumb"

    def may_ask(self) -> bool:
        """True when a person sits at both ends; never in CI."""
        return sys.stdin.isatty() and self.stderr.isatty() and not is_ci(os.environ)

    def flush(self) -> None:
        """Raises `StorageError` when what was said cannot be written, unless nobody listens."""
        from contextlib import suppress

        self._clear()
        with suppress(NobodyListens):
            self._push()
        if self._unwritten:
            raise self._unwritten

    def abandon(self) -> None:
        """Send what is still buffered nowhere, so that Python's own last flush cannot fail."""
        _silence(self.stdout)

    def _push(self) -> None:
        """Let stdout have what is buffered. Raises as `raw`."""
        self._try(self.stdout.flush)

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
        except BrokenPipeError:
            self.abandon()
            raise NobodyListens from None
        except OSError as error:
            raise self._lost(error) from error

    def _lost(self, error: OSError) -> StorageError:
        """The answer, or the rest of it, cannot be written."""
        self.abandon()
        self._unwritten = StorageError(f"stdout: {error.strerror}")
        return self._unwritten

    def _tell(self, text: str) -> None:
        self._clear()
        try:
            self.stderr.write(f"{self._fitting(text, self.stderr)}\n")
            self.stderr.flush()
        except OSError:  # nobody listens; the exit code still tells
            _silence(self.stderr)

    def _known(self) -> dict[str, Any]:
        """As much of `also` as can still be told."""
        found: dict[str, Any] = {}
        for name, ask in self.also.items():
            from contextlib import suppress

            with suppress(Exception):  # what went wrong already is what counts
                found[name] = ask()
        return found

    def _clear(self) -> None:
        if self._progress:
            self._progress.clear()

    def _shown(self) -> Progress:
        if self._progress is None:
            from ai_sessions.cli.progress import Progress

            self._progress = Progress(self.stderr, os.environ, verbose=self.verbose)
        return self._progress


def _brief(message: str) -> str:
    """A message that quotes a whole file is no line any more; JSON has all of it."""
    return message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"


def _broken(line: str, cells: int) -> str:
    """`line` on as many lines as it takes; what is to be pasted stays in one piece."""
    if 2 * len(line) <= cells:  # a character takes two cells at most
        return line
    from ai_sessions.display import columns

    if columns.width(plain(line)) <= cells:
        return line
    if line.lstrip().startswith(_PASTED):
        return line.replace("; ", ";\n  ")
    return columns.wrapped(line, cells)


def _silence(stream: TextIO) -> None:
    """Let what is buffered, and all that follows, go nowhere."""
    from contextlib import suppress

    with suppress(OSError), open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def _facts(event: Event) -> dict[str, Any]:
    """What an event tells besides its kind, under the names of `export`."""
    found: dict[str, Any] = {"text": event.text} if event.text else {}
    if event.usage:
        found["input_tokens"] = event.usage.input_tokens
        found["output_tokens"] = event.usage.output_tokens
    if event.cost_nusd is not None:
        found |= {"cost": money.number(event.cost_nusd), "cost_nusd": event.cost_nusd}
    return found


def _now() -> str:
    from datetime import UTC, datetime

    from ai_sessions.records import stamp

    return stamp(datetime.now(UTC))


def _dumped(value: Mapping[str, Any]) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, default=str)
