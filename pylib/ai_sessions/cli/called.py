"""How the user called us, so that every command we show can be pasted.

Messages name commands in one form everywhere, that of a script on PATH: `plan.sh my-feature`. Where
they are printed, `as_typed` turns them into what this user has to type. `called` is the text that
belongs before a script's name: nothing for scripts on PATH, a folder (`./scripts/`), or the word of
an installed package with a space after it (`ai-sessions `). It is ready for a shell, so quoted.
Light on imports, because the fast commands use it too.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: Set by the scripts, which know how they were called, for the process they become.
VARIABLE = "_AI_SESSIONS_CALLED"
#: What may stand around a command. Anything else makes it a part of some other word, such as a
#: path of the user's: `tools/plan.sh`, `plan.sh.bak`.
_BEFORE = " \n\t(`'\""
_AFTER = " \n\t)`'\",;"
#: What stands before a command of ours in the lines of an answer.
_MARKS = ("Next: ", "prove it again, at no cost: ")


def as_typed(text: str, called: str) -> str:
    """`text` with the commands in it as this user has to type them."""
    if not called or ".sh" not in text:
        return text
    from ai_sessions.cli import commands

    for script, word in commands.WORDS.items():
        if script in text:
            shown = f"{called}{word}".rstrip() if is_word(called) else f"{called}{script}"
            text = _replaced(text, script, shown)
    return text


def is_word(called: str) -> bool:
    """True for `ai-sessions plan`, false for `scripts/plan.sh`."""
    return called.endswith(" ")


def next_lines(text: str, called: str) -> str:
    """`text` with only the commands behind `Next: ` and in notes on proofs changed; what users and
    agents wrote stays.
    """
    if not called or not any(mark in text for mark in _MARKS):
        return text
    return "\n".join(_next_line(line, called) for line in text.split("\n"))


def word(path: str, environment: Mapping[str, str]) -> str:
    """`called` for the installed command at `path`: its name where PATH leads to it."""
    name = os.path.basename(path)
    if os.path.isabs(path) and _is_on_path(path, name, environment.get("PATH", "")):
        return f"{name} "
    return f"{_for_shell(path, environment.get('HOME', ''))} "


def _next_line(line: str, called: str) -> str:
    mark = next((one for one in _MARKS if one in line), "")
    if not mark:
        return line
    before, mark, command = line.partition(mark)
    in_place = not before or before.endswith("   ") or before.startswith("  note: ")
    return before + mark + as_typed(command, called) if in_place else line


def _replaced(text: str, script: str, shown: str) -> str:
    first, *rest = text.split(script)
    found = first
    for part in rest:
        alone = found[-1:] in _BEFORE and (part[:1] in _AFTER or part in (".", ":"))
        found += (shown if alone else script) + part
    return found


def _is_on_path(path: str, name: str, search: str) -> bool:
    for folder in search.split(os.pathsep):
        found = os.path.join(folder or ".", name)
        if os.path.isfile(found) and os.access(found, os.X_OK):
            return os.path.samefile(found, path)
    return False


def _for_shell(path: str, home: str) -> str:
    """Quoted; below the home folder as `~/…`, which no quote may surround."""
    import shlex

    if home.strip("/") and path.startswith(f"{home}/"):
        return f"~/{shlex.quote(path.removeprefix(f'{home}/'))}"
    return shlex.quote(path)
