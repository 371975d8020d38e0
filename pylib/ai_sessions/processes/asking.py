"""Short questions to programs that are not foreign code: git, and the version of a tool.

Nothing stands between us and such a program, which is ten times as cheap as `running`. It is ended
with its process group when it takes too long or we are interrupted. Hooks are foreign code: what
they leave behind is ended, but for git's housekeeping and the agents that keep keys.
"""

import contextlib
import os
import select
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from ai_sessions import signals
from ai_sessions.processes import leftovers, table

_PATIENCE_S = 5.0
#: Between asking it to end and making it.
_GRACE_S = 2.0
#: Daemons that git starts by way of a commit and the next commit needs: they keep what a person has
#: typed a passphrase for, and connections that were opened with one.
_KEEPERS = ("gpg-agent", "keyboxd", "scdaemon", "tpm2daemon", "dirmngr", "ssh-agent", "ssh")


def ask(
    words: Sequence[str],
    cwd: Path | None,
    environment: Mapping[str, str],
    stdin: bytes = b"",
    *,
    timeout_s: float | None = None,
) -> "subprocess.CompletedProcess[bytes]":
    """What it answers, and how it ended. It has no terminal to ask questions on.

    Raises `OSError` when it cannot be started, and `subprocess.TimeoutExpired`.
    """
    with _process(
        words,
        cwd,
        environment,
        stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        said, complained = process.communicate(stdin, timeout_s)
    return subprocess.CompletedProcess(words, process.returncode, said, complained)


def ask_with_hooks(
    words: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    stdin: bytes = b"",
    *,
    timeout_s: float | None = None,
) -> "subprocess.CompletedProcess[bytes]":
    """The same for a program that starts hooks, and may ask the person at the terminal for a
    password.

    Its answer goes to files, since a process that a hook leaves behind would keep a pipe open; that
    process is ended, daemons too (`_is_kept`).
    """
    mark = leftovers.new_mark()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            with _process(
                words,
                cwd,
                {**environment, mark: "1"},
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
            ) as process:
                process.communicate(stdin, timeout_s)
        finally:
            leftovers.end_marked(mark, _is_kept)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(words, process.returncode, out.read(), err.read())


def _is_kept(one: table.Process) -> bool:
    """Whether it lives on: a keeper of keys, which may not have left our process group yet, or git
    at work in a group of its own (`gc --auto`, `credential-cache`).
    """
    program = one.program()
    is_git = program == "git" or program.startswith("git-")
    return program in _KEEPERS or (is_git and one.group != os.getpgrp())


def first_line(
    words: Sequence[str], environment: Mapping[str, str], timeout_s: float = _PATIENCE_S
) -> str:
    """The first line that a program prints; empty when it cannot be run, fails or is too slow."""
    try:
        done = ask(words, None, environment, timeout_s=timeout_s)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
    return lines[0].strip() if lines and done.returncode == 0 else ""


@contextlib.contextmanager
def _process(
    words: Sequence[str],
    cwd: Path | None,
    environment: Mapping[str, str],
    *,
    stdin: int,
    stdout: "int | IO[bytes]",
    stderr: "int | IO[bytes]",
    start_new_session: bool = False,
) -> "Iterator[subprocess.Popen[bytes]]":
    """A process that has ended after the body, whatever happens there."""
    with contextlib.ExitStack() as stack:
        with signals.deferred():
            process = _Process(
                words,
                cwd=cwd,
                env=dict(environment),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=start_new_session,
            )
            stack.callback(_close, process)
        yield process


class _Process(subprocess.Popen[bytes]):
    """Waits for its end at the kernel's door, where there is one (Linux). `subprocess` looks again
    and again, up to 50 ms apart.
    """

    def wait(self, timeout: float | None = None) -> int:
        if timeout is not None and self.returncode is None:
            with contextlib.suppress(AttributeError, OSError), _ends(self.pid) as end:
                if not end.poll(max(0.0, timeout) * 1000):
                    raise subprocess.TimeoutExpired(self.args, timeout)
        return super().wait(timeout)


@contextlib.contextmanager
def _ends(pid: int) -> "Iterator[select.poll]":
    """What has news when a process of ours has ended. Raises `AttributeError`, `OSError`."""
    fd = os.pidfd_open(pid)
    try:
        end = select.poll()
        end.register(fd, select.POLLIN)
        yield end
    finally:
        os.close(fd)


def _close(process: "subprocess.Popen[bytes]") -> None:
    """End it, with all that it started, unless it has ended by itself."""
    if process.poll() is None:
        _signal_all(process, signal.SIGTERM)  # git takes its lock files away
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
        _signal_all(process, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout, process.stderr):
        with contextlib.suppress(OSError, ValueError):
            if pipe:
                pipe.close()
    process.wait()


def _signal_all(process: "subprocess.Popen[bytes]", number: int) -> None:
    for pid in (*table.descendants_of(process.pid), process.pid):
        with contextlib.suppress(OSError):
            if process.returncode is None or pid != process.pid:
                os.kill(pid, number)
