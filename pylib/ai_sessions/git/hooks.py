"""Hooks that cannot do their work here: an interpreter or a tool that they start is missing.

A hook is not run to find that out: it may take long, and change files. Its first line is read, what
`pre-commit` and husky write into it, and commands of a shell script that certainly run.
"""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.processes.asking import ask

_MOST_BYTES = 1 << 16
_PATIENCE_S = 20.0
_SHELLS = frozenset(("sh", "bash", "dash", "ksh", "zsh"))
#: A line that is one command with its words, so that nothing depends on lines before it.
_WORD = r"""(?:[\w./@:+,%=-]+|"?\$\{?(?:\w+|[@*#])\}?"?|'[^']*'|"[^"$`\\]*")"""
_PLAIN = re.compile(rf"[\w./@+-]+(?: +{_WORD})*")
#: From such a line on, what runs and where it is found is for the shell to say.
_STOPS = frozenset(
    (
        *(".", "source", "export", "eval", "alias", "trap", "cd", "pushd", "exit", "return"),
        *("if", "for", "while", "until", "case", "select", "function"),
    )
)
_STRICT = re.compile(r"set +-\w*e\w*")
#: What `pre-commit install` writes: the Python that it was installed into.
_OF_PRE_COMMIT = re.compile(r"^INSTALL_PYTHON=(.+)$", re.MULTILINE)
_NO_PRE_COMMIT = "`pre-commit` not found.  Did you forget to activate your virtualenv?"
#: Husky runs the script through `sh -e`, with the commands of `node_modules` on PATH.
_OF_HUSKY = re.compile(r""". .*/(?:husky\.sh|h)["']?""")
_FILES_OF_HUSKY = (".config/husky/init.sh", ".huskyrc")
_ONLY_INSTALLED = ("--no", "--no-install")


@dataclass(frozen=True, slots=True)
class _Shell:
    """How a script of a hook runs. `is_strict`: the first command that fails ends it."""

    program: str
    repo: Path
    environment: Mapping[str, str]
    is_strict: bool

    def lacks(self, word: str) -> bool:
        """True when the shell knows no such command."""
        asked = (self.program, "-c", 'command -v -- "$1"', self.program, word)
        return bool(_ask(asked, self.repo, self.environment))


def cannot_run(hook: Path, repo: Path, environment: Mapping[str, str]) -> str:
    """What would be said of this hook's interpreter or tool; empty when nothing is known to lack.

    `environment`: what it is going to start from.
    """
    try:
        content = hook.read_bytes()[:_MOST_BYTES]
    except OSError:
        return ""
    if b"\0" in content:
        return ""
    text = content.decode("utf-8", "replace")
    interpreter, missing = _interpreter(text, repo, environment)
    if missing or interpreter not in _SHELLS:
        return missing
    if found := _OF_PRE_COMMIT.search(text):
        return _without_pre_commit(found[1], repo, environment)
    is_strict = "-e" in text.partition("\n")[0]
    return _without_tool(hook, text, _Shell(interpreter, repo, environment, is_strict))


def _interpreter(text: str, repo: Path, environment: Mapping[str, str]) -> tuple[str, str]:
    """The name of what runs a script, and what the system says when it is not here."""
    first = text.partition("\n")[0]
    words = first[2:].split() if first.startswith("#!") else []
    if not words:
        return "sh", ""
    if not (repo / words[0]).exists():
        return "", f"{words[0]}: No such file or directory"
    if Path(words[0]).name != "env":
        return Path(words[0]).name, ""
    named = next((one for one in words[1:] if not one.startswith("-") and "=" not in one), "")
    if named and not shutil.which(named, path=environment.get("PATH")):
        return "", f"{words[0]}: {named}: No such file or directory"
    return Path(named).name, ""


def _without_pre_commit(place: str, repo: Path, environment: Mapping[str, str]) -> str:
    python = "".join(_words(place)[:1])
    if python and shutil.which(python):
        return _ask((python, "-c", "import pre_commit"), repo, environment)
    return "" if shutil.which("pre-commit", path=environment.get("PATH")) else _NO_PRE_COMMIT


# -- scripts of a shell


def _without_tool(hook: Path, text: str, shell: _Shell) -> str:
    is_started_by_husky = hook.parent.name == "_"
    if not is_started_by_husky and "husky.sh" not in text:
        return _not_found(text, shell)
    if any((Path.home() / name).exists() for name in _FILES_OF_HUSKY):
        return ""  # a person's own lines run first, and may find the tools
    script = hook.parent.parent / hook.name if is_started_by_husky else hook
    if not script.is_file():
        return ""
    path = f"{shell.repo / 'node_modules/.bin'}:{shell.environment.get('PATH', '')}"
    ours = _Shell("sh", shell.repo, {**shell.environment, "PATH": path}, is_strict=True)
    return _not_found(script.read_text("utf-8", "replace"), ours)


def _not_found(text: str, shell: _Shell) -> str:
    """The first command that is not here and whose want ends the script."""
    lines = [line.rstrip() for line in text.splitlines()]
    commands = [line for line in lines if line.strip() and not line.startswith("#")]
    for number, line in enumerate(commands, 1):
        if _OF_HUSKY.fullmatch(line):
            continue
        if not _PLAIN.fullmatch(line) or line.split()[0] in _STOPS:
            return ""
        if _STRICT.match(line):
            return _not_found("\n".join(commands[number:]), replace(shell, is_strict=True))
        if shell.is_strict or number == len(commands):
            for word in _programs(_words(line)):
                if shell.lacks(word):
                    return f"{word}: not found"
    return ""


def _programs(words: list[str]) -> Iterator[str]:
    """The command, and what `npx` may take from the installed packages alone."""
    words = words[1:] if words[:1] == ["exec"] else words
    yield from words[:1]
    if words[:1] == ["npx"] and words[1:2] and words[1] in _ONLY_INSTALLED:
        yield from [one for one in words[2:] if not one.startswith("-")][:1]


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return []


def _ask(words: tuple[str, ...], repo: Path, environment: Mapping[str, str]) -> str:
    """The last line that a command which fails says, else how it ended; empty when it does not."""
    try:
        done = ask(words, repo, environment, timeout_s=_PATIENCE_S)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return (said[-1] if said else f"exit {done.returncode}") if done.returncode else ""
