"""The one way to run the `git` command: its environment, what goes in, and errors of one line."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ai_sessions import controls
from ai_sessions.environment import without_git
from ai_sessions.errors import ConfigError, LockBusy, TimedOut
from ai_sessions.processes.asking import ask, ask_with_hooks

_ALWAYS = ("--no-pager", "--literal-pathspecs", "-c", "core.quotePath=false")
#: A repository may be told to start programs of its own when git looks at files, or to take a file
#: for unchanged by less than all its times. An agent may have told it so.
_PLAINLY = (
    *("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false"),
    *("-c", "core.trustctime=true", "-c", "core.checkStat=default"),
    # line ends that git converts are no reason not to look, nor to refuse what was proved
    *("-c", "core.safecrlf=false"),
)
#: Paths on one command line.
AT_ONCE = 500
#: How long git may take to look, and to change something: then checkouts are filled, hooks run the
#: tests of a project, and a person types a password.
LOOK_S = 600.0
WRITE_S = 1800.0
NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")


def need() -> None:
    """Raises `ConfigError` when git cannot be run."""
    if not shutil.which("git"):
        raise not_installed()


def not_installed() -> ConfigError:
    return ConfigError(
        "git is not installed (not on your PATH)", "apt-get install git, or: brew install git"
    )


def call(
    repo: Path,
    *arguments: str,
    stdin: Sequence[str] | bytes = (),
    environment: Mapping[str, str] | None = None,
    timeout_s: float = LOOK_S,
) -> "subprocess.CompletedProcess[bytes]":
    """Ask git, whatever it answers; in English, without locks, and never waiting for a person.

    `stdin`: names, which go in with a NUL between them, or bytes as they are. Raises `TimedOut`.
    """
    plain = {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", **(environment or {})}
    return _git(repo, (*NO_HOOKS, *arguments), stdin, plain, timeout_s=timeout_s)


def write(
    repo: Path,
    *arguments: str,
    stdin: Sequence[str] | bytes = (),
    environment: Mapping[str, str] | None = None,
    timeout_s: float = WRITE_S,
) -> "subprocess.CompletedProcess[bytes]":
    """Let git change something; hooks see the user's own locale. `environment`: instead of ours.

    Raises `TimedOut`.
    """
    return _git(repo, arguments, stdin, {"LANGUAGE": "en"}, environment, timeout_s=timeout_s)


def _git(
    repo: Path,
    arguments: Sequence[str],
    stdin: Sequence[str] | bytes,
    more: Mapping[str, str],
    base: Mapping[str, str] | None = None,
    *,
    timeout_s: float,
) -> "subprocess.CompletedProcess[bytes]":
    environment = without_git(os.environ if base is None else base)
    # objects that stand in for others are known in this clone alone
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1", **more}
    given = stdin if isinstance(stdin, bytes) else b"\0".join(map(os.fsencode, stdin))
    question = ask if arguments[: len(NO_HOOKS)] == NO_HOOKS else ask_with_hooks
    words = ["git", *_ALWAYS, *_PLAINLY, *arguments]
    try:
        return question(words, repo, environment, given, timeout_s=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise TimedOut(
            f"git {_verb(arguments)} did not end within {timeout_s:g} s",
            f"is the disk slow or away? try it by hand in {repo}",
        ) from error
    except FileNotFoundError as error:
        if repo.is_dir():
            raise not_installed() from error
        raise ConfigError(f"{repo} is not a folder") from error


def _verb(arguments: Sequence[str]) -> str:
    """What git was asked to do: the first word behind its own options."""
    words = iter(arguments)
    for word in words:
        if word == "-c":
            next(words, "")
        elif not word.startswith("-"):
            return word
    return ""


def read(
    repo: Path,
    *arguments: str,
    stdin: Sequence[str] | bytes = (),
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """What git says; `ConfigError` with its first line when it cannot."""
    done = call(repo, *arguments, stdin=stdin, environment=environment)
    return checked(done, f"git {arguments[0]}").stdout


def checked(
    done: "subprocess.CompletedProcess[bytes]", what: str
) -> "subprocess.CompletedProcess[bytes]":
    if done.returncode:
        if in_use := busy(done):
            raise in_use
        raise ConfigError(f"{what} failed: {first_line(done)}")
    return done


def from_stdin(paths: Sequence[str]) -> tuple[str, ...]:
    """Names go in on stdin: a command line has a limit, and no name is an option."""
    return ("--pathspec-from-file=-", "--pathspec-file-nul") if paths else ()


def text(done: "subprocess.CompletedProcess[bytes]") -> str:
    return os.fsdecode(done.stdout)


def split(output: bytes) -> list[str]:
    return list(filter(None, os.fsdecode(output).split("\0")))


def busy(done: "subprocess.CompletedProcess[bytes]") -> LockBusy | None:
    said = done.stderr.decode("utf-8", "replace")
    if ".lock': File exists" not in said:
        return None
    return LockBusy(
        f"another git process is at work: {first_line(done)}",
        "wait for it; if none runs, delete the named lock file",
    )


def first_line(done: "subprocess.CompletedProcess[bytes]") -> str:
    """The first line said on stderr, else on stdout, without control characters; with those that
    it announces: `The following paths are ignored:` says little by itself.
    """
    said = (done.stderr or done.stdout).decode("utf-8", "replace")
    lines = [line for line in map(controls.one_line, said.splitlines()) if line]
    if not lines:
        return f"exit {done.returncode}"
    if not lines[0].endswith(":"):
        return lines[0]
    return " ".join(itertools.takewhile(lambda line: not line.startswith("hint:"), lines))
