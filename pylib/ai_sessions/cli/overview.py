"""The page of all commands, in the order of the work; made without click."""

import os

from ai_sessions.cli import commands
from ai_sessions.cli.called import as_typed, is_word

_COLUMN = 46

_PURPOSE = """\
Drive AI coding agents from the shell: proved work, conversations that continue, money accounted."""
_HEAD = """
Usage: ai-session.sh COMMAND [OPTIONS]

  init-session.sh payment-gateway
  plan.sh payment-gateway "Design payment processing"
  implement.sh payment-gateway --task T1.1
"""

_TAIL = (
    """\
Every command takes -h/--help, --json (one object, on failure too), -q/--quiet, --debug and
--version; a feature's or session's name may be cut short as long as only one begins like that.""",
    """\
Settings: SESSION_DIR, USE_SESSIONS, AI_PROVIDER, AI_MODEL and more in docs/settings.md.""",
    """\
Files: ~/.ai-sessions (sessions), ~/.config/ai-sessions (settings), .ai-session/FEATURE in your
repository (plan, evidence).""",
    """\
Exit codes: 0 done, 1 checks failed, 2 usage, 3 setting, 4 not found, 5 not proved, 6 needs you,
7 limit, 8 locked, 9 provider, 10 context lost, 11 storage, 124 timed out (docs/exit-codes.md).""",
)


def page(called: str = "", cells: int | None = None) -> str:
    """The page that `help` prints: under 75 lines, in the order of the work.

    `called`: see `called.as_typed`; the table has no room for a path, so it names scripts alone.
    `cells`: columns of the terminal, where lines are broken that do not fit.
    """
    word = os.path.basename(called.rstrip(" '")) + " " if is_word(called) else ""
    parts = [_paragraph(_PURPOSE, cells), as_typed(_HEAD, called)]
    for group in dict.fromkeys(entry.group for entry in commands.COMMANDS):
        lines = [_line(entry, word, cells) for entry in commands.COMMANDS if entry.group == group]
        parts.append("\n".join([f"{group}:", *lines, ""]))
    return "\n".join([*parts, *(_paragraph(as_typed(text, called), cells) for text in _TAIL)])


def _line(entry: commands.Entry, word: str, cells: int | None) -> str:
    command = f"{as_typed(entry.typed, word)} {entry.arguments}"
    line = f"  {command:<{_COLUMN}} {entry.summary}"
    if cells is None or len(line) <= cells:
        return line
    return f"  {command}".rstrip() + f"\n      {entry.summary}"


def _paragraph(text: str, cells: int | None) -> str:
    """`text`, filled anew where its lines, which are those of a page of code, are too wide."""
    if cells is None or max(map(len, text.splitlines())) <= cells:
        return text
    from ai_sessions.display import columns

    return columns.wrapped(text.replace("\n", " "), cells)
