"""Running an agent's command: its prompt goes in, its lines come out, every byte is kept.

The prompt travels on standard input (never in argv, where other users could read it). Lines of
standard output are handed on as they come; while they are worked on, nothing more is read, so a
talkative agent waits instead of filling our memory.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ai_sessions.errors import ProviderError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.processes import running
from ai_sessions.processes.output import Lines
from ai_sessions.providers import logs
from ai_sessions.stopping import Stop

#: A longer line is handed on in pieces, so that one runaway tool result cannot eat all memory.
LONGEST_LINE = 32 << 20
#: Seconds between asking an agent to stop and making it.
GRACE_S = 5.0
#: The same for what an agent that is gone already left behind.
ORPHANS_GRACE_S = 0.3
#: How long an agent may go on in silence after its result.
FINISHED_S = 20.0
_STDERR_KEPT = 8000
_LONGEST_ERROR = 1 << 16


@dataclass(frozen=True, slots=True)
class Command:
    """What to start. `environment` is the child's, complete."""

    argv: Sequence[str]
    cwd: Path
    environment: Mapping[str, str]
    stdin: str = ""
    timeout_s: float = 1800.0
    silence_s: float = 600.0
    log_dir: Path | None = None
    keeps_words: bool = True
    """As of a request."""
    """Where raw output goes, as `<time>-<name>.out` and `.err`; None keeps nothing."""
    stop: Stop | None = None
    """Ends it from another thread."""
    why_stop: Callable[[], str] | None = None
    """Asked now and then: why it has to stop, or empty."""
    has_said_all: Callable[[], bool] | None = None
    """Whether its result has come, so that it has no reason to go on."""
    on_error: Callable[[str], None] = lambda _line: None
    """Called for each line of standard error."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended. `exit_code` as a shell says it: 124 timed out, 128+n killed by signal n."""

    exit_code: int
    stderr: str
    """The end of standard error."""
    timed_out: str = ""
    """Which clock ran out, for people; empty when none did."""
    stopped: str = ""
    """Why `Command.why_stop` had it stopped; empty when it did not."""
    cancelled: bool = False
    """`Command.stop` was set."""
    hung: bool = False
    """It had said its result, did not end, and was ended. Its exit code is 0."""


def run(command: Command, on_line: Callable[[str], None]) -> Ended:
    """Run to the end, calling `on_line` for each line of standard output.

    Whatever happens, all that it started is gone afterwards. Raises `ProviderError` when it cannot
    be started; an interruption of ours stops it first and goes on up.
    """
    name = os.path.basename(command.argv[0])
    with logs.raw(command.log_dir, name, "out", "err", keeps_words=command.keeps_words) as raw:
        heard = _Heard(command, on_line, raw)
        watch = running.Watch(command.why_stop, command.has_said_all, sign_of_life=raw.touch)
        try:
            with running.started(_to_run(command), watch) as agent:
                for channel, data in agent.output():
                    heard.hear(channel, data)
        except running.CannotStart as error:
            raise _not_started(command, name, error) from error
        heard.finish()
    ended, told = agent.ended(), heard.complaints()
    how = (ended.timed_out, ended.stopped, ended.cancelled, ended.hung)
    return Ended(ended.exit_code, told, *how)


def _to_run(command: Command) -> running.Command:
    return running.Command(
        command.argv,
        command.cwd,
        command.environment,
        stdin=command.stdin.encode("utf-8", "replace"),
        timeout_s=command.timeout_s,
        silence_s=command.silence_s,
        grace_s=GRACE_S,
        left_behind_s=ORPHANS_GRACE_S,
        finished_s=FINISHED_S,
        stop=command.stop,
    )


def _not_started(command: Command, name: str, error: running.CannotStart) -> ProviderError:
    if not command.cwd.is_dir():
        return ProviderError(f"cannot start {name} in {command.cwd}: no such folder")
    hint = f"install {name}, or choose another provider"
    return ProviderError(f"cannot start {name}: {error.strerror}", hint)


class _Heard:
    """What it says: lines to whom they concern, bytes to the logs, the end of its complaints."""

    def __init__(self, command: Command, on_line: Callable[[str], None], raw: logs.Raw) -> None:
        self._on_line, self._on_error, self._raw = on_line, command.on_error, raw
        self._lines, self._errors = Lines(LONGEST_LINE), Lines(_LONGEST_ERROR)
        self._complaints = b""

    def hear(self, channel: running.Channel, data: bytes) -> None:
        self._raw.keep(channel, data)
        if channel == "err":
            self._complaints = (self._complaints + data)[-_STDERR_KEPT:]
            for line in self._errors.add(data):
                self._on_error(_text(line))
        else:
            for line in self._lines.add(data):
                self._say(line)

    def finish(self) -> None:
        """A last line needs no end."""
        self._say(self._lines.rest())

    def complaints(self) -> str:
        return _text(self._complaints).strip()

    def _say(self, line: bytes) -> None:
        if line.strip():
            self._on_line(_text(line))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").rstrip("\r\n")
